// A driver with three callbacks, one of which leaks when it fails half-way. A campaign of faults
// strikes each place that may fail, and finds the leak. docs/library.md says how to build it.
#include <cpuhp/cpuhp.hpp>
#include <cstdio>

namespace hp = cpuhp::api;

namespace {

/// Memory for a CPU, allocated before the CPU comes up.
struct Rings {
  bool leaks;
  int startup(hp::Callback& cb) {
    if (const int error = cb.take("rx_ring")) return error;
    const int error = cb.take("tx_ring");
    if (error != 0 && !leaks) cb.give("rx_ring");  // the planted bug: a driver without this line
    return error;
  }
  int teardown(hp::Callback& cb) {
    cb.give("tx_ring");
    cb.give("rx_ring");
    return 0;
  }
};

/// The device learns of a CPU that is up. It forgets the CPU by itself.
struct Queues {
  int startup(hp::Callback& cb) {
    cb.lock("nic_lock");
    cb.sleep(20'000);  // ns: the device answers
    const int error = cb.may_fail();
    cb.unlock("nic_lock");
    return error;
  }
};

hp::Campaign strike(bool leaks) {
  return hp::Scenario::machine(1, 2, 1)
      .add_state({.name = "nic/rings:prepare", .prepare = true}, Rings{leaks})
      .add_state({.name = "nic/queues:online"}, Queues{})
      .boot()
      .setup("nic/rings:prepare")
      .setup("nic/queues:online")
      .faults({.kinds = {"error"}});
}

}  // namespace

int main() {
  const hp::Campaign leaking = strike(true), mended = strike(false);
  for (const hp::FoundCase& found : leaking.found)
    std::printf("%s: %s\n", found.faults.front().c_str(), found.findings.front().text.c_str());
  std::printf("%zu of %llu cases leak; with the mended driver %zu\n", leaking.found.size(),
              static_cast<unsigned long long>(leaking.cases), mended.found.size());
  return !leaking.found.empty() && mended.found.empty() ? 0 : 1;
}

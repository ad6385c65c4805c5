// Two drivers take two locks in different orders. One run shows nothing. In every order of the events
// the CPUs of the async design, which come up at once, can also stand against each other.
#include <cpuhp/cpuhp.hpp>
#include <cstdio>

namespace hp = cpuhp::api;

namespace {

/// A startup that takes one lock inside the other. It remembers nothing, so the machine may copy it.
struct Locker {
  const char* first;
  const char* second;
  int startup(hp::Callback& cb) {
    cb.lock(first);
    cb.lock(second);
    cb.unlock(second);
    cb.unlock(first);
    return 0;
  }
  bool operator==(const Locker&) const = default;
};

hp::Scenario boot(const char* design) {
  auto scenario = hp::Scenario::machine(1, 3, 1);
  scenario.set(std::string("/design=") + design)
      .add_copyable_state({.name = "disk:online"}, Locker{"queue_lock", "map_lock"})
      .add_copyable_state({.name = "cache:online"}, Locker{"map_lock", "queue_lock"})
      .setup("disk:online")
      .setup("cache:online")
      .boot();
  return scenario;
}

}  // namespace

int main() {
  for (const char* design : {"parallel", "async"}) {
    const hp::Exploration all = boot(design).explore({.most_orders = 5000});
    std::printf("%s: one run %s; %llu orders, %s\n", design, boot(design).run().ok() ? "is fine" : "fails",
                static_cast<unsigned long long>(all.orders), all.complete ? "which are all" : "of more");
    for (const hp::FoundOrder& found : all.found)
      std::printf("  %llu of them: %s\n", static_cast<unsigned long long>(found.runs),
                  found.finding.text.c_str());
    if (all.found.empty() != (design == std::string("parallel"))) return 1;
  }
}

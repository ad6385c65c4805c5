// A rule of your own, judged on the events of a run: a CPU that goes down is offline within 10 ms.
#include <cpuhp/cpuhp.hpp>
#include <cstdio>
#include <map>

namespace hp = cpuhp::api;

namespace {

constexpr std::int64_t kMostNs = 10'000'000;

/// A driver whose teardown takes its time on one CPU.
struct Slow {
  int teardown(hp::Callback& cb) {
    cb.sleep(cb.cpu() == 2 ? 50'000'000 : 100'000);
    return 0;
  }
};

std::vector<hp::Breach> too_slow(const hp::Run& run) {
  std::vector<hp::Breach> breaches;
  std::map<unsigned, std::int64_t> begun;
  for (const hp::Event& e : run.events) {
    if (e.kind == "op_begin" && e.name == "down" && e.cpu) begun[*e.cpu] = e.time_ns;
    if (e.kind != "mask_clear" || e.name != "online" || !begun.contains(*e.cpu)) continue;
    const std::int64_t took = e.time_ns - begun[*e.cpu];
    if (took <= kMostNs) continue;
    breaches.push_back({"CPU " + std::to_string(*e.cpu) + " went offline after " +
                            std::to_string(took / 1'000) + " us",
                        e.cpu, e.time_ns});
  }
  return breaches;
}

}  // namespace

int main() {
  const hp::Run run = hp::Scenario::machine(1, 4, 1)
                          .add_state({.name = "slow:online"}, Slow{})
                          .boot()
                          .setup("slow:online")
                          .down(1)
                          .down(2)
                          .add_invariant({"offline-in-time", too_slow})
                          .run();
  for (const hp::Finding& finding : run.findings)
    std::printf("%s: %s\n", finding.invariant.c_str(), finding.text.c_str());
  return run.findings.size() == 1 && run.findings[0].cpu == 2u ? 0 : 1;
}

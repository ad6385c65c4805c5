// Running ahead changes nothing: `exact` gives the same events, ledgers and results
// (docs/internals.md "The engine"), and where a settle is left out, this very comparison says so.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <string>
#include <string_view>

#include "sim/campaign/workers.hpp"
#include "tests/event_text.hpp"
#include "tests/sim/random_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;

constexpr std::uint64_t kMachines = 1500;

/// That many of each kind; more where the test is run as one of the long ones (campaign.exact).
std::uint64_t machines() {
  const char* const wanted = std::getenv("CPUHP_MACHINES");
  return wanted == nullptr ? kMachines : std::stoull(wanted);
}

/// All that a user can see of a run besides its events.
std::string outcome(const RunResult& r) {
  std::string text = "digest " + r.digest + " end " + std::to_string(r.end.v) + " boot " +
                     std::to_string(r.boot.v);
  for (const OpResult& op : r.operations)
    text += "\nop " + std::to_string(op.ret) + " " + std::to_string(op.begin.v) + ".." +
            std::to_string(op.end.v);
  for (const Ledger& l : r.ledgers)
    text += "\nledger " + std::to_string(l.useful.v) + " " + std::to_string(l.spinning.v) + " " +
            std::to_string(l.sleeping.v) + " " + std::to_string(l.idle.v) + " " +
            std::to_string(l.stopped.v);
  for (const HungTask& h : r.hung)
    text += "\nhung cpu" + std::to_string(h.on) + " " + std::string(to_string(h.role)) + " since " +
            std::to_string(h.since.v);
  if (r.panic) text += "\npanic " + *r.panic;
  return text;
}

/// The first lines in which two runs differ.
std::string first_difference(const RunResult& ahead, const RunResult& exact) {
  const auto& a = ahead.stream.events;
  const auto& b = exact.stream.events;
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    const std::string left = i < a.size() ? event_text(ahead.stream, a[i]) : "(end)";
    const std::string right = i < b.size() ? event_text(exact.stream, b[i]) : "(end)";
    if (left != right) return "\n  ahead: " + left + "\n  exact: " + right;
  }
  return "\n  ahead: " + outcome(ahead) + "\n  exact: " + outcome(exact);
}

/// Where the two modes differ on that machine; empty: nowhere.
std::string difference(Simulator& s, const MachineConfig& c) {
  const RunResult ahead = s.run(c), exact = s.run(c, {.exact = true});
  if (outcome(ahead) == outcome(exact)) return {};
  return std::string(to_string(c.design)) + first_difference(ahead, exact);
}

void expect_the_same(MachineConfig (*machine)(std::uint64_t)) {
  with_bare_simulator([&](Simulator& s) {
    for (std::uint64_t seed = 0; seed < machines(); ++seed)
      ASSERT_EQ(difference(s, machine(seed)), "") << "seed " << seed;
  });
}

TEST(Exact, GivesTheSameOnRandomMachines) { expect_the_same(random_machine); }

TEST(Exact, GivesTheSameWhenDriversComeAndGo) { expect_the_same(random_registrations); }

// Other machines than above, on the stacks that users have. In processes: SimGrid starts once in
// each.
TEST(Exact, GivesTheSameOnSimGrid) {
  constexpr std::uint64_t kFirstSeed = 1'000'000;
  constexpr CpuId kCpusMax = 16;
  Workers workers(2, kCpusMax, [](Simulator& s, std::string_view seed) {
    return difference(s, random_machine(std::stoull(std::string(seed))));
  });
  const auto seed = [](std::uint64_t i) { return std::to_string(kFirstSeed + i); };
  workers.run(machines() / 10, seed, [&](std::uint64_t i, const Workers::Answer& answer) {
    EXPECT_EQ(answer.text, "") << "seed " << seed(i) << answer.death;
  });
}

struct Mutant {
  Settle dropped;
  const char* name;
};
// Two kinds of docs/internals.md "The engine" are not here. A reader of sysfs (a write) has no
// settle of its own: each operation ends, with a settle(), after everything that it caused. And
// whoever is preempted by a stopper has no work under way in this model, because the victim's
// threads are parked: the engine's own test drops that one (engine_test.cpp). Timed faults are
// counted ones: they strike the n-th time that anybody comes to a place.
constexpr std::array kMutants{
    Mutant{Settle::Lock, "lock"},           Mutant{Settle::Completion, "completion"},
    Mutant{Settle::Interrupt, "interrupt"}, Mutant{Settle::Stop, "stop"},
    Mutant{Settle::Fault, "fault"},         Mutant{Settle::PerOnline, "per_online"},
};
static_assert(kMutants.size() == kSettles - 2,
              "every kind but Other and Preemption has its mutant");

/// APs that run their ONLINE sections at once, and a fault that strikes the second of them.
MachineConfig counted_fault(MachineConfig c) {
  c.design = Design::Async;
  c.faults = {{.kind = FaultKind::Delay,
               .state = static_cast<StateId>(c.table.max() - 1),
               .nth = 2,
               .delay = 1_us}};
  return c;
}

class DroppedSettle : public ::testing::TestWithParam<Mutant> {};

TEST_P(DroppedSettle, IsFound) {
  bool found = false;
  with_bare_simulator([&](Simulator& s) {
    for (std::uint64_t seed = 0; seed < 4 * kMachines && !found; ++seed) {
      MachineConfig c = random_machine(seed);
      if (GetParam().dropped == Settle::Fault) c = counted_fault(c);
      RunOptions mutant{.dropped = GetParam().dropped};
      const RunResult ahead = s.run(c, mutant);
      mutant.exact = true;
      found = outcome(ahead) != outcome(s.run(c, mutant));
      if (found) RecordProperty("seed", static_cast<int>(seed));
    }
  });
  EXPECT_TRUE(found);
}

INSTANTIATE_TEST_SUITE_P(Each, DroppedSettle, ::testing::ValuesIn(kMutants),
                         [](const auto& mutant) { return std::string(mutant.param.name); });

}  // namespace
}  // namespace cpuhp

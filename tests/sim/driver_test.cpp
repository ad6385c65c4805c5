// Drivers whose callbacks are C++ (model/driver.hpp), on random machines: running ahead changes
// nothing, and a copy of a machine at rest goes on as the machine does.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>

#include "model/hotplug/driver_calls.hpp"
#include "model/machine.hpp"
#include "model/random.hpp"
#include "sim/run/resting_run.hpp"
#include "sim/run/run.hpp"
#include "tests/sim/compared_runs.hpp"
#include "tests/sim/random_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;

constexpr std::uint64_t kDriverMachines = 600;

/// What a call does follows from all calls of all CPUs before it. So any other order shows.
class Chained final : public Driver {
 public:
  explicit Chained(std::uint64_t seed) : chain_(seed) {}

  int call(DriverCall& call) override {
    for (std::uint64_t steps = next(call) % 5; steps > 0; --steps) {
      const Ns length = Ns{static_cast<std::int64_t>(next(call) % 4)} * 500;
      const char* const lock = next(call) % 2 == 0 ? "a lock" : "another lock";
      switch (next(call) % 6) {
        case 0:
        case 1:
          driver_works(call, length);
          break;
        case 2:
          driver_sleeps(call, length);
          break;
        case 3:
          driver_locks(call, lock);
          driver_works(call, length);
          EXPECT_TRUE(driver_unlocks(call, lock));
          break;
        case 4:
          driver_takes(call, "a resource");
          break;
        case 5:
          driver_gives(call, "a resource");
          break;
        default:
          break;
      }
    }
    if (const int ret = driver_fails(call); ret != 0) return ret;
    return next(call) % 12 == 0 ? -5 : 0;
  }
  bool copyable() const override { return true; }
  std::unique_ptr<Driver> copy() const override { return std::make_unique<Chained>(*this); }
  bool equals(const Driver& other) const override {
    return chain_ == static_cast<const Chained&>(other).chain_;
  }

 private:
  std::uint64_t next(const DriverCall& call) {
    chain_ = mix64(chain_ ^ (std::uint64_t{call.cpu} << 32) ^
                   static_cast<std::uint64_t>(call.m.rt.now().v));
    return chain_ >> 8;
  }
  std::uint64_t chain_;
};

/// A random machine whose drivers have code.
MachineConfig machine_of(std::uint64_t seed) {
  MachineConfig c = random_registrations(seed);
  for (std::size_t i = 0; i < c.declared.size(); ++i)
    c.declared[i].driver = [seed, i] { return std::make_unique<Chained>(mix64(seed) + i); };
  return c;
}

TEST(Driver, RunsTheSameAheadAndStepByStep) {
  with_bare_simulator([](Simulator& s) {
    for (std::uint64_t seed = 0; seed < machines_wanted(kDriverMachines); ++seed) {
      const MachineConfig c = machine_of(seed);
      const RunResult ahead = s.run(c), exact = s.run(c, {.exact = true});
      ASSERT_EQ(outcome(ahead), outcome(exact))
          << "machine " << seed << first_difference("ahead", ahead, "exact", exact);
    }
  });
}

TEST(Driver, GoesOnFromACopyOfTheMachine) {
  with_bare_simulator([](Simulator& s) {
    std::uint64_t rests = 0;
    for (std::uint64_t seed = 0; seed < machines_wanted(kDriverMachines) / 3; ++seed) {
      const MachineConfig c = machine_of(seed);
      const RunResult whole = s.run(c);
      std::vector<RestingRun> kept;
      s.run(c, {.at_rest = [&](RestingRun&& rest, EventStream&&) { kept.push_back(rest); }});
      for (const RestingRun& rest : kept) {
        const RunResult r = s.run(c, {.from = &rest});
        ASSERT_EQ(outcome(r), outcome(whole)) << "machine " << seed;
      }
      rests += kept.size();
    }
    EXPECT_GT(rests, machines_wanted(kDriverMachines) / 3);
  });
}

TEST(Driver, IsNoRestWhereItCannotBeCopied) {
  struct Fixed final : Driver {
    int call(DriverCall&) override { return 0; }
    bool copyable() const override { return false; }
    std::unique_ptr<Driver> copy() const override { return nullptr; }
    bool equals(const Driver&) const override { return false; }
  };
  MachineConfig c = machine_of(0);
  c.declared[0].driver = [] { return std::make_unique<Fixed>(); };
  with_bare_simulator([&](Simulator& s) {
    std::string told;
    s.run(c, {.at_rest = [](RestingRun&&, EventStream&&) { FAIL(); },
              .not_at_rest = [&](std::size_t, const char* why) { told = why; }});
    EXPECT_EQ(told, "a driver's C++ callbacks remember what cannot be copied");
  });
}

}  // namespace
}  // namespace cpuhp

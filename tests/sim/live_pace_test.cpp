// A session whose time goes by: writes that overlap, also those that are answered at once. The
// host's clock is the test's own, so that a seed is the whole session.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

#include "model/checks/checks.hpp"
#include "model/judged_run.hpp"
#include "tests/sim/live_machine.hpp"
#include "tests/sim/random_machine.hpp"

namespace cpuhp {
namespace {

constexpr double kPace = 0.001;  // a millisecond of the clock is a microsecond there

/// Lets time pass in small pieces, and asks for something now and then.
class RandomDoor final : public Door {
 public:
  RandomDoor(std::uint64_t seed, int writes) : d_(seed), left_(writes) {}
  std::int64_t clock() const { return now_ms_; }
  bool serve(Session& session, int wait_ms) override {
    if (left_ == 0) return false;
    constexpr std::uint32_t kOften = 40, kLongest = 300;
    if (wait_ms < 0 || d_.once_in(kOften)) {
      --left_;
      session.ask(random_write(), [this](const OpResult& r) {
        ++answers_;
        if (r.ret == -EIO || r.ret == -ETIMEDOUT) ++stuck_;
      });
    } else if (wait_ms > 0) {
      now_ms_ +=
          1 + d_.below(std::min<std::uint32_t>(static_cast<std::uint32_t>(wait_ms), kLongest));
    }
    return true;
  }
  int answers() const { return answers_; }
  int stuck() const { return stuck_; }

 private:
  Operation random_write() {
    const std::string cpu = "cpu" + std::to_string(d_.below(4));
    constexpr const char* kFails[] = {"-1", "197", "149", "9999", "junk"};
    switch (d_.below(8)) {
      case 0:
        return write_op(cpu + "/uevent", d_.once_in(2) ? "change" : "junk");
      case 1:
        return write_op(cpu + "/hotplug/fail", d_.one_of(kFails));
      case 2:
        return write_op("smt/control", d_.once_in(2) ? "off" : "on");
      case 3:
        return write_op(cpu + "/hotplug/target", d_.once_in(2) ? "0" : "236");
      case 4:
        return write_op(cpu + "/online", "junk");
      default:
        return write_op(cpu + "/online", d_.once_in(2) ? "0" : "1");
    }
  }

  test::Draws d_;
  int left_;
  std::int64_t now_ms_ = 0;
  int answers_ = 0, stuck_ = 0;
};

Scenario paced(const std::string& table, const std::string& design) {
  return parse_scenario(R"({"version": 1, "name": "paced", "description": "four CPUs",
      "machine": {"cores": 2, "threads": 2, "cpu0_online_file": true}, "table": "tables/)" +
                            table + R"(.json", "design": ")" + design +
                            R"(", "operations": [{"op": "boot"}]})",
                        CPUHP_SOURCE_DIR "/scenarios/paced.json");
}

void soak(const Scenario& scenario, std::uint64_t seed, int writes) {
  SCOPED_TRACE(scenario.config.table.name() + " " + std::string(to_string(scenario.config.design)) +
               ", seed " + std::to_string(seed));
  with_bare_simulator([&](Simulator& simulator) {
    RandomDoor door(seed, writes);
    Session session(door, scenario.config,
                    {.pace = kPace, .keep_all = true, .clock = [&door] { return door.clock(); }});
    const RunResult result = simulator.run(scenario.config, {.exact = true, .outside = &session});
    EXPECT_EQ(door.answers(), writes);
    EXPECT_EQ(door.stuck(), 0);
    EXPECT_TRUE(result.ok());
    const auto findings = check_all(result.stream, judged_by(scenario.config, result.ok()));
    for (std::size_t i = 0; i < std::min<std::size_t>(findings.size(), 5); ++i)
      ADD_FAILURE() << findings[i].invariant << " at " << findings[i].time.v << ": "
                    << findings[i].text;
    EXPECT_EQ(findings.size(), 0u);
  });
}

TEST(LivePace, WritesThatOverlapLeaveTheChecksInPeace) {
  for (const char* table : {"x86_64-6.1", "x86_64-6.12", "arm64-6.1"})
    for (const char* design : {"symmetric", "async"})
      for (std::uint64_t seed = 1; seed <= 3; ++seed) soak(paced(table, design), seed, 150);
}

/// Asks at given dates of the clock.
class DatedDoor final : public Door {
 public:
  struct At {
    std::int64_t ms;
    Operation op;
  };
  explicit DatedDoor(std::vector<At> all) : all_(std::move(all)) {}
  std::int64_t clock() const { return now_ms_; }
  bool serve(Session& session, int wait_ms) override {
    if (next_ == all_.size()) return false;
    const std::int64_t wait = all_[next_].ms - now_ms_;
    if (wait > 0 && wait_ms >= 0 && wait_ms < wait) {
      now_ms_ += wait_ms;
      return true;
    }
    now_ms_ = std::max(now_ms_, all_[next_].ms);
    session.ask(all_[next_++].op, [](const OpResult& r) { EXPECT_EQ(r.ret, 0); });
    return true;
  }

 private:
  std::vector<At> all_;
  std::size_t next_ = 0;
  std::int64_t now_ms_ = 0;
};

// It is answered while cpuhp/1 has run one of its states.
TEST(LivePace, WhatIsAnsweredAtOnceEndsNobodysWalk) {
  const Scenario scenario = four_cpus();
  with_bare_simulator([&](Simulator& simulator) {
    DatedDoor door({{0, write_op("cpu1/online", "0")}, {600, write_op("cpu2/uevent", "change")}});
    Session session(door, scenario.config,
                    {.pace = kPace, .keep_all = true, .clock = [&door] { return door.clock(); }});
    const RunResult result = simulator.run(scenario.config, {.exact = true, .outside = &session});
    for (const Finding& f : check_all(result.stream, judged_by(scenario.config, result.ok())))
      ADD_FAILURE() << f.invariant << ": " << f.text;
  });
}

}  // namespace
}  // namespace cpuhp

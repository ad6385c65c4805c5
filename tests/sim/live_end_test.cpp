// The end of a session: whoever still waits has an answer, and a report can be drawn of it.
#include <gtest/gtest.h>

#include <cerrno>

#include "sim/report/html/run_picture.hpp"
#include "sim/report/run_report.hpp"
#include "tests/sim/live_machine.hpp"

namespace cpuhp {
namespace {

const char* const kFaultOf3 =
    R"(, "faults": [{"kind": "hang", "cpu": 3, "state": "sched:active", "direction": "down"}])";

/// Gives one request and closes.
class OneRequest final : public Door {
 public:
  explicit OneRequest(LiveStep step) : step_(std::move(step)) {}
  bool serve(Session& session, int) override {
    step_(session);
    return false;
  }

 private:
  LiveStep step_;
};

TEST(LiveEnd, WhatIsUnderWayIsFinished) {
  for (const char* const path : {"cpu2/online", "cpu3/online"}) {
    const Scenario scenario = four_cpus(kFaultOf3);
    int ret = 1;
    OneRequest door(writes(path, "0", &ret));
    with_bare_simulator([&](Simulator& simulator) {
      Session session(door, scenario.config, {});
      const RunResult result = simulator.run(scenario.config, {.outside = &session});
      EXPECT_EQ(result.ok(), ret == 0);
      EXPECT_EQ(result.online, ret == 0 ? 3u : 4u);
    });
    EXPECT_EQ(ret, std::string(path) == "cpu2/online" ? 0 : -ETIMEDOUT);
  }
}

TEST(LiveEnd, AReportShowsWhatWasAskedFor) {
  int ret[2] = {};
  Scenario whole = four_cpus();
  Lived lived = live(four_cpus(), {.keep_all = true},
                     {writes("cpu3/online", "0\n", &ret[0]), writes("cpu3/online", "x", &ret[1])});
  for (const Operation& op : lived.operations) whole.config.operations.push_back(op);
  lived.result.operations.resize(1);
  for (const OpResult& r : lived.results) lived.result.operations.push_back(r);
  const auto picture = run_picture("live", whole.config, lived.result);
  const std::string text = picture.dump();
  EXPECT_NE(text.find("write 0"), std::string::npos);
  const std::string document = run_json({.scenario = whole,
                                         .result = lived.result,
                                         .expectations = {},
                                         .findings = {},
                                         .repeat = {}});
  EXPECT_NE(document.find(R"("value": "x")"), std::string::npos);
}

}  // namespace
}  // namespace cpuhp

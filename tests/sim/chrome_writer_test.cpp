// Chrome's trace event format: valid whatever happened in a run, exact, and with the run's facts.
#include "sim/trace/chrome_writer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <tuple>

#include "tests/sim/chrome_check.hpp"
#include "tests/sim/many_runs.hpp"

namespace cpuhp {
namespace {

using namespace test;

std::string chrome(const ManyRun& run) {
  std::ostringstream out;
  write_chrome(out, {.header = {.scenario = run.name, .design = "d", .seed = 1, .digest = "0"},
                     .stream = run.result.stream,
                     .boot_cpu = run.config.boot_cpu,
                     .control_cpu_time = run.result.control_cpu_time});
  return std::move(out).str();
}

std::int64_t number(const ChromeEvent& e, const std::string& key) {
  const auto found = e.args.find(key);
  return found == e.args.end() ? -1 : std::strtoll(found->second.c_str(), nullptr, 10);
}

/// date, step, CPU, name of every callback's begin.
using Begin = std::tuple<std::int64_t, std::int64_t, std::int64_t, std::string>;

void callbacks_are_slices(const ChromeTrace& t, const EventStream& stream) {
  std::vector<Begin> drawn, real;
  for (const ChromeEvent& e : t.events)
    if (e.ph == "B" && e.args.count("step") != 0)
      drawn.emplace_back(e.ts_ns, number(e, "step"), number(e, "cpu"), e.name);
  for (const Event& e : stream.events)
    if (e.kind == EventKind::Enter || e.kind == EventKind::MultiEnter)
      real.emplace_back(e.time.v, e.step, e.cpu, stream.names[e.name]);
  std::sort(drawn.begin(), drawn.end());
  std::sort(real.begin(), real.end());
  ASSERT_EQ(drawn, real);
}

/// The counter's stretches add up to the control CPU's ledger.
void control_cpu_is_its_ledger(const ChromeTrace& t, const ManyRun& run) {
  std::map<std::string, std::int64_t> sums;
  const ChromeEvent* last = nullptr;
  const auto add = [&](std::int64_t until) {
    std::int64_t ones = 0;
    for (const auto& [key, value] : last->args) {
      if (value == "1") sums[key] += until - last->ts_ns;
      ones += value == "1" ? 1 : 0;
    }
    ASSERT_EQ(ones, 1) << "it does one thing at a time";
  };
  for (const ChromeEvent& e : t.events) {
    if (e.ph != "C" || e.name != "control CPU") continue;
    if (last != nullptr) add(e.ts_ns);
    last = &e;
  }
  if (last != nullptr) add(run.result.end.v);
  const Ledger& l = run.result.ledgers[run.config.boot_cpu];
  EXPECT_EQ(sums["useful"], l.useful.v);
  EXPECT_EQ(sums["spinning"], (l.spinning + l.stopped).v);
  EXPECT_EQ(sums["sleeping"], l.sleeping.v);
  EXPECT_EQ(sums["idle"], l.idle.v);
}

void online_is_counted(const ChromeTrace& t, const RunResult& r) {
  std::int64_t online = 0;
  for (const ChromeEvent& e : t.events) {
    if (e.ph != "C" || e.name != "CPUs online") continue;
    ASSERT_EQ(std::abs(number(e, "CPUs") - online), 1);
    online = number(e, "CPUs");
  }
  EXPECT_EQ(online, std::int64_t{r.online});
}

TEST(ChromeWriter, EveryRunIsAValidTrace) {
  std::map<std::string, std::size_t> arrows;
  for_each_run(
      [&](const ManyRun& run) {
        const ChromeTrace t = parse_chrome(chrome(run));
        for (const std::string& error : chrome_errors(t)) ADD_FAILURE() << error;
        callbacks_are_slices(t, run.result.stream);
        control_cpu_is_its_ledger(t, run);
        online_is_counted(t, run.result);
        for (const ChromeEvent& e : t.events)
          if (e.ph == "s") ++arrows[e.name];
      },
      120);
  for (const char* name : {"kick", "alive", "release", "completion"})
    EXPECT_GT(arrows[name], 200u) << name;
}

/// A boot in which nothing fails has every arrow of every AP.
TEST(ChromeWriter, ABootHasItsArrows) {
  const Scenario s = load_scenario(CPUHP_SOURCE_DIR "/scenarios/boot-8-cpus.json");
  with_bare_simulator([&](Simulator& simulator) {
    for (const Design design :
         {Design::Notifier, Design::Symmetric, Design::Parallel, Design::Async}) {
      MachineConfig config = s.config;
      config.design = design;
      const RunResult r = simulator.run(config);
      std::map<std::string, int> arrows;
      for (const ChromeEvent& e : parse_chrome(chrome({"boot", config, r})).events)
        if (e.ph == "s") ++arrows[e.name];
      EXPECT_EQ(arrows["kick"], 7) << to_string(design);
      EXPECT_EQ(arrows["alive"], 7) << to_string(design);
      EXPECT_EQ(arrows["release"], 7) << to_string(design);
      // The notifier design spins on flags; with async nobody waits for an AP.
      if (design == Design::Symmetric || design == Design::Parallel) {
        EXPECT_GE(arrows["completion"], 7) << to_string(design);
      }
    }
  });
}

// --- the validator sees what is wrong

std::vector<std::string> errors_of(const std::string& events) {
  return chrome_errors(
      parse_chrome(R"({"displayTimeUnit":"ns","traceEvents":[)"
                   R"({"ph":"M","name":"process_name","pid":1,"args":{"name":"p"}},)"
                   R"({"ph":"M","name":"thread_name","pid":1,"tid":1,"args":{"name":"t"}},)" +
                   events + "]}"));
}

std::string at(const std::string& ph, const std::string& ts, const std::string& more = {}) {
  return R"({"ph":")" + ph + R"(","pid":1,"tid":1,"name":"n","ts":)" + ts + more + "}";
}

TEST(ChromeCheck, EachRuleCanFail) {
  using Errors = std::vector<std::string>;
  const std::string flow = R"(,"cat":"c","id":7)", end = flow + R"(,"bp":"e")";
  const std::string begin = at("B", "1.000") + ',', close = ',' + at("E", "9.000");
  EXPECT_EQ(errors_of(begin + at("s", "2.000", flow) + ',' + at("f", "2.000", end) + close),
            Errors{});
  EXPECT_EQ(errors_of(at("i", "1.5")), Errors{"ts 1.5 is not microseconds with three digits"});
  EXPECT_EQ(errors_of(at("i", "1")), Errors{"ts 1 is not microseconds with three digits"});
  EXPECT_EQ(errors_of(at("B", "1.000")), Errors{"a slice of row 1/1 never ends"});
  EXPECT_EQ(errors_of(at("E", "1.000")), Errors{"row 1/1 ends what it has not begun"});
  EXPECT_EQ(errors_of(begin + at("E", "0.999")), Errors{"row 1/1 goes back in time, at n"});
  EXPECT_EQ(
      errors_of(at("X", "1.000", R"(,"dur":5.000)") + ',' + at("X", "3.000", R"(,"dur":5.000)")),
      Errors{"slices cross at n"});
  EXPECT_EQ(errors_of(begin + at("s", "2.000", flow) + close),
            Errors{"flow 7 begins and never ends"});
  EXPECT_EQ(errors_of(begin + at("f", "2.000", end) + close),
            Errors{"flow n 7 ends and never began"});
  EXPECT_EQ(errors_of(at("s", "2.000", flow) + ',' + begin.substr(0, begin.size() - 1)).size(), 4u);
  EXPECT_EQ(errors_of(begin + at("s", "2.000", flow) + ',' + at("f", "3.000", flow) + close),
            Errors{"flow n 7 ends at the next slice, not in its own"});
  EXPECT_EQ(errors_of(begin + at("s", "2.000", flow) + ',' + at("s", "2.000", flow) + ',' +
                      at("f", "3.000", end) + close),
            Errors{"flow n 7 begins twice"});
  EXPECT_EQ(errors_of(R"({"ph":"i","pid":1,"tid":2,"name":"n","ts":1.000})"),
            Errors{"row 1/2 has no name"});
  EXPECT_EQ(errors_of(R"({"ph":"C","pid":1,"name":"c","ts":1.000,"args":{"n":-1}})"),
            Errors{"counter c has n -1"});
}

}  // namespace
}  // namespace cpuhp

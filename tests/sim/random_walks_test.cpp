// Machines drawn from a seed, with nothing that fails: their walks break no invariant, nor does the
// trace that they leave.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

#include "model/checks/checks.hpp"
#include "model/judged_run.hpp"
#include "sim/analysis/check_trace.hpp"
#include "sim/trace/ftrace_writer.hpp"
#include "tests/sim/random_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;

/// No fault, no armed `fail`, and one boot: a kernel does not boot again while it runs.
MachineConfig without_faults(std::uint64_t seed) {
  MachineConfig c = random_machine(seed);
  c.faults.clear();
  bool booted = false;
  std::erase_if(c.operations, [&](const Operation& op) {
    if (op.kind == OpKind::Boot) return std::exchange(booted, true);
    return op.path.ends_with("/fail");
  });
  return c;
}

/// A kernel always has sched:active: without it, a task stays on a CPU until that is taken down.
bool is_a_kernels(const MachineConfig& c) { return c.table.find("sched:active") >= 0; }

/// Rules from before the start-up was split, and CPUs that are all kicked first.
bool mixes_ages(const MachineConfig& c) {
  return c.design == Design::Parallel && c.table.rules().control_is_late();
}

/// An AP that waits so long that it is given up comes up after all: such a run breaks I41.
bool gives_up(const RunResult& r) {
  return std::ranges::count(r.stream.events, EventKind::Blame, &Event::kind) > 0;
}

/// Only steps of hotplug threads tell the asynchronous design from a kernel that stopped early.
bool shows_its_design(const MachineConfig& c, const std::string& trace) {
  return c.design != Design::Async || trace.find("cpuhp/") != std::string::npos;
}

/// Calls `f(simulator, config)` for each of the machines without faults that a kernel could run on,
/// until one fails an assertion.
template <typename F>
void for_each_kernel(std::uint64_t machines, F f) {
  with_bare_simulator([&](Simulator& s) {
    for (std::uint64_t seed = 0; seed < machines && !testing::Test::HasFatalFailure(); ++seed) {
      const MachineConfig c = without_faults(seed);
      if (!is_a_kernels(c)) continue;
      SCOPED_TRACE("random_machine(" + std::to_string(seed) + "), " +
                   std::string(to_string(c.design)));
      f(s, c);
    }
  });
}

TEST(RandomMachines, WithoutFaultsBreakNoInvariantOfWalks) {
  constexpr std::uint64_t kRandomMachines = 5'000;
  std::size_t checked = 0;
  for_each_kernel(kRandomMachines, [&](Simulator& s, const MachineConfig& c) {
    const RunResult r = s.run(c);
    if (gives_up(r)) return;
    ++checked;
    const std::vector<Finding> found = check_walks(r.stream, judged_by(c, r.ok()));
    ASSERT_TRUE(found.empty()) << found[0].invariant << ": " << found[0].text;
  });
  EXPECT_GT(checked, kRandomMachines / 2);
}

TEST(RandomMachines, LeaveTracesThatBreakNothing) {
  constexpr std::uint64_t kRandomMachines = 1'000;
  std::size_t checked = 0;
  for_each_kernel(kRandomMachines, [&](Simulator& s, const MachineConfig& c) {
    if (mixes_ages(c)) return;
    const RunResult r = s.run(c);
    const std::string text = format_ftrace(r.stream, {.decimals = 9});
    if (!r.ok() || text.find("cpuhp_exit") == std::string::npos) return;
    if (gives_up(r) || !shows_its_design(c, text)) return;
    ++checked;
    const StateTable table = judged_by(c, true).table;
    const TraceReport report = check_trace(parse_loose_trace(text, "trace.txt"), {.table = &table});
    ASSERT_TRUE(report.findings.empty())
        << "line " << report.lines[0] << ": " << report.findings[0].text;
  });
  EXPECT_GT(checked, kRandomMachines / 3);
}

}  // namespace
}  // namespace cpuhp

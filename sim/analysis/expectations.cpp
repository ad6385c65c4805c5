#include "sim/analysis/expectations.hpp"

#include <spdlog/fmt/fmt.h>

#include "sim/scenario/cpulist.hpp"
#include "sim/scenario/errno_names.hpp"

namespace cpuhp {
namespace {

class Judge {
 public:
  void compare(std::string what, std::string expected, std::string found) {
    const bool holds = expected == found;
    list.push_back({std::move(what), std::move(expected), std::move(found), holds});
  }

  void range(std::string what, const std::optional<ExpectedRange>& range, Ns found) {
    if (!range) return;
    const bool holds =
        (!range->min || found >= *range->min) && (!range->max || found <= *range->max);
    std::string expected;
    if (range->min) expected += fmt::format("at least {} ns", range->min->v);
    if (range->min && range->max) expected += " and ";
    if (range->max) expected += fmt::format("at most {} ns", range->max->v);
    list.push_back({std::move(what), std::move(expected), fmt::format("{} ns", found.v), holds});
  }

  std::vector<Expectation> list;
};

std::string online_list(const RunResult& r) {
  CpuMask online(static_cast<CpuId>(r.final.size()));
  for (CpuId cpu = 0; cpu < r.final.size(); ++cpu) online.assign(cpu, r.final[cpu].online);
  return print_cpulist(online);
}

std::string state_name(const StateTable& table, StateId id) {
  const std::string& name = table.at(id).name;
  return name.empty() ? std::to_string(id) : fmt::format("{} ({})", name, id);
}

void compare_ends(Judge& judge, const Scenario& s, const RunResult& r) {
  if (s.expect.online) judge.compare("online", print_cpulist(*s.expect.online), online_list(r));
  for (std::size_t i = 0; i < s.expect.ret.size(); ++i)
    judge.compare(fmt::format("ret[{}]", i), return_name(s.expect.ret[i]),
                  r.operation(i) ? return_name(r.operation(i)->ret) : "it never returned");
}

/// A hang and a panic are findings unless the scenario is about them.
void compare_deaths(Judge& judge, const Expect& expect, const RunResult& r) {
  const bool hang = expect.hang.value_or(false), panic = expect.panic.value_or(false);
  if (expect.hang || !r.hung.empty())
    judge.compare("hang", hang ? "a hang" : "none", r.hung.empty() ? "none" : "a hang");
  if (expect.panic || r.panic) {
    judge.compare("panic", panic ? "a panic" : "none", r.panic ? "a panic" : "none");
    if (r.panic && !panic) judge.list.back().found += ": " + *r.panic;
  }
  if (!r.hung.empty() && !hang)
    judge.list[judge.list.size() - (expect.panic || r.panic ? 2 : 1)].found +=
        ": " + describe(r.hung.front(), r.stream.names);
}

std::string task_name(const HungTask& task) {
  switch (task.role) {
    case Role::CpuhpThread:
      return fmt::format("cpuhp/{}", task.on);
    case Role::Stopper:
      return fmt::format("migration/{}", task.on);
    default:
      return fmt::format("{} on CPU {}", to_string(task.role), task.on);
  }
}

}  // namespace

std::string return_name(int ret) {
  if (ret >= 0) return std::to_string(ret);
  const std::string_view name = errno_name(-ret);
  return name.empty() ? std::to_string(ret) : fmt::format("-{}", name);
}

std::string describe(const HungTask& task, const Names& names) {
  const std::string& what = names[task.wait.what];
  return fmt::format("{} waits for {}{}, {}, since {} ns", task_name(task),
                     what.empty() ? "a date" : what,
                     task.wait.cpu == kNoCpu ? "" : fmt::format(" of CPU {}", task.wait.cpu),
                     task.wait.mode == WaitMode::Spinning ? "spinning" : "asleep", task.since.v);
}

std::vector<Expectation> check_expectations(const Scenario& s, const RunResult& r,
                                            const Judging& judging) {
  Judge judge;
  compare_ends(judge, s, r);
  if (judging.same_run) {
    judge.range("bringup_ns", s.expect.bringup, r.bringup);
    judge.range("boot_ns", s.expect.boot, r.boot);
  }
  for (const auto& [cpu, state] : s.expect.state)
    judge.compare(fmt::format("state[{}]", cpu), state_name(s.config.table, state),
                  state_name(s.config.table, r.final.at(cpu).state));
  compare_deaths(judge, s.expect, r);
  // Like a hang, a broken invariant is a finding unless the scenario is about it.
  if (judging.findings && (s.expect.findings || *judging.findings > 0))
    judge.compare("findings", std::to_string(s.expect.findings.value_or(0)),
                  std::to_string(*judging.findings));
  if (s.expect.digest && judging.same_run) judge.compare("digest", *s.expect.digest, r.digest);
  return std::move(judge.list);
}

}  // namespace cpuhp

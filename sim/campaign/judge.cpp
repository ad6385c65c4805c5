#include "sim/campaign/judge.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <span>

#include "model/checks/checks.hpp"
#include "model/checks/explain.hpp"
#include "model/panics.hpp"
#include "sim/analysis/expectations.hpp"
#include "sim/report/fault_text.hpp"
#include "sim/report/finding_report.hpp"

namespace cpuhp {
namespace {

constexpr const char* kSource = "docs/faults.md";
constexpr Ns kSyncTimeout = 10_s;  // docs/kernel.md 5.1

/// Returns how often each fault hit.
std::vector<std::uint32_t> strikes(const RunResult& result, const MachineConfig& config) {
  std::vector<std::uint32_t> all = result.fault_counts;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (const std::uint32_t nth = config.faults[i].nth; nth > 0) all[i] = all[i] >= nth ? 1 : 0;
  return all;
}

Outcome outcome_of(const RunResult& result) {
  if (result.panic) return Outcome::Panic;
  return result.hung.empty() ? Outcome::Ok : Outcome::Hang;
}

/// Returns the state in which the CPU rests after a fault has hit it; -1: it never rests.
StateId rest_after(const FaultHits& hits, CpuId cpu, const EventStream& stream) {
  StateId rest = -1;
  for (auto e = std::ranges::lower_bound(stream.events, hits.first, {}, &Event::time);
       e != stream.events.end(); ++e) {
    if (rest >= 0 && e->time > hits.first) break;
    // an earlier operation may have ended at this time, and the CPU rested then
    if (e->kind == EventKind::OpBegin && e->instance == static_cast<std::uint16_t>(hits.operation))
      rest = -1;
    if (e->kind == EventKind::Rest && e->cpu == cpu && rest < 0) rest = e->step;
  }
  return rest;
}

std::vector<StruckFault> struck_of(const CampaignCase& c, const RunResult& result) {
  std::vector<StruckFault> struck;
  const std::size_t own = result.fault_hits.size() - c.faults.size();  // those of the scenario
  for (std::size_t i = 0; i < c.faults.size(); ++i) {
    const FaultHits& hits = result.fault_hits[own + i];
    if (hits.count == 0) continue;
    struck.push_back({.fault = i,
                      .time = CampaignPlan::time_of(c, i),
                      .instance = hits.instance,
                      .back = rest_after(hits, c.faults[i].cpu, result.stream)});
  }
  return struck;
}

/// Returns the states that the run registered under numbers that the table does not know.
std::map<StateId, StateId> registered_states(const Exercised& exercised,
                                             const std::vector<DeclaredState>& declared) {
  std::map<StateId, StateId> states;
  for (const auto& [number, name] : exercised.registered())
    for (std::size_t i = 0; i < declared.size(); ++i)
      if (declared[i].name == name) states[number] = declared_id(i);
  return states;
}

/// True when every hit of a fault came before the probes and the operations that prepare them.
bool over_before_probes(CampaignPlan& plan, const CampaignCase& c, const RunMachine& run,
                        const std::vector<std::uint32_t>& all) {
  const MachineConfig& config = plan.configure_unprobed(c);
  return strikes(run(config), config) == all;
}

/// True when an error that was armed in the sysfs file `fail` hits in the probes or in their
/// preparation. Then this error was not over before the probes.
bool armed_until_probes(const CampaignCase& c, const RunResult& result) {
  const OpResult* const first = result.operation(c.probes.front().first - c.prepares);
  const NameId fail = result.stream.names.find("fail");
  return first != nullptr &&
         std::any_of(result.stream.events.begin(), result.stream.events.end(), [&](const Event& e) {
           return e.kind == EventKind::Injected && e.name == fail && e.time >= first->begin;
         });
}

/// Returns the events before `operation` begins.
std::span<const Event> events_before(std::size_t operation, const EventStream& stream) {
  const auto begin = std::ranges::find_if(stream.events, [&](const Event& e) {
    return e.kind == EventKind::OpBegin && e.instance == static_cast<std::uint16_t>(operation);
  });
  return {stream.events.begin(), begin};
}

/// Returns the CPUs that are online when `operation` begins.
CpuMask online_at(std::size_t operation, const EventStream& stream) {
  CpuMask online(stream.nr_cpus);
  const NameId name = stream.names.find("online");
  for (const Event& e : events_before(operation, stream)) {
    if (e.name == name && e.kind == EventKind::MaskSet) online.set(e.cpu);
    if (e.name == name && e.kind == EventKind::MaskClear) online.clear(e.cpu);
  }
  return online;
}

/// True when -EBUSY was right: no other CPU (or no other housekeeping CPU) was online.
bool was_the_last(CpuId cpu, const CpuMask& online, const MachineConfig& config) {
  const bool housekeepers =
      effective_rules(config).last_housekeeping_busy && !config.housekeeping.empty();
  for (CpuId other = online.first(); other != kNoCpu; other = online.next(other + 1))
    if (other != cpu && (!housekeepers || config.housekeeping.test(other))) return false;
  return true;
}

/// True when the CPU has left the machine before `operation` begins.
bool has_left(CpuId cpu, std::size_t operation, const EventStream& stream) {
  bool left = false;
  for (const Event& e : events_before(operation, stream))
    if (e.kind == EventKind::Present && e.cpu == cpu) left = e.value == 0;
  return left;
}

/// Returns a finding for each probe that fails, unless a run without faults has the same error.
/// Success is right even where the run without faults has an error: the reason of that error may be
/// an earlier operation (for example, SMT was switched off), which failed in this case.
std::vector<Finding> broken_probes(CampaignPlan& plan, const CampaignCase& c,
                                   const RunResult& result, const RunMachine& run) {
  std::vector<Finding> findings;
  for (const Probe& probe : c.probes) {
    const std::vector<int>& expected = plan.fault_free_returns(c.design, probe.cpu, run);
    for (const std::size_t i : {probe.down(), probe.up()}) {
      const int wanted = expected[expected.size() - kProbeOperations + (i - probe.first)];
      const OpResult* const op = result.operation(i);
      if (op == nullptr || op->ret >= 0 || op->ret == wanted) continue;
      if (op->ret == -EBUSY && i == probe.down() &&
          was_the_last(probe.cpu, online_at(i, result.stream), plan.config(c.design)))
        break;
      if (op->ret == -EINVAL && has_left(probe.cpu, i, result.stream)) break;
      const std::string what =
          fmt::format("{} {}", i == probe.down() ? "down" : "up", return_name(op->ret));
      findings.push_back(
          {std::string(kProbe), kSource, probe.cpu, op->end,
           fmt::format(
               "after the faults were over, {} of CPU {} returned {}, but without faults {}",
               i == probe.down() ? "down" : "up", probe.cpu, return_name(op->ret),
               return_name(wanted)),
           what});
      findings.back().operation = i;
      findings.back().wanted = "after the faults are over, a CPU works as it does without faults";
      break;  // another failure of this probe would be a consequence
    }
  }
  return findings;
}

/// True when an operation before the probes failed, unless it fails with the same error in the
/// fault-free run. That run takes one CPU down and up. A random case, or a case with several CPUs,
/// has other operations, so there every error counts.
bool errors(CampaignPlan& plan, const CampaignCase& c, const RunResult& result,
            const RunMachine& run) {
  const bool same = c.mode != CaseMode::Random && c.probes.size() == 1;
  const std::vector<int> sound =
      same ? plan.fault_free_returns(c.design, c.probes[0].cpu, run) : std::vector<int>{};
  for (std::size_t i = 0; i < c.probes.at(0).first; ++i) {
    const OpResult* const op = result.operation(i);
    if (op != nullptr && op->ret < 0 && (!same || op->ret != sound[i])) return true;
  }
  return false;
}

}  // namespace

Excused excused_by(const std::vector<Fault>& struck, const Rules& rules) {
  Excused excused;
  for (const Fault& f : struck) switch (info(f.kind).explains) {
      case Explains::Nothing:
        break;
      case Explains::Hang:
        excused.hang = true;
        break;
      case Explains::Panic:
        excused.panic = true;
        break;
      case Explains::Limbo:
        if (rules.core_sync != CoreSync::None)
          excused.probe = excused.probe || !info(f.kind).takes(kDelay) || f.delay >= kSyncTimeout;
        break;
    }
  return excused;
}

/// True when the kernel panicked because the operations made every CPU inactive. This is no bug:
/// every kernel panics without an active CPU.
bool died_without_active_cpu(const RunResult& result) {
  return result.panic == kNoActiveCpu && std::none_of(result.final.begin(), result.final.end(),
                                                      [](const FinalCpu& c) { return c.active; });
}

std::vector<Finding> unexplained(const RunResult& result, const MachineConfig& config) {
  const Excused excused = excused_by(struck_faults(result, config), effective_rules(config));
  std::vector<Finding> findings;
  if (result.panic && !excused.panic && !died_without_active_cpu(result))
    findings.push_back({std::string(kUnexplainedPanic), kSource, kNoCpu, result.end,
                        "the kernel panicked: " + *result.panic, *result.panic});
  if (!result.hung.empty() && !excused.hang) {
    const HungTask& task = result.hung.front();
    findings.push_back({std::string(kUnexplainedHang), kSource, task.wait.cpu, task.since,
                        describe(task, result.stream.names, config.readers),
                        result.stream.names[task.wait.what]});
  }
  for (Finding& f : findings) {
    f.kind = FindingKind::End;
    f.wanted =
        "a run ends without a hang or panic, unless an injected fault explains the hang or panic";
  }
  return findings;
}

/// True when judging the run may need its first events.
bool something_to_find(const CampaignCase& c, const CheckedRun& checked,
                       const MachineConfig& config) {
  if (!checked.findings.empty() || !unexplained(checked.result, config).empty()) return true;
  return std::ranges::any_of(c.probes, [&](const Probe& probe) {
    const OpResult* const down = checked.result.operation(probe.down());
    const OpResult* const up = checked.result.operation(probe.up());
    return (down != nullptr && down->ret < 0) || (up != nullptr && up->ret < 0);
  });
}

CheckedRun check_case(CampaignPlan& plan, const CampaignCase& c, const RunMachine& run) {
  CheckedRun checked{run(plan.configure(c))};
  const Judged& judged = plan.judged(c.design, checked.result.ok());
  checked.findings = check_all(checked.result.stream, judged);
  checked.exercised.take(checked.result.stream, judged);
  return checked;
}

Verdict judge_case(CampaignPlan& plan, const CampaignCase& c, const RunMachine& run) {
  return judge_case(plan, c, run, check_case(plan, c, run));
}

Verdict judge_case(CampaignPlan& plan, const CampaignCase& c, const RunMachine& run,
                   CheckedRun checked) {
  const MachineConfig& config = plan.configure(c);
  if (!checked.whole && something_to_find(c, checked, config)) return judge_case(plan, c, run);
  const RunResult& result = checked.result;
  const bool may_be_lost = excused_by(struck_faults(result, config), effective_rules(config)).probe;
  const std::vector<std::uint32_t> struck = strikes(result, config);
  Verdict v{.outcome = outcome_of(result),
            .findings = std::move(checked.findings),
            .digest = result.digest,
            .struck = struck_of(c, result),
            .invariants = checked.exercised.invariants(),
            .turns = checked.exercised.turns(),
            .registered = registered_states(checked.exercised, config.declared)};
  for (const OpResult& op : result.operations)
    v.returns.push_back(op.returned ? std::optional(op.ret) : std::nullopt);
  const auto add = [&v](std::vector<Finding> more) {
    std::move(more.begin(), more.end(), std::back_inserter(v.findings));
  };
  add(unexplained(result, config));
  // From here on the plan configures other machines, so `config` is no longer that of this run.
  if (v.outcome == Outcome::Ok && errors(plan, c, result, run)) v.outcome = Outcome::Error;
  if (result.ok() && !may_be_lost) {
    std::vector<Finding> broken = broken_probes(plan, c, result, run);
    if (!broken.empty() && !armed_until_probes(c, result) &&
        over_before_probes(plan, c, run, struck))
      add(std::move(broken));
  }
  explain(v.findings, result.stream, plan.judged(c.design, result.ok()));
  if (!v.findings.empty()) name_run(v.findings, result, plan.configure(c));
  return v;
}

}  // namespace cpuhp

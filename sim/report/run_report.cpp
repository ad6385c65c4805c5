#include "sim/report/run_report.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "model/checks/watch/lock_holders.hpp"
#include "sim/report/bystanders_report.hpp"
#include "sim/report/comparison_report.hpp"
#include "sim/report/finding_report.hpp"
#include "sim/report/json_text.hpp"
#include "sim/report/stall_report.hpp"
#include "sim/report/text_table.hpp"
#include "sim/report/timeline.hpp"
#include "sim/scenario/errno_names.hpp"
#include "sim/units.hpp"

namespace cpuhp {
namespace {

using Json = nlohmann::ordered_json;

/// Returns the outcome of a run. It is "ok" when no expectation failed and no invariant was broken.
std::string outcome_word(const RunReport& report) {
  const RunResult& r = report.result;
  if (r.panic) return "panic";
  if (!r.hung.empty()) return "hang";
  return holds(report) && report.findings.empty() ? "ok" : "finding";
}

/// Returns lines about the tasks that hold the lock for which a task waits.
std::string holders_text(const RunReport& report, const HungTask& task) {
  std::string text;
  for (const LockHolder& h : lock_holders(report.result.stream, task.wait.what))
    if (h.role == Role::Reader)
      text += fmt::format("    held by reader \"{}\" on CPU {}, since {} ns\n",
                          report.scenario.config.readers.at(h.reader).name, h.on, h.since.v);
    else
      text +=
          fmt::format("    held by {} on CPU {}, at work for CPU {}{}, since {} ns\n",
                      to_string(h.role), h.on, h.cpu, h.shared ? " as a reader" : "", h.since.v);
  return text;
}

std::string times_text(const RunFigures& f) {
  if (f.is_one())
    return fmt::format("; bring-up {}, boot {}", readable(f.bringup.low), readable(f.boot.low));
  return "; bring-up " + figure_and_why(f.bringup, f);
}

std::string outcome_text(const RunReport& report, const Look& look) {
  const RunResult& r = report.result;
  const std::string word = outcome_word(report);
  std::string text = inked(word, word == "ok" ? Ink::Green : Ink::Red, look);
  if (word != "ok" && holds(report)) text += ", as expected";
  text += fmt::format(": {} of {} CPUs online", r.online, r.cpus);
  if (r.bringup > Ns{}) text += times_text(report.figures);
  if (r.background_left)
    text += fmt::format(", background left then {}", readable(*r.background_left));
  text += '\n';
  if (r.panic) text += "  the kernel panicked: " + *r.panic + '\n';
  constexpr std::size_t shown = 8;
  for (std::size_t i = 0; i < std::min(shown, r.hung.size()); ++i)
    text += "  " + describe(r.hung[i], r.stream.names, report.scenario.config.readers) + '\n' +
            holders_text(report, r.hung[i]);
  if (r.hung.size() > shown) text += fmt::format("  and {} more\n", r.hung.size() - shown);
  return text;
}

/// Tells which CPUs the kernel reports as failed, and the time of each report.
std::string diagnosis_text(const std::vector<Diagnosis>& all) {
  constexpr std::size_t shown = 8;
  std::string text;
  for (std::size_t i = 0; i < std::min(shown, all.size()); ++i) {
    text += fmt::format("  at {} the kernel reports CPU {} as failed", readable(all[i].told),
                        all[i].cpu);
    if (!all[i].right) text += fmt::format(", wrongly: CPU {} failed", all[i].said_by);
    text += '\n';
  }
  if (all.size() > shown)
    text += fmt::format("  and {} more (--format json has them all)\n", all.size() - shown);
  return text;
}

std::string operations_table(const RunReport& report) {
  const auto& asked = report.scenario.config.operations;
  const Unit unit = unit_for(report.result.end);
  TextTable table({{"#", Align::Right},
                   {"operation"},
                   {fmt::format("begin ({})", unit.name), Align::Right},
                   {fmt::format("took ({})", unit.name), Align::Right},
                   {"returned"}});
  constexpr std::size_t shown = 40;
  for (std::size_t i = 0; i < std::min(asked.size(), shown); ++i) {
    const std::string what = operation_text(asked[i], report.scenario.config);
    if (const OpResult* done = report.result.operation(i))
      table.add({std::to_string(i), what, in_unit(done->begin, unit),
                 in_unit(done->end - done->begin, unit), return_name(done->ret)});
    else
      table.add(
          {std::to_string(i), what, "-", "-", report.result.begun(i) ? "never" : "not begun"});
  }
  std::string text = table.print("  ");
  if (asked.size() > shown)
    text += fmt::format("  and {} more (--format json has them all)\n", asked.size() - shown);
  return text;
}

/// Tells how the control CPU spent its time until the end of the boot.
std::string ledger_text(const RunReport& report) {
  const Ledger& l = report.result.control_cpu;
  const Ns whole = l.total();
  return fmt::format("  useful {} ({}), spinning {} ({}), sleeping {} ({}), idle {} ({})\n",
                     readable(l.useful), percent(l.useful, whole), readable(spinning(l)),
                     percent(spinning(l), whole), readable(l.sleeping), percent(l.sleeping, whole),
                     readable(l.idle), percent(l.idle, whole));
}

Json operations_json(const RunReport& report) {
  Json list = Json::array();
  const MachineConfig& config = report.scenario.config;
  for (std::size_t i = 0; i < config.operations.size(); ++i) {
    const Operation& op = config.operations[i];
    Json one{{"op", to_string(op.kind)}};
    if (op.cpu != kNoCpu) one["cpu"] = op.cpu;
    if (op.target)
      one["target"] =
          is_declared(*op.target) ? Json(state_text(*op.target, config)) : Json(*op.target);
    if (op.state >= 0) {
      one["state"] = state_text(op.state, config);
      one["calls"] = op.calls;
    }
    if (op.kind == OpKind::AddInstance || op.kind == OpKind::RemoveInstance)
      one["instance"] = op.instance;
    if (op.kind == OpKind::Write || op.kind == OpKind::Read) one["path"] = op.path;
    if (op.kind == OpKind::Write) one["value"] = op.text;
    if (op.wakeup_after) one["wakeup_after"] = *op.wakeup_after;
    if (op.kexec) one["kexec"] = true;
    const OpResult* const done = report.result.operation(i);
    one["returned"] = done != nullptr;
    if (done != nullptr) {
      one["ret"] = done->ret;
      if (op.kind == OpKind::Read && done->ret == 0) one["text"] = done->text;
      if (done->ret < 0) one["errno"] = errno_name(-done->ret);
      one["begin_ns"] = done->begin.v;
      one["end_ns"] = done->end.v;
    }
    list.push_back(std::move(one));
  }
  return list;
}

Json cpus_json(const RunReport& report) {
  Json list = Json::array();
  const RunResult& r = report.result;
  for (CpuId cpu = 0; cpu < r.final.size(); ++cpu) {
    const FinalCpu& f = r.final[cpu];
    list.push_back({{"cpu", cpu},
                    {"state", f.state},
                    {"state_name", report.scenario.config.table.at(f.state).name},
                    {"target", f.target},
                    {"fail", f.fail},
                    {"online", f.online},
                    {"active", f.active},
                    {"dying", f.dying},
                    {"time", ledger_json(r.ledgers[cpu])}});
  }
  return list;
}

Json diagnosis_json(const std::vector<Diagnosis>& all) {
  Json list = Json::array();
  for (const Diagnosis& d : all)
    list.push_back({{"cpu", d.cpu},
                    {"told_ns", d.told.v},
                    {"said_by", cpu_json(d.said_by)},
                    {"right", d.right}});
  return list;
}

Json hung_json(const RunReport& report) {
  const RunResult& r = report.result;
  const std::vector<LockReader>& readers = report.scenario.config.readers;
  Json list = Json::array();
  for (const HungTask& t : r.hung) {
    Json one{{"on", t.on},
             {"role", to_string(t.role)},
             {"waits_for", r.stream.names[t.wait.what]},
             {"asleep", t.wait.mode == WaitMode::Asleep},
             {"since_ns", t.since.v}};
    if (t.role == Role::Reader) one["reader"] = readers.at(t.wait.instance).name;
    if (t.wait.cpu != kNoCpu) one["cpu"] = t.wait.cpu;
    for (const LockHolder& h : lock_holders(r.stream, t.wait.what)) {
      one["held_by"].push_back({{"on", h.on},
                                {"role", to_string(h.role)},
                                {"cpu", h.cpu},
                                {"shared", h.shared},
                                {"since_ns", h.since.v}});
      if (h.role == Role::Reader) one["held_by"].back()["reader"] = readers.at(h.reader).name;
    }
    list.push_back(std::move(one));
  }
  return list;
}

}  // namespace

/// Returns a state's name, or its number when it has no name.
std::string state_text(StateId id, const MachineConfig& config) {
  const std::string& name =
      is_declared(id) ? config.declared.at(declared_index(id)).name : config.table.at(id).name;
  return name.empty() ? std::to_string(id) : name;
}

Json ledger_json(const Ledger& l) {
  return {{"useful_ns", l.useful.v},
          {"spinning_ns", spinning(l).v},
          {"sleeping_ns", l.sleeping.v},
          {"idle_ns", l.idle.v}};
}

std::string operation_text(const Operation& op, const MachineConfig& config) {
  if (op.kind == OpKind::Write) return fmt::format("write {} > {}", op.text, op.path);
  if (op.kind == OpKind::Read) return "read " + op.path;
  std::string text(to_string(op.kind));
  if (op.cpu != kNoCpu) text += fmt::format(" cpu{}", op.cpu);
  if (op.target) text += " to " + state_text(*op.target, config);
  if (op.state >= 0) text += ' ' + state_text(op.state, config);
  if (op.kind == OpKind::AddInstance || op.kind == OpKind::RemoveInstance)
    text += fmt::format(" {}", op.instance);
  if (!op.calls) text += " without calling callbacks";
  return text;
}

Ns shown_end(const RunResult& result) { return std::max(result.end, result.boot); }

bool holds(const RunReport& report) {
  return std::ranges::all_of(report.expectations, &Expectation::holds);
}

std::string findings_text(const RunReport& report) {
  std::string text;
  for (const Expectation& e : report.expectations)
    if (!e.holds)
      text += fmt::format("finding: {}: expected {}, found {}\n", e.what, e.expected, e.found);
  text += broken_text(report.findings);
  if (!text.empty() && !report.repeat.empty()) text += "repeat: " + report.repeat + '\n';
  return text;
}

std::string machine_text(const MachineConfig& config) {
  std::set<std::pair<std::uint32_t, std::uint32_t>> cores;
  for (CpuId cpu = 0; cpu < config.topology.nr_cpus(); ++cpu)
    cores.emplace(config.topology.place(cpu).socket, config.topology.place(cpu).core);
  std::string text = counted(config.present.weight(), "CPU");
  if (config.present.weight() != config.topology.nr_cpus())
    text += fmt::format(" of {} possible", config.topology.nr_cpus());
  return text + fmt::format(" ({}, {}, {} a core)", counted(config.topology.sockets(), "socket"),
                            counted(cores.size(), "core"),
                            counted(config.topology.threads_per_core(), "thread"));
}

std::string run_text(const RunReport& report, const CpuStages& stages, const Look& look) {
  const Scenario& s = report.scenario;
  std::string text = fmt::format("{}: {}, table {}, {}, seed {}\n", inked(s.name, Ink::Bold, look),
                                 machine_text(s.config), s.config.table.name(),
                                 to_string(s.config.design), s.config.seed);
  for (const std::string& note : s.notes) text += "note: " + note + '\n';
  text += outcome_text(report, look) + diagnosis_text(report.diagnoses);
  if (!s.config.operations.empty()) text += '\n' + operations_table(report);
  if (!s.config.readers.empty()) text += '\n' + stalls_text(report.stalls, s.config.readers);
  text += '\n' + machine_timeline({.stages = stages,
                                   .control = report.result.control_cpu_time,
                                   .end = shown_end(report.result)},
                                  look);
  text += fmt::format("\ncontrol CPU's time until {}\n",
                      report.result.bringup > Ns{} ? "the boot was done" : "the end") +
          ledger_text(report);
  if (report.bystanders) text += '\n' + bystanders_text(*report.bystanders, s.config);
  text += fmt::format("\n{} events, digest {}\n", report.result.events, report.result.digest);
  const std::string findings = findings_text(report);
  if (!findings.empty()) text += '\n' + inked(findings, Ink::Red, look);
  return text;
}

std::string run_json(const RunReport& report) {
  const RunResult& r = report.result;
  const Scenario& s = report.scenario;
  Json document{{"version", 1},
                {"scenario", s.name},
                {"file", s.file},
                {"table", s.config.table.name()},
                {"design", to_string(r.design)},
                {"seed", r.seed},
                {"outcome", outcome_word(report)},
                {"cpus", r.cpus},
                {"online", r.online},
                {"bringup_ns", time_json(report.figures, report.figures.bringup)},
                {"boot_ns", time_json(report.figures, report.figures.boot)},
                {"background_left_ns", time_json(r.background_left)},
                {"end_ns", r.end.v},
                {"events", r.events},
                {"digest", r.digest},
                {"control_cpu", ledger_json(r.control_cpu)},
                {"operations", operations_json(report)},
                {"diagnosis", diagnosis_json(report.diagnoses)},
                {"hung", hung_json(report)},
                {"panic", r.panic ? Json(*r.panic) : Json(nullptr)},
                {"expect", Json::array()},
                {"findings", findings_json(report.findings)},
                {"notes", s.notes},
                {"cpus_at_end", cpus_json(report)},
                {"repeat", report.repeat}};
  if (report.bystanders) document["bystanders"] = bystanders_json(*report.bystanders);
  add_ranges(document, report.figures);
  if (!s.config.readers.empty())
    document["lock_stalls"] = stalls_json(report.stalls, s.config.readers);
  for (const Expectation& e : report.expectations)
    document["expect"].push_back(
        {{"what", e.what}, {"expected", e.expected}, {"found", e.found}, {"holds", e.holds}});
  return json_text(document);
}

}  // namespace cpuhp

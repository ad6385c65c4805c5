// Properties of the state machine on random tables: a failed operation leaves a CPU exactly where
// it was, what went up comes down in the opposite order, and a seed is the whole input.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <utility>
#include <vector>

#include "tests/sim/random_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;

constexpr CpuId kCpu = 1;

/// A random table under the rules of a kernel with the walks of 5.13 and later.
MachineConfig random_walks(Draws& d, const Rules& rules) {
  StateTable table = random_table(d);
  std::vector<State> states;
  for (const State& s : table.all())
    if (!s.name.empty()) states.push_back(s);
  // Two free numbers below cpu:bringup and two above the idle entry.
  const Anchors at = table.anchors();
  for (State& s : states)
    s.id = static_cast<StateId>(s.id + (s.id >= at.bringup ? 2 : 0) +
                                (s.id > at.ap_online_idle ? 2 : 0));
  table = StateTable("random", "test", rules, std::move(states));
  if (rules.split_startup) table.split_startup();
  MachineConfig c = machine({.cores_per_socket = 3}, table, {op_boot()});
  c.design = rules.split_startup ? Design::Parallel : Design::Symmetric;
  c.seed = d.below(1'000'000);
  return c;
}

Rules random_rules(Draws& d) {
  const Rules versions[] = {Rules::of({6, 1}), Rules::of({6, 6}), Rules::of({6, 12})};
  Rules rules = d.one_of(versions);
  rules.equal_target_noop = true;
  return rules;
}

/// A state that a CPU may rest in and be moved on from. Not cpu:kick_ap: from there nobody kicks it
/// again.
StateId resting_place(Draws& d, const StateTable& table) {
  std::vector<StateId> places{table.anchors().offline, table.anchors().online};
  for (const State& s : table.all()) {
    const bool section = s.section == Section::Prepare || s.section == Section::Online;
    if (section && !s.name.empty() && s.id != table.anchors().bringup &&
        s.id != table.anchors().threads_prepare && s.id != table.anchors().kick_ap)
      places.push_back(s.id);
  }
  return places[d.below(static_cast<std::uint32_t>(places.size()))];
}

/// For each state with both callbacks, and each of its instances: was startup or teardown the last
/// that ran to its end?
std::map<std::pair<StateId, std::uint16_t>, bool> started(const RunResult& r,
                                                          const StateTable& table) {
  std::map<std::pair<StateId, std::uint16_t>, bool> up;
  std::map<std::pair<StateId, std::uint16_t>, bool> running;
  for (const Event& e : r.stream.events) {
    if (e.cpu != kCpu) continue;
    const bool enter = e.kind == EventKind::Enter || e.kind == EventKind::MultiEnter;
    if (!enter && e.kind != EventKind::Exit) continue;
    const std::string& name = r.stream.names[e.name];
    if (enter && name == "cpuhp_kick_ap_work") continue;
    const auto key = std::pair(e.step, e.instance);
    if (enter) {
      running[key] = name == table.at(e.step).startup;
    } else if (running.contains(key)) {
      if (e.ret == 0) up[key] = running[key];
      running.erase(key);
    }
  }
  return up;
}

std::string write_path(const char* file) { return "cpu1/hotplug/" + std::string(file); }

/// A walk with an armed `fail` on its way. True: it hit and was rolled back.
bool walk_with_fail(Draws& d) {
  MachineConfig c = random_walks(d, random_rules(d));
  const StateId from = resting_place(d, c.table), to = resting_place(d, c.table);
  const auto fail = static_cast<StateId>(
      std::min(from, to) + 1 + d.below(static_cast<std::uint32_t>(std::abs(from - to)) + 1));
  c.operations.push_back(op_write(write_path("target"), std::to_string(from)));
  c.operations.push_back(op_write(write_path("fail"), std::to_string(fail)));
  c.operations.push_back(op_write(write_path("target"), std::to_string(to)));
  const RunResult r = run(c);
  RC_ASSERT(r.ok());
  RC_ASSERT(r.operations.size() == 4u);
  RC_ASSERT(r.operations[1].ret == 0);
  const int ret = r.operations[3].ret;
  RC_ASSERT(ret == 0 || ret == -EAGAIN);
  const StateId rests = ret == 0 ? to : from;
  const Anchors& at = c.table.anchors();
  RC_ASSERT(r.final[kCpu].state == rests);
  RC_ASSERT(r.final[kCpu].target == rests);
  RC_ASSERT(r.final[kCpu].online == (rests > at.teardown));
  const bool active = at.sched_active >= 0 ? rests >= at.sched_active : r.final[kCpu].online;
  RC_ASSERT(r.final[kCpu].active == active);
  if (ret != 0) RC_ASSERT(r.final[kCpu].fail == -1);
  for (const auto& [key, up] : started(r, c.table)) {
    const State& s = c.table.at(key.first);
    const bool both = !s.startup.empty() && !s.teardown.empty();
    if (both && s.id != at.bringup) RC_ASSERT(up == (s.id <= rests));
  }
  return ret != 0;
}

RC_GTEST_PROP(Reversible, AFailedOperationLeavesTheCpuWhereItWas, (std::uint64_t seed)) {
  Draws d(seed);
  int rolled_back = 0;
  for (int i = 0; i < 20; ++i) rolled_back += walk_with_fail(d) ? 1 : 0;
  RC_CLASSIFY(rolled_back >= 3, "three or more of 20 walks were rolled back");
}

/// The steps with both callbacks that ran for the CPU from that date on; instances count once.
std::vector<StateId> both_sided_steps(const RunResult& r, const StateTable& table, Ns from,
                                      Ns until) {
  std::vector<StateId> steps;
  for (const Event& e : r.stream.events) {
    if (e.cpu != kCpu || e.time < from || e.time > until) continue;
    if (e.kind != EventKind::Enter && e.kind != EventKind::MultiEnter) continue;
    if (r.stream.names[e.name] == "cpuhp_kick_ap_work") continue;
    const State& s = table.at(e.step);
    if (s.startup.empty() || s.teardown.empty()) continue;
    if (steps.empty() || steps.back() != e.step) steps.push_back(e.step);
  }
  return steps;
}

RC_GTEST_PROP(Reversible, DownIsTheMirrorOfUp, (std::uint64_t seed)) {
  Draws d(seed);
  MachineConfig c = random_walks(d, random_rules(d));
  c.operations = {op_boot(), op_down(kCpu), op_up(kCpu)};
  const RunResult r = run(c);
  RC_ASSERT(r.ok());
  const OpResult& down = r.operations[1];
  const OpResult& up = r.operations[2];
  RC_ASSERT(down.ret == 0);
  RC_ASSERT(up.ret == 0);
  std::vector<StateId> mirrored = both_sided_steps(r, c.table, down.begin, down.end);
  std::reverse(mirrored.begin(), mirrored.end());
  RC_ASSERT(mirrored == both_sided_steps(r, c.table, up.begin + 1_ns, up.end));
}

/// A driver's state that is set up and removed again while a CPU rests anywhere.
RC_GTEST_PROP(Reversible, SetupThenRemoveLeavesNothing, (std::uint64_t seed)) {
  Draws d(seed);
  MachineConfig c = random_walks(d, random_rules(d));
  const Anchors& at = c.table.anchors();
  const bool prepare = d.once_in(2), multi = d.once_in(2);
  c.declared = {{.name = "drv:state",
                 .startup = d.once_in(4) ? "" : "drv_up",
                 .teardown = "drv_down",
                 .multi = multi,
                 .number = static_cast<StateId>(prepare ? at.bringup - 2 : at.ap_online_idle + 1)}};
  const StateId drv = declared_id(0);
  const StateId rests = resting_place(d, c.table);
  const auto registration = [&](OpKind kind, std::uint16_t instance = 0) {
    return Operation{.kind = kind, .state = drv, .instance = instance};
  };
  const Operation states{.kind = OpKind::Read, .path = "hotplug/states"};
  c.operations.push_back(op_write(write_path("target"), std::to_string(rests)));
  c.operations.push_back(states);
  c.operations.push_back(registration(OpKind::Setup));
  if (multi) {
    c.operations.push_back(registration(OpKind::AddInstance, 0));
    c.operations.push_back(registration(OpKind::AddInstance, 1));
    const std::uint16_t first = d.below(2) != 0 ? 1 : 0;
    c.operations.push_back(registration(OpKind::RemoveInstance, first));
    c.operations.push_back(registration(OpKind::RemoveInstance, first != 0 ? 0 : 1));
  }
  c.operations.push_back(registration(OpKind::Remove));
  const std::size_t removed = c.operations.size();
  c.operations.push_back(states);
  c.operations.push_back(op_write(write_path("target"), std::to_string(at.offline)));
  c.operations.push_back(op_write(write_path("target"), std::to_string(at.online)));
  if (d.once_in(4))
    c.faults = {{.kind = FaultKind::Error,
                 .state = drv,
                 .nth = 1 + d.below(3),
                 .error = -12}};  // of some startup
  const RunResult r = run(c);
  RC_ASSERT(r.ok());
  RC_ASSERT(r.operations.size() == c.operations.size());
  for (std::size_t i = 3; i < removed && c.faults.empty(); ++i) RC_ASSERT(r.operations[i].ret >= 0);
  RC_ASSERT(r.operations[2].text == r.operations[removed].text);
  RC_ASSERT(r.final[kCpu].state == at.online);
  // What started on a CPU was torn down on it, and after the removal nothing ran.
  std::map<std::pair<CpuId, std::uint16_t>, int> balance;
  const bool both = !c.declared[0].startup.empty();
  for (const Event& e : r.stream.events) {
    const bool enter = e.kind == EventKind::Enter || e.kind == EventKind::MultiEnter;
    const std::string& name = r.stream.names[e.name];
    if (!enter || (name != "drv_up" && name != "drv_down")) continue;
    RC_ASSERT(e.time < r.operations[removed].begin);
    balance[{e.cpu, e.instance}] += name == "drv_up" ? 1 : -1;
  }
  for (const auto& [who, times] : balance)
    RC_ASSERT(!both || times == 0 || (times == 1 && !c.faults.empty()));  // the one that failed
}

RC_GTEST_PROP(Reversible, ASeedIsTheWholeInput, (std::uint64_t seed)) {
  RC_ASSERT(run(random_machine(seed)).digest == run(random_machine(seed)).digest);
}

}  // namespace
}  // namespace cpuhp

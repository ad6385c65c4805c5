// Registration of states at run time: __cpuhp_setup_state() and related functions. A registration
// calls one state on all CPUs, while a bring-up or takedown calls all states of one CPU
// (docs/kernel.md 4.7, B27).
#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include "model/machine.hpp"

namespace cpuhp {

/// Returns the state that an operation means by a StateId. A state of the table gets its number in
/// the table. That holds for a dynamic state, too, because the kernel gave it this number when the
/// table was recorded. It gets another number of its range only when its own is in use.
Machine::Definition Machine::definition(StateId id) const {
  if (!is_declared(id)) {
    const State& s = config_.table.at(id);
    const DynamicRange range = table_->dynamic_range(id);
    return {.key = id,
            .number = id,
            .range = range,
            .reserve = range != DynamicRange::None && !step(id).name.empty(),
            .name = s.name,
            .startup = s.startup,
            .teardown = s.teardown,
            .multi = s.multi};
  }
  const DeclaredState& d = config_.declared[declared_index(id)];
  Definition definition{.key = id,
                        .number = d.number,
                        .range = d.range,
                        .reserve = d.range != DynamicRange::None,
                        .name = d.name,
                        .startup = d.startup,
                        .teardown = d.teardown,
                        .multi = d.multi};
  // The kernel takes the first number of a range as a request for any number of the range.
  for (const DynamicRange range : {DynamicRange::Prepare, DynamicRange::Online})
    if (const IdRange& ids = table_->dynamic(range);
        d.number == ids.first && ids.contains(ids.first))
      definition.range = range, definition.reserve = true;
  if (definition.reserve) definition.number = table_->dynamic(definition.range).first;
  return definition;
}

/// Returns the state's number in the running machine: the highest one when the state was set up
/// twice, -1 when it is not set up.
StateId Machine::installed(StateId key) const {
  for (StateId state = table_->max(); state > at_.offline; --state)
    if (slot(state).key == key && !step(state).name.empty()) return state;
  return -1;
}

int Machine::registration(const Operation& op) {
  if (config_.design == Design::Notifier) return -EOPNOTSUPP;  // there are no states in that design
  const StateId state = op.kind == OpKind::Setup ? StateId{0} : installed(op.state);
  int ret = 0;
  if (op.kind == OpKind::Setup)
    ret = setup_state(definition(op.state), op.calls);
  else if (state < 0)
    ret = -EINVAL;  // without a setup, the caller has no number to pass
  else if (op.kind == OpKind::Remove)
    remove_state(state, op.calls);
  else if (op.kind == OpKind::AddInstance)
    ret = state_add_instance(state, op.instance, op.calls);
  else
    ret = state_remove_instance(state, op.instance, op.calls);
  return ret;
}

void Machine::lock_state_mutex() {
  lock(kCpuhpStateMutex, core.rt.cpu());
  ++registrations_;
  registering_ = true;
}

void Machine::unlock_state_mutex() {
  registering_ = false;
  unlock(kCpuhpStateMutex, core.rt.cpu());
}

void Machine::cpus_read_lock() { core.lock(kCpuHotplugLock).read_lock(core, core.rt.cpu()); }
void Machine::cpus_read_unlock() { core.lock(kCpuHotplugLock).read_unlock(core, core.rt.cpu()); }

// ------------------------------------------------------------------------------ the table

/// Returns a copy of the table that this machine may change.
StateTable& Machine::own_table() {
  if (!changed_table_) {
    changed_table_ = std::make_unique<StateTable>(*table_);
    table_ = changed_table_.get();
  }
  return *changed_table_;
}

/// kernel: cpuhp_reserve_state(). Returns the first free number of the range, or -ENOSPC.
int Machine::reserve_state(DynamicRange range) {
  const IdRange& ids = table_->dynamic(range);
  for (StateId state = ids.first; state <= ids.last; ++state)
    if (step(state).name.empty()) return state;
  warn(core.rt.cpu(), "No more dynamic states available for CPU hotplug");
  return -ENOSPC;
}

/// kernel: cpuhp_store_callbacks(). Returns the state's number, or -errno.
int Machine::store_callbacks(const Definition& d) {
  assert_held(kCpuhpStateMutex);
  int number = d.number;
  if (d.reserve) number = reserve_state(d.range);
  if (number < 0) return number;
  if (d.reserve && defect(Defect::DynamicAlwaysBusy)) return -EBUSY;
  const auto state = static_cast<StateId>(number);
  if (rules_.taken_slot_busy && !step(state).name.empty()) return -EBUSY;
  State& s = own_table().at(state) = is_declared(d.key) ? State{} : config_.table.at(d.key);
  s.id = state;
  s.section = table_->section(state);
  s.name = d.name;
  s.startup = d.startup;
  s.teardown = d.teardown;
  s.multi = d.multi;
  StateSlot& slot = slots_[static_cast<std::size_t>(number)];
  slot.startup = core.name(d.startup);
  slot.teardown = core.name(d.teardown);
  slot.key = d.key;
  slot.multi = d.multi;
  link_slots(slots_);
  instances_[state].clear();
  const int flags = (d.startup.empty() ? 0 : kRegisterStartup) |
                    (d.teardown.empty() ? 0 : kRegisterTeardown) | (d.multi ? kRegisterMulti : 0) |
                    (d.calls ? kRegisterCalls : 0);
  core.event(EventKind::Register, core.rt.cpu(),
             {.step = number, .value = flags, .name = core.name(d.name)});
  return number;
}

/// kernel: cpuhp_store_callbacks() without a name.
void Machine::clear_callbacks(StateId state) {
  const std::vector<InstanceId>& left = instances_[state];
  core.event(EventKind::Unregister, core.rt.cpu(),
             {.step = state,
              .ret = static_cast<int>(left.size()),
              .name = core.name(step(state).name),
              .instance = left.empty() ? InstanceId{0} : left.front()});
  // With the defect, the kernel took the range's first number for a request for any number, and so
  // cleared a free number instead (0c96b27305fa).
  const bool another = state == table_->dynamic().online.first && defect(Defect::WrongSlotCleared);
  if (!another) free_number(state);
}

void Machine::free_number(StateId state) {
  own_table().at(state) = {.id = state, .section = table_->section(state)};
  StateSlot& slot = slots_[static_cast<std::size_t>(state)];
  slot.startup = slot.teardown = 0;
  slot.multi = false;
  slot.key = state;
  instances_[state].clear();
  link_slots(slots_);
}

// ------------------------------------------------------------------------------ the calls

/// kernel: cpuhp_invoke_ap_callback(). Runs the callback in the CPU's cpuhp thread, or in the
/// calling task as long as that thread does not exist.
int Machine::invoke_ap_callback(CpuId cpu, StateId state, bool bringup, InstanceId node) {
  if (!core.online.test(cpu)) return 0;
  CpuRecord& st = rec(cpu);
  if (!st.has_thread) return invoke_callback(cpu, state, bringup, node, nullptr);
  st.rollback = false;
  st.last = kNoInstance;
  st.node = node;
  st.bringup = bringup;
  const StateId seen = std::exchange(st.cb_state, state);
  if (seen >= 0 && defect(Defect::StaleCallbackFields)) st.cb_state = seen;
  st.single = true;
  kick_ap_thread(cpu, st);
  // Forgets the instance. Otherwise the CPU's next bring-up or takedown would call only this
  // instance in every state.
  if (!defect(Defect::StaleNode)) st.node = st.last = kNoInstance;
  return st.result;
}

/// kernel: cpuhp_issue_call().
int Machine::issue_call(CpuId cpu, StateId state, bool bringup, InstanceId node) {
  if (step_empty(bringup, state)) return 0;
  const bool held = !defect(Defect::UnserializedCallbacks);
  if (!held) unlock_state_mutex();
  const int ret = table_->is_ap(state) ? invoke_ap_callback(cpu, state, bringup, node)
                                       : invoke_callback(cpu, state, bringup, node, nullptr);
  if (!held) lock_state_mutex();
  if (ret != 0 && !bringup) panic(cpu, "BUG: cpuhp_issue_call(): a teardown callback failed");
  return ret;
}

/// Calls the startup on every present CPU that has passed the state. When one call fails, undoes
/// the calls before it.
int Machine::issue_startup(StateId state, InstanceId node) {
  for (CpuId cpu = config_.present.first(); cpu != kNoCpu; cpu = config_.present.next(cpu + 1)) {
    if (rec(cpu).state < state) continue;
    const int ret = issue_call(cpu, state, true, node);
    if (ret == 0) continue;
    rollback_install(cpu, state, node);
    return ret;
  }
  return 0;
}

/// kernel: cpuhp_rollback_install(). The failed CPU is left out: its startup has cleaned up by
/// itself.
void Machine::rollback_install(CpuId failed, StateId state, InstanceId node) {
  for (CpuId cpu = config_.present.first(); cpu < failed; cpu = config_.present.next(cpu + 1))
    if (rec(cpu).state >= state) issue_call(cpu, state, false, node);
}

void Machine::issue_teardown(StateId state, InstanceId node) {
  for (CpuId cpu = config_.present.first(); cpu != kNoCpu; cpu = config_.present.next(cpu + 1))
    if (rec(cpu).state >= state) issue_call(cpu, state, false, node);
}

// ------------------------------------------------------------------------------ the interface

/// kernel: __cpuhp_setup_state(). Returns 0, the number of a dynamic state, or -errno.
int Machine::setup_state(Definition d, bool invoke) {
  d.calls = invoke;
  cpus_read_lock();
  const int ret = setup_state_cpuslocked(d, invoke);
  cpus_read_unlock();
  return ret;
}

/// kernel: __cpuhp_setup_state_cpuslocked().
int Machine::setup_state_cpuslocked(const Definition& d, bool invoke) {
  if (d.number <= at_.offline || d.number >= at_.online || d.name.empty()) return -EINVAL;
  // This state has no name, yet its number belongs to the hotplug core.
  if (d.number == at_.ap_online_idle) return -EINVAL;
  lock_state_mutex();
  const int stored = store_callbacks(d);
  int ret = stored < 0 ? stored : 0;
  const auto state = static_cast<StateId>(stored);
  const bool skipped = d.range == DynamicRange::Prepare && rules_.prepare_dynamic_skipped;
  // cpuhp_setup_state_multi() calls no callback, as no instance exists so far.
  if (ret == 0 && invoke && !d.multi && !skipped && !d.startup.empty()) {
    ret = issue_startup(state, kNoInstance);
    if (ret != 0) clear_callbacks(state);
  }
  unlock_state_mutex();
  return ret == 0 && d.range != DynamicRange::None ? stored : ret;
}

/// kernel: __cpuhp_remove_state(). In every kernel with instances (4.9+, cf392d10b69e), instances
/// that are left cause a warning. They are dropped, and their teardown is not called.
void Machine::remove_state(StateId state, bool invoke) {
  cpus_read_lock();
  lock_state_mutex();
  if (step(state).multi) {
    if (!instances_[state].empty())
      warn(core.rt.cpu(),
           "Error: Removing state " + std::to_string(state) + " which has instances left.");
  } else if (invoke) {
    issue_teardown(state, kNoInstance);
  }
  clear_callbacks(state);
  unlock_state_mutex();
  cpus_read_unlock();
}

/// kernel: __cpuhp_state_add_instance().
int Machine::state_add_instance(StateId state, InstanceId node, bool invoke) {
  cpus_read_lock();
  const int ret = state_add_instance_cpuslocked(state, node, invoke);
  cpus_read_unlock();
  return ret;
}

/// kernel: __cpuhp_state_add_instance_cpuslocked(). The simulator refuses to add an instance twice;
/// in the kernel this would corrupt the list.
int Machine::state_add_instance_cpuslocked(StateId state, InstanceId node, bool invoke) {
  if (!step(state).multi) return -EINVAL;
  lock_state_mutex();
  auto& nodes = instances_[state];
  int ret = std::find(nodes.begin(), nodes.end(), node) == nodes.end() ? 0 : -EEXIST;
  if (ret == 0 && invoke) ret = issue_startup(state, node);
  if (ret == 0) nodes.insert(nodes.begin(), node);  // the list begins with the instance added last
  unlock_state_mutex();
  return ret;
}

/// kernel: __cpuhp_state_remove_instance(). The simulator refuses an unknown instance; the kernel
/// does not.
int Machine::state_remove_instance(StateId state, InstanceId node, bool invoke) {
  if (!step(state).multi) return -EINVAL;
  cpus_read_lock();
  lock_state_mutex();
  auto& nodes = instances_[state];
  const auto found = std::find(nodes.begin(), nodes.end(), node);
  const int ret = found == nodes.end() ? -ENOENT : 0;
  if (ret == 0) {
    if (invoke) issue_teardown(state, node);
    nodes.erase(found);
  }
  unlock_state_mutex();
  cpus_read_unlock();
  return ret;
}

}  // namespace cpuhp

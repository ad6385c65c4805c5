#include "model/hotplug/setup_remove.hpp"

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include "model/hotplug/callbacks.hpp"
#include "model/hotplug/cpuhp_thread.hpp"
#include "model/machine.hpp"

namespace cpuhp {
namespace {

void lock_state_mutex(Machine& m) {
  lock(m, kCpuhpStateMutex, m.rt.cpu());
  ++m.registered.registrations;
  m.registered.registering = true;
}

void unlock_state_mutex(Machine& m) {
  m.registered.registering = false;
  unlock(m, kCpuhpStateMutex, m.rt.cpu());
}

// ------------------------------------------------------------------------------ the table

/// kernel: cpuhp_reserve_state(). Returns the first free number of the range, or -ENOSPC.
int reserve_state(Machine& m, DynamicRange range) {
  const IdRange& ids = m.table().dynamic(range);
  for (StateId state = ids.first; state <= ids.last; ++state)
    if (m.step(state).name.empty()) return state;
  warn(m, m.rt.cpu(), "No more dynamic states available for CPU hotplug");
  return -ENOSPC;
}

/// kernel: cpuhp_store_callbacks(). Returns the state's number, or -errno.
int store_callbacks(Machine& m, const SetupRequest& d) {
  m.core.lock(kCpuhpStateMutex).assert_held();
  const int number = d.reserve ? reserve_state(m, d.range) : d.state.id;
  if (number < 0) return number;
  if (d.reserve && m.defect(Defect::DynamicAlwaysBusy)) return -EBUSY;
  const auto state = static_cast<StateId>(number);
  if (m.rules.taken_slot_busy && !m.step(state).name.empty()) return -EBUSY;
  States& states = m.registered.states.own();
  State& s = states.table.at(state) = d.state;
  s.id = state;
  s.section = m.table().section(state);
  StateSlot& slot = states.slots[static_cast<std::size_t>(number)];
  slot.startup = m.core.name(s.startup);
  slot.teardown = m.core.name(s.teardown);
  slot.key = d.key;
  slot.multi = s.multi;
  link_slots(states.slots);
  states.instances[static_cast<std::size_t>(number)].clear();
  const int flags = (s.startup.empty() ? 0 : kRegisterStartup) |
                    (s.teardown.empty() ? 0 : kRegisterTeardown) | (s.multi ? kRegisterMulti : 0) |
                    (d.calls ? kRegisterCalls : 0);
  m.core.event(EventKind::Register, m.rt.cpu(),
               {.step = number, .value = flags, .name = m.core.name(s.name)});
  return number;
}

void free_number(Machine& m, StateId state) {
  States& states = m.registered.states.own();
  states.table.at(state) = {.id = state, .section = m.table().section(state)};
  StateSlot& slot = states.slots[static_cast<std::size_t>(state)];
  slot.startup = slot.teardown = 0;
  slot.multi = false;
  slot.key = state;
  states.instances[static_cast<std::size_t>(state)].clear();
  link_slots(states.slots);
}

/// kernel: cpuhp_store_callbacks() without a name.
void clear_callbacks(Machine& m, StateId state) {
  const std::vector<InstanceId>& left = m.instances(state);
  m.core.event(EventKind::Unregister, m.rt.cpu(),
               {.step = state,
                .ret = static_cast<int>(left.size()),
                .name = m.core.name(m.step(state).name),
                .instance = left.empty() ? InstanceId{0} : left.front()});
  // With the defect, the kernel took the range's first number for a request for any number, and so
  // cleared a free number instead (0c96b27305fa).
  const bool another =
      state == m.table().dynamic().online.first && m.defect(Defect::WrongSlotCleared);
  if (!another) free_number(m, state);
}

// ------------------------------------------------------------------------------ the calls

/// kernel: cpuhp_invoke_ap_callback(). Runs the callback in the CPU's cpuhp thread, or in the
/// calling task as long as that thread does not exist.
int invoke_ap_callback(Machine& m, CpuId cpu, StateId state, bool bringup, InstanceId node) {
  if (!m.core.online.test(cpu)) return 0;
  CpuRecord& st = m.cpus[cpu];
  if (!st.has_thread) return invoke_callback(m, cpu, state, bringup, node, nullptr);
  st.rollback = false;
  st.last = kNoInstance;
  st.node = node;
  st.bringup = bringup;
  const StateId seen = std::exchange(st.cb_state, state);
  if (seen >= 0 && m.defect(Defect::StaleCallbackFields)) st.cb_state = seen;
  st.single = true;
  kick_ap_thread(m, cpu, st);
  // Forgets the instance. Otherwise the CPU's next bring-up or takedown would call only this
  // instance in every state.
  if (!m.defect(Defect::StaleNode)) st.node = st.last = kNoInstance;
  return st.result;
}

/// kernel: cpuhp_issue_call().
int issue_call(Machine& m, CpuId cpu, StateId state, bool bringup, InstanceId node) {
  if (step_empty(m, bringup, state)) return 0;
  const bool held = !m.defect(Defect::UnserializedCallbacks);
  if (!held) unlock_state_mutex(m);
  const int ret = m.table().is_ap(state) ? invoke_ap_callback(m, cpu, state, bringup, node)
                                         : invoke_callback(m, cpu, state, bringup, node, nullptr);
  if (!held) lock_state_mutex(m);
  if (ret != 0 && !bringup)
    m.core.panic(cpu, "BUG: cpuhp_issue_call(): a teardown callback failed");
  return ret;
}

/// kernel: cpuhp_rollback_install(). The failed CPU is left out: its startup has cleaned up by
/// itself.
void rollback_install(Machine& m, CpuId failed, StateId state, InstanceId node) {
  for (CpuId cpu = m.present.first(); cpu < failed; cpu = m.present.next(cpu + 1))
    if (m.cpus[cpu].state >= state) issue_call(m, cpu, state, false, node);
}

/// Calls the startup on every present CPU that has passed the state. When one call fails, undoes
/// the calls before it.
int issue_startup(Machine& m, StateId state, InstanceId node) {
  for (CpuId cpu = m.present.first(); cpu != kNoCpu; cpu = m.present.next(cpu + 1)) {
    if (m.cpus[cpu].state < state) continue;
    const int ret = issue_call(m, cpu, state, true, node);
    if (ret == 0) continue;
    rollback_install(m, cpu, state, node);
    return ret;
  }
  return 0;
}

void issue_teardown(Machine& m, StateId state, InstanceId node) {
  for (CpuId cpu = m.present.first(); cpu != kNoCpu; cpu = m.present.next(cpu + 1))
    if (m.cpus[cpu].state >= state) issue_call(m, cpu, state, false, node);
}

// ------------------------------------------------------------------------------ the interface

/// kernel: __cpuhp_setup_state_cpuslocked(). Returns 0, the number of a dynamic state, or -errno.
int setup_state(Machine& m, const SetupRequest& d) {
  const State& s = d.state;
  if (s.id <= m.at.offline || s.id >= m.at.online || s.name.empty()) return -EINVAL;
  // This state has no name, yet its number belongs to the hotplug core.
  if (s.id == m.at.ap_online_idle) return -EINVAL;
  lock_state_mutex(m);
  const int stored = store_callbacks(m, d);
  int ret = stored < 0 ? stored : 0;
  const auto state = static_cast<StateId>(stored);
  const bool skipped = d.range == DynamicRange::Prepare && m.rules.prepare_dynamic_skipped;
  // cpuhp_setup_state_multi() calls no callback, as no instance exists so far.
  if (ret == 0 && d.calls && !s.multi && !skipped && !s.startup.empty()) {
    ret = issue_startup(m, state, kNoInstance);
    if (ret != 0) clear_callbacks(m, state);
  }
  unlock_state_mutex(m);
  return ret == 0 && d.range != DynamicRange::None ? stored : ret;
}

/// kernel: __cpuhp_remove_state(). In every kernel with instances (4.9+, cf392d10b69e), instances
/// that are left cause a warning. They are dropped, and their teardown is not called.
void remove_state(Machine& m, StateId state, bool invoke) {
  lock_state_mutex(m);
  if (m.step(state).multi) {
    if (!m.instances(state).empty())
      warn(m, m.rt.cpu(),
           "Error: Removing state " + std::to_string(state) + " which has instances left.");
  } else if (invoke) {
    issue_teardown(m, state, kNoInstance);
  }
  clear_callbacks(m, state);
  unlock_state_mutex(m);
}

/// kernel: __cpuhp_state_add_instance_cpuslocked(). The simulator refuses to add an instance twice;
/// in the kernel this would corrupt the list.
int state_add_instance(Machine& m, StateId state, InstanceId node, bool invoke) {
  if (!m.step(state).multi) return -EINVAL;
  lock_state_mutex(m);
  auto& nodes = m.registered.states.own().instances[static_cast<std::size_t>(state)];
  int ret = std::find(nodes.begin(), nodes.end(), node) == nodes.end() ? 0 : -EEXIST;
  if (ret == 0 && invoke) ret = issue_startup(m, state, node);
  if (ret == 0) nodes.insert(nodes.begin(), node);  // the list begins with the instance added last
  unlock_state_mutex(m);
  return ret;
}

/// kernel: __cpuhp_state_remove_instance(). The simulator refuses an unknown instance; the kernel
/// does not.
int state_remove_instance(Machine& m, StateId state, InstanceId node, bool invoke) {
  lock_state_mutex(m);
  auto& nodes = m.registered.states.own().instances[static_cast<std::size_t>(state)];
  const auto found = std::find(nodes.begin(), nodes.end(), node);
  const int ret = found == nodes.end() ? -ENOENT : 0;
  if (ret == 0) {
    if (invoke) issue_teardown(m, state, node);
    nodes.erase(found);
  }
  unlock_state_mutex(m);
  return ret;
}

/// Returns the lock that the teardown of the state takes; kNoLock: it takes none.
LockId drivers_lock(const Machine& m, StateId key) {
  for (const CostPart& part : m.core.costs.step(key, Direction::Down).parts)
    if (part.lock != kNoLock) return part.lock;
  return kNoLock;
}

}  // namespace

States& SharedStates::own() {
  if (states_.use_count() > 1) states_ = std::make_shared<States>(*states_);
  return *std::const_pointer_cast<States>(states_);
}

SetupRequest request_of(const Machine& m, const Operation& op) {
  SetupRequest request{.key = op.state, .calls = op.calls};
  State& s = request.state;
  if (!is_declared(op.state)) {
    s = m.config.table.at(op.state);
    request.range = m.table().dynamic_range(s.id);
    request.reserve = request.range != DynamicRange::None && !m.step(s.id).name.empty();
    return request;
  }
  const DeclaredState& d = m.config.declared[declared_index(op.state)];
  s = {.id = d.number, .name = d.name, .startup = d.startup, .teardown = d.teardown};
  s.multi = d.multi;
  request.range = d.range;
  // The kernel takes the first number of a range as a request for any number of the range.
  for (const DynamicRange range : {DynamicRange::Prepare, DynamicRange::Online})
    if (const IdRange& ids = m.table().dynamic(range);
        d.number == ids.first && ids.contains(ids.first))
      request.range = range;
  request.reserve = request.range != DynamicRange::None;
  if (request.reserve) s.id = m.table().dynamic(request.range).first;
  return request;
}

StateId installed(const Machine& m, StateId key) {
  for (StateId state = m.table().max(); state > m.at.offline; --state)
    if (m.slot(state).key == key && !m.step(state).name.empty()) return state;
  return -1;
}

int registration(Machine& m, const Operation& op) {
  if (!m.design->has_states()) return -EOPNOTSUPP;  // there are no states in that design
  const bool sets_up = op.kind == OpKind::Setup;
  const StateId state = sets_up ? StateId{0} : installed(m, op.state);
  if (state < 0) return -EINVAL;  // without a setup, the caller has no number to pass
  if (op.kind == OpKind::RemoveInstance && !m.step(state).multi) return -EINVAL;
  const SetupRequest request = sets_up ? request_of(m, op) : SetupRequest{};
  const LockId own = op.kind == OpKind::AddInstance && m.defect(Defect::InstanceUnderDriversLock)
                         ? drivers_lock(m, op.state)
                         : kNoLock;
  if (own != kNoLock) lock(m, own, m.rt.cpu());
  cpus_read_lock(m, m.rt.cpu());
  int ret = 0;
  if (sets_up)
    ret = setup_state(m, request);
  else if (op.kind == OpKind::Remove)
    remove_state(m, state, op.calls);
  else if (op.kind == OpKind::AddInstance)
    ret = state_add_instance(m, state, op.instance, op.calls);
  else
    ret = state_remove_instance(m, state, op.instance, op.calls);
  cpus_read_unlock(m, m.rt.cpu());
  if (own != kNoLock) unlock(m, own, m.rt.cpu());
  return ret;
}

void init_registered(Machine& m) {
  m.registered.states = SharedStates(m.blueprint);
  for (const StateId state : m.config.uninstalled) {
    m.core.event(EventKind::Unregister, m.config.boot_cpu,
                 {.step = state, .name = m.core.name(m.step(state).name)});
    free_number(m, state);
  }
}

}  // namespace cpuhp

// Writes to files below /sys/devices/system/cpu, with the kernel's error codes (docs/kernel.md
// 6.1).
#include <cerrno>

#include "model/machine.hpp"
#include "model/sysfs/text.hpp"

namespace cpuhp {

/// Returns 0 or -errno: -EACCES for a read-only file, because in sysfs not even root can open it
/// for writing.
int Machine::write(const std::string& path, std::string_view text) {
  core.spend(Phase::SysfsStore, config_.boot_cpu);
  text = text.substr(0, text.find('\0'));
  const SysfsNode node = find(path);
  if (node.kind == SysfsNode::Kind::None) return -ENOENT;
  if (node.kind == SysfsNode::Kind::Directory) return -EISDIR;
  if (!node.writable()) return -EACCES;
  switch (node.entry->file) {
    case SysfsFile::CpuOnline:
      return write_online(node.cpu, text);
    case SysfsFile::CpuTarget:
      return write_target(node.cpu, text);
    case SysfsFile::CpuFail:
      return write_fail(node.cpu, text);
    case SysfsFile::CpuUevent:
      return write_uevent(node.cpu, text);
    default:
      return write_smt_control(text);
  }
}

/// kernel: lock_device_hotplug_sysfs(). A writer that finds the lock taken sleeps and restarts its
/// system call, as often as needed. Here the second try waits in the lock's queue, so the run ends
/// with a hang if the lock is never released.
void Machine::lock_device_hotplug(CpuId cpu) {
  constexpr Ns kRestart = 5_ms;
  if (core.lock(kDeviceHotplugLock).try_lock(core, cpu)) return;
  core.rt.sleep(kRestart);
  lock(kDeviceHotplugLock, cpu);
}

/// kernel: online_store(), device_online(), device_offline(). The device's flag (cpuN/online)
/// decides what to do, and not the CPU's state.
int Machine::write_online(CpuId cpu, std::string_view text) {
  bool on = false;
  core.call("online_store", cpu);
  if (const int bad = parse_bool(text, rules_.true_false_words, &on); bad != 0) return bad;
  lock_device_hotplug(cpu);
  core.call(on ? "device_online" : "device_offline", cpu);
  int ret = 0;
  if (rec(cpu).dev_offline == on) {
    ret = on ? device_up(cpu) : device_down(cpu);
    if (ret == 0) device_changed(cpu, on);
  }
  unlock(kDeviceHotplugLock, cpu);
  return ret;
}

/// kernel: cpu_subsys_online(). From 6.6 on it tries again after -EBUSY, because hotplug may be
/// disabled only for a moment.
int Machine::device_up(CpuId cpu) {
  constexpr Ns kFirst = 20_ms, kLast = 320_ms;
  core.call("cpu_subsys_online", cpu);
  core.call("cpu_device_up", cpu);
  int ret = design_->cpu_up(cpu, at_.online);
  for (Ns pause = kFirst; ret == -EBUSY && rules_.online_retried && pause <= kLast;
       pause = pause * 2) {
    core.rt.sleep(pause);
    core.call("cpu_device_up", cpu);
    ret = design_->cpu_up(cpu, at_.online);
  }
  return ret;
}

int Machine::device_down(CpuId cpu) {
  core.call("cpu_subsys_offline", cpu);
  core.call("cpu_device_down", cpu);
  return design_->cpu_down(cpu, at_.offline);
}

/// Sets the flag of the CPU's device, and notifies user space.
void Machine::device_changed(CpuId cpu, bool on) {
  rec(cpu).dev_offline = !on;
  core.event(EventKind::Uevent, cpu, {.name = core.name(on ? "online" : "offline")});
}

/// kernel: target_store(). It leaves the device's flag as it is, and does not notify user space.
int Machine::write_target(CpuId cpu, std::string_view text) {
  int target = 0;
  if (const int bad = parse_int(text, &target); bad != 0) return bad;
  if (!config_.state_control && target != at_.offline && target != at_.online) return -EINVAL;
  if (target < at_.offline || target > at_.online) return -EINVAL;
  const auto id = static_cast<StateId>(target);
  lock_device_hotplug(cpu);
  CpuRecord& st = rec(cpu);
  touch(cpu);
  int ret = 0;
  if (step(id).name.empty() || step(id).cant_stop) {
    if (defect(Defect::TargetErrorLeaksLock)) return -EINVAL;
    ret = -EINVAL;
  } else if (st.state < id) {
    ret = design_->cpu_up(cpu, id);
  } else if (st.state > id || !rules_.equal_target_noop) {
    ret = design_->cpu_down(cpu, id);
  } else if (st.target != id) {
    warn(cpu, "target_store(): the CPU's target is not its state");
    st.target = id;
  }
  unlock(kDeviceHotplugLock, cpu);
  return ret;
}

/// kernel: fail_store().
int Machine::write_fail(CpuId cpu, std::string_view text) {
  int fail = 0;
  if (const int bad = parse_int(text, &fail); bad != 0) return bad;
  CpuRecord& st = rec(cpu);
  const auto arm = [&](int value) {
    touch(cpu);
    st.fail = static_cast<StateId>(value);
    core.event(EventKind::Arm, cpu, {.step = value});
    return 0;
  };
  if (fail == -1 && rules_.fail_limits) return arm(-1);
  if ((fail < at_.offline || fail > at_.online) && defect(Defect::FailOutOfRange))
    return arm(fail);  // 33d4a5a7a5b4: without the fix, the kernel reads beyond its table
  if (fail < at_.offline || fail > at_.online) return -EINVAL;
  const auto id = static_cast<StateId>(fail);
  if (table_->is_atomic(id)) return -EINVAL;  // STARTING and DYING callbacks must not fail
  if (rules_.fail_limits && id <= at_.bringup && st.state > at_.bringup) return -EINVAL;
  if (step_empty(true, id) && step_empty(false, id)) return -EINVAL;
  return arm(fail);
}

/// kernel: kobject_synth_uevent(). Sends the event that the writer names to user space, and does
/// nothing else.
int Machine::write_uevent(CpuId cpu, std::string_view text) {
  const std::string_view word = text.substr(0, text.find_first_of(" \n"));
  for (const std::string_view action :
       {"add", "remove", "change", "move", "online", "offline", "bind", "unbind"})
    if (word == action) {
      core.event(EventKind::Uevent, cpu, {.name = core.name(action)});
      return 0;
    }
  return -EINVAL;
}

}  // namespace cpuhp

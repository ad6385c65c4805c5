// Writes to files below /sys/devices/system/cpu, with the kernel's error codes (docs/kernel.md
// 6.1).
#include <cerrno>

#include "model/hotplug/callbacks.hpp"
#include "model/machine.hpp"
#include "model/sysfs/presence.hpp"
#include "model/sysfs/sysfs.hpp"
#include "model/sysfs/text.hpp"

namespace cpuhp {
namespace {

/// kernel: cpu_subsys_online(). From 6.6 on it tries again after -EBUSY, because hotplug may be
/// disabled only for a moment.
int device_up(Machine& m, CpuId cpu) {
  constexpr Ns kFirst = 20_ms, kLast = 320_ms;
  m.core.call("cpu_subsys_online", cpu);
  m.core.call("cpu_device_up", cpu);
  int ret = m.design->cpu_up(cpu, m.at.online);
  for (Ns pause = kFirst; ret == -EBUSY && m.rules.online_retried && pause <= kLast;
       pause = pause * 2) {
    m.rt.sleep(pause);
    m.core.call("cpu_device_up", cpu);
    ret = m.design->cpu_up(cpu, m.at.online);
  }
  return ret;
}

int device_down(Machine& m, CpuId cpu) {
  m.core.call("cpu_subsys_offline", cpu);
  m.core.call("cpu_device_down", cpu);
  return m.design->cpu_down(cpu, m.at.offline);
}

int device_goes(Machine& m, CpuId cpu, bool on) {
  m.core.call(on ? "device_online" : "device_offline", cpu);
  if (m.cpus[cpu].dev_offline != on) return 0;
  const int ret = on ? device_up(m, cpu) : device_down(m, cpu);
  if (ret == 0) device_changed(m, cpu, on);
  return ret;
}

/// kernel: online_store().
int write_online(Machine& m, CpuId cpu, std::string_view text) {
  bool on = false;
  m.core.call("online_store", cpu);
  if (const int bad = parse_bool(text, m.rules.true_false_words, &on); bad != 0) return bad;
  lock_device_hotplug(m, cpu);
  const int ret = device_goes(m, cpu, on);
  unlock(m, kDeviceHotplugLock, cpu);
  return ret;
}

/// kernel: target_store(). It leaves the device's flag as it is, and does not notify user space.
int write_target(Machine& m, CpuId cpu, std::string_view text) {
  int target = 0;
  if (const int bad = parse_int(text, &target); bad != 0) return bad;
  if (!m.config.state_control && target != m.at.offline && target != m.at.online) return -EINVAL;
  if (target < m.at.offline || target > m.at.online) return -EINVAL;
  const auto id = static_cast<StateId>(target);
  lock_device_hotplug(m, cpu);
  CpuRecord& st = m.cpus[cpu];
  touch(m, cpu);
  int ret = 0;
  if (m.step(id).name.empty() || m.step(id).cant_stop) {
    if (m.defect(Defect::TargetErrorLeaksLock)) return -EINVAL;
    ret = -EINVAL;
  } else if (st.state < id) {
    ret = m.design->cpu_up(cpu, id);
  } else if (st.state > id || !m.rules.equal_target_noop) {
    ret = m.design->cpu_down(cpu, id);
  } else if (st.target != id) {
    warn(m, cpu, "target_store(): the CPU's target is not its state");
    st.target = id;
  }
  unlock(m, kDeviceHotplugLock, cpu);
  return ret;
}

/// kernel: fail_store().
int write_fail(Machine& m, CpuId cpu, std::string_view text) {
  int fail = 0;
  if (const int bad = parse_int(text, &fail); bad != 0) return bad;
  CpuRecord& st = m.cpus[cpu];
  const auto arm = [&](int value) {
    touch(m, cpu);
    st.fail = static_cast<StateId>(value);
    m.core.event(EventKind::Arm, cpu, {.step = value});
    return 0;
  };
  if (fail == -1 && m.rules.fail_limits) return arm(-1);
  if ((fail < m.at.offline || fail > m.at.online) && m.defect(Defect::FailOutOfRange))
    return arm(fail);  // 33d4a5a7a5b4: without the fix, the kernel reads beyond its table
  if (fail < m.at.offline || fail > m.at.online) return -EINVAL;
  const auto id = static_cast<StateId>(fail);
  if (m.table().is_atomic(id)) return -EINVAL;  // STARTING and DYING callbacks must not fail
  if (m.rules.fail_limits && id <= m.at.bringup && st.state > m.at.bringup) return -EINVAL;
  if (step_empty(m, true, id) && step_empty(m, false, id)) return -EINVAL;
  return arm(fail);
}

/// kernel: kobject_synth_uevent(). Sends the event that the writer names to user space, and does
/// nothing else.
int write_uevent(Machine& m, CpuId cpu, std::string_view text) {
  const std::string_view word = text.substr(0, text.find_first_of(" \n"));
  for (const std::string_view action :
       {"add", "remove", "change", "move", "online", "offline", "bind", "unbind"})
    if (word == action) {
      m.core.event(EventKind::Uevent, cpu, {.name = m.core.name(action)});
      return 0;
    }
  return -EINVAL;
}

}  // namespace

int write_file(Machine& m, const std::string& path, std::string_view text, int firmware) {
  m.core.spend(Phase::SysfsStore, m.config.boot_cpu);
  text = text.substr(0, text.find('\0'));
  const SysfsNode node = find_node(m, path);
  if (node.kind == SysfsNode::Kind::None) return -ENOENT;
  if (node.kind == SysfsNode::Kind::Directory) return -EISDIR;
  if (!node.writable()) return -EACCES;
  if (node.entry->file == SysfsFile::CpuOnline) return write_online(m, node.cpu, text);
  if (node.entry->file == SysfsFile::CpuTarget) return write_target(m, node.cpu, text);
  if (node.entry->file == SysfsFile::CpuFail) return write_fail(m, node.cpu, text);
  if (node.entry->file == SysfsFile::CpuUevent) return write_uevent(m, node.cpu, text);
  if (node.entry->machine) return write_machine_file(m, node, text, firmware);
  return write_smt_control(m, text);
}

void lock_device_hotplug(Machine& m, CpuId cpu) {
  constexpr Ns kRestart = 5_ms;
  if (m.core.lock(kDeviceHotplugLock).try_lock(m.core, cpu)) return;
  m.rt.pause(kRestart, kNever, m.core.lock(kDeviceHotplugLock).touch());
  lock(m, kDeviceHotplugLock, cpu);
}

int device_online(Machine& m, CpuId cpu) { return device_goes(m, cpu, true); }

int device_offline(Machine& m, CpuId cpu) { return device_goes(m, cpu, false); }

void device_changed(Machine& m, CpuId cpu, bool on) {
  m.cpus[cpu].dev_offline = !on;
  m.core.event(EventKind::Uevent, cpu, {.name = m.core.name(on ? "online" : "offline")});
}

}  // namespace cpuhp

// What a write to a file below /sys/devices/system/cpu does, to the errno (facts.md 3.10).
#include <cerrno>
#include <charconv>

#include "model/machine.hpp"

namespace cpuhp {
namespace {

/// kernel: kstrtobool(): the first one or two characters decide.
int parse_bool(std::string_view text, bool* value) {
  const char first = text.empty() ? '\0' : text[0];
  const char second = text.size() < 2 ? '\0' : text[1];
  if (first == 'y' || first == 'Y' || first == 't' || first == 'T' || first == '1')
    return *value = true, 0;
  if (first == 'n' || first == 'N' || first == 'f' || first == 'F' || first == '0')
    return *value = false, 0;
  if (first != 'o' && first != 'O') return -EINVAL;
  if (second == 'n' || second == 'N') return *value = true, 0;
  if (second == 'f' || second == 'F') return *value = false, 0;
  return -EINVAL;
}

/// kernel: kstrtoint(text, 10): a sign, digits, one newline, nothing else.
int parse_int(std::string_view text, int* value) {
  if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  if (!text.empty() && text.front() == '+') {
    text.remove_prefix(1);
    if (!text.empty() && text.front() == '-') return -EINVAL;
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  if (error == std::errc::result_out_of_range) return -ERANGE;
  return error == std::errc{} && end == text.data() + text.size() ? 0 : -EINVAL;
}

}  // namespace

int Machine::write(const Operation& op) {
  core.spend(Phase::SysfsStore, op.cpu == kNoCpu ? config_.boot_cpu : op.cpu);
  std::string_view path = op.path;
  if (!path.starts_with("cpu")) return -ENOENT;
  path.remove_prefix(3);
  CpuId cpu = 0;
  const auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), cpu);
  if (error != std::errc{} || cpu >= records_.size() || !config_.present.test(cpu)) return -ENOENT;
  path.remove_prefix(static_cast<std::size_t>(end - path.data()));
  if (path == "/online") return write_online(cpu, op.text);
  if (path == "/hotplug/target") return write_target(cpu, op.text);
  if (path == "/hotplug/fail") return write_fail(cpu, op.text);
  return -ENOENT;
}

int Machine::read(const std::string&, std::string*) { return -ENOENT; }

/// kernel: online_store(), device_online(), device_offline(): what counts is the device's flag, not
/// the state.
int Machine::write_online(CpuId cpu, std::string_view text) {
  if (cpu == config_.boot_cpu && !config_.cpu0_hotplug) return -ENOENT;
  bool on = false;
  core.call("online_store", cpu);
  if (const int bad = parse_bool(text, &on); bad != 0) return bad;
  lock(kDeviceHotplugLock, cpu);
  core.call(on ? "device_online" : "device_offline", cpu);
  CpuRecord& st = rec(cpu);
  int ret = 0;
  if (st.dev_offline == on) {
    core.call(on ? "cpu_subsys_online" : "cpu_subsys_offline", cpu);
    core.call(on ? "cpu_device_up" : "cpu_device_down", cpu);
    ret = on ? up_by_design(cpu, at_.online) : down_by_design(cpu, at_.offline);
    if (ret == 0) st.dev_offline = !on;
  }
  unlock(kDeviceHotplugLock, cpu);
  return ret;
}

/// kernel: target_store().
int Machine::write_target(CpuId cpu, std::string_view text) {
  int target = 0;
  if (const int bad = parse_int(text, &target); bad != 0) return bad;
  if (!config_.state_control && target != at_.offline && target != at_.online) return -EINVAL;
  if (!table_.valid(static_cast<StateId>(target)) || target < 0 || target > at_.online)
    return -EINVAL;
  const auto id = static_cast<StateId>(target);
  if (step(id).name.empty() || step(id).cant_stop) return -EINVAL;
  lock(kDeviceHotplugLock, cpu);
  CpuRecord& st = rec(cpu);
  int ret = 0;
  if (st.state < id)
    ret = up_by_design(cpu, id);
  else if (st.state > id || !rules_.equal_target_noop)
    ret = down_by_design(cpu, id);
  else if (st.target != id)
    st.target = id;
  unlock(kDeviceHotplugLock, cpu);
  return ret;
}

/// kernel: write_cpuhp_fail().
int Machine::write_fail(CpuId cpu, std::string_view text) {
  int fail = 0;
  if (const int bad = parse_int(text, &fail); bad != 0) return bad;
  CpuRecord& st = rec(cpu);
  if (fail == -1 && rules_.fail_limits) {
    st.fail = -1;
    return 0;
  }
  if (fail < at_.offline || fail > at_.online) return -EINVAL;
  const auto id = static_cast<StateId>(fail);
  if (table_.is_atomic(id)) return -EINVAL;  // STARTING and DYING can't fail
  if (rules_.fail_limits && id <= at_.bringup && st.state > at_.bringup) return -EINVAL;
  if (step_empty(true, id) && step_empty(false, id)) return -EINVAL;
  st.fail = id;
  return 0;
}

}  // namespace cpuhp

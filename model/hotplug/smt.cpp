// SMT control: cpuhp_smt_enable(), cpuhp_smt_disable() and writes to smt/control
// (docs/kernel.md 6.1, 6.3).
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "model/machine.hpp"
#include "model/sysfs/text.hpp"

namespace cpuhp {
namespace {

constexpr std::array<std::string_view, 5> kSmtWords{"on", "off", "forceoff", "notsupported",
                                                    "notimplemented"};

}  // namespace

/// kernel: cpu_smt_check_topology() and the command line.
void Machine::init_smt() {
  smt_threads_ = smt_threads_max_ = static_cast<int>(config_.topology.threads_per_core());
  if (config_.nosmt || config_.nosmt_force) {
    smt_control_ = config_.nosmt_force ? SmtControl::ForceDisabled : SmtControl::Disabled;
    smt_threads_ = 1;
  }
  if (!config_.topology.smt()) smt_control_ = SmtControl::NotSupported;
  if (!config_.smt_control) smt_control_ = SmtControl::NotImplemented;
}

/// kernel: cpu_smt_allowed(). A sibling thread may boot once, so that it can be initialised.
bool Machine::smt_allowed(CpuId cpu) const {
  if (smt_control_ == SmtControl::Enabled || smt_control_ == SmtControl::NotSupported ||
      smt_control_ == SmtControl::NotImplemented)
    return true;
  const bool once = !records_[cpu].booted_once && !defect(Defect::SmtSiblingsNeverBooted);
  return config_.topology.is_primary(cpu) || once;
}

/// kernel: sched_smt_active(). True when some core has two active threads.
bool Machine::smt_active() const {
  if (!config_.topology.smt()) return false;
  for (CpuId cpu = active_.first(); cpu != kNoCpu; cpu = active_.next(cpu + 1))
    for (const CpuId sibling : core.siblings(cpu))
      if (sibling != cpu && active_.test(sibling)) return true;
  return false;
}

/// kernel: control_show(). Shows a word. Only after a refused change to fewer threads, shows the
/// number that was asked for.
std::string Machine::smt_control_text() const {
  if (rules_.smt_threads && smt_control_ == SmtControl::Enabled && smt_threads_ != smt_threads_max_)
    return std::to_string(smt_threads_);
  return std::string(kSmtWords[static_cast<std::size_t>(smt_control_)]);
}

/// Parses a word or number. Returns 0 or -EINVAL.
int Machine::parse_smt_control(std::string_view text, SmtControl* control, int* threads) const {
  for (const SmtControl word :
       {SmtControl::Enabled, SmtControl::Disabled, SmtControl::ForceDisabled}) {
    if (!same_word(text, kSmtWords[static_cast<std::size_t>(word)])) continue;
    *control = word;
    *threads = word == SmtControl::Enabled ? smt_threads_max_ : 1;
    return 0;
  }
  if (!rules_.smt_threads || parse_int(text, threads) != 0) return -EINVAL;
  // Other numbers need CONFIG_SMT_NUM_THREADS_DYNAMIC (powerpc).
  if (*threads != 1 && *threads != smt_threads_max_) return -EINVAL;
  *control = *threads == 1 ? SmtControl::Disabled : SmtControl::Enabled;
  return 0;
}

/// kernel: __store_smt_control().
int Machine::write_smt_control(std::string_view text) {
  if (smt_control_ == SmtControl::NotImplemented) return -ENODEV;
  SmtControl wanted{};
  int threads = 0;
  const int bad = parse_smt_control(text, &wanted, &threads);
  if (!rules_.smt_forceoff_first && bad != 0) return bad;
  if (smt_control_ == SmtControl::ForceDisabled) return -EPERM;
  if (smt_control_ == SmtControl::NotSupported) return -ENODEV;
  if (bad != 0) return bad;
  lock_device_hotplug(config_.boot_cpu);
  const int before = std::exchange(smt_threads_, threads);
  // 6.6+ compare numbers of threads. So a repeated write does not retry a refused change.
  const bool enable = wanted == SmtControl::Enabled;
  const bool force = wanted == SmtControl::ForceDisabled && smt_control_ != wanted;
  const bool change = rules_.smt_threads ? threads != before || force : smt_control_ != wanted;
  int ret = 0;
  if (change) ret = enable ? smt_enable() : smt_disable(wanted);
  unlock(kDeviceHotplugLock, config_.boot_cpu);
  return ret;
}

/// kernel: cpuhp_smt_disable(). Takes down every online CPU that is not a primary thread, until one
/// is refused.
int Machine::smt_disable(SmtControl wanted) {
  lock_series();
  std::vector<CpuId> cpus;
  for (CpuId cpu = core.online.first(); cpu != kNoCpu; cpu = core.online.next(cpu + 1))
    if (!config_.topology.is_primary(cpu)) cpus.push_back(cpu);
  const int ret = series_down(cpus, false, [this](CpuId cpu, int error) {
    if (error == 0) device_changed(cpu, false);
  });
  if (ret == 0) smt_control_ = wanted;
  unlock_series();
  return ret;
}

/// kernel: cpuhp_smt_enable(). Brings up every present CPU that is offline, primary or not.
int Machine::smt_enable() {
  lock_series();
  smt_control_ = SmtControl::Enabled;
  std::vector<CpuId> cpus;
  for (CpuId cpu = config_.present.first(); cpu != kNoCpu; cpu = config_.present.next(cpu + 1))
    if (!core.online.test(cpu)) cpus.push_back(cpu);
  const int ret = design_->series_up(cpus, false, [this](CpuId cpu, int error) {
    if (error == 0) device_changed(cpu, true);
  });
  unlock_series();
  return ret;
}

}  // namespace cpuhp

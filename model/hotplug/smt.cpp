#include "model/hotplug/smt.hpp"

#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "model/machine.hpp"
#include "model/sysfs/sysfs.hpp"
#include "model/sysfs/text.hpp"

namespace cpuhp {
namespace {

constexpr std::array<std::string_view, 5> kSmtWords{"on", "off", "forceoff", "notsupported",
                                                    "notimplemented"};

/// Parses a word or number. Returns 0 or -EINVAL.
int parse_smt_control(const Machine& m, std::string_view text, SmtControl* control, int* threads) {
  for (const SmtControl word :
       {SmtControl::Enabled, SmtControl::Disabled, SmtControl::ForceDisabled}) {
    if (!same_word(text, kSmtWords[static_cast<std::size_t>(word)])) continue;
    *control = word;
    *threads = word == SmtControl::Enabled ? m.smt.threads_max : 1;
    return 0;
  }
  if (!m.rules.smt_threads || parse_int(text, threads) != 0) return -EINVAL;
  // Other numbers need CONFIG_SMT_NUM_THREADS_DYNAMIC (powerpc).
  if (*threads != 1 && *threads != m.smt.threads_max) return -EINVAL;
  *control = *threads == 1 ? SmtControl::Disabled : SmtControl::Enabled;
  return 0;
}

/// kernel: cpuhp_smt_disable(). Takes down every online CPU that is not a primary thread, until one
/// is refused.
int smt_disable(Machine& m, SmtControl wanted) {
  lock_series(m);
  std::vector<CpuId> cpus;
  for (CpuId cpu = m.core.online.first(); cpu != kNoCpu; cpu = m.core.online.next(cpu + 1))
    if (!m.config.topology.is_primary(cpu)) cpus.push_back(cpu);
  const int ret = series_down(m, cpus, false, [&m](CpuId cpu, int error) {
    if (error == 0) device_changed(m, cpu, false);
  });
  if (ret == 0) m.smt.control = wanted;
  unlock_series(m);
  return ret;
}

/// kernel: cpuhp_smt_enable(). Brings up every present CPU that is offline, primary or not.
int smt_enable(Machine& m) {
  lock_series(m);
  m.smt.control = SmtControl::Enabled;
  std::vector<CpuId> cpus;
  for (CpuId cpu = m.config.present.first(); cpu != kNoCpu; cpu = m.config.present.next(cpu + 1))
    if (!m.core.online.test(cpu)) cpus.push_back(cpu);
  const int ret = m.design->series_up(cpus, false, [&m](CpuId cpu, int error) {
    if (error == 0) device_changed(m, cpu, true);
  });
  unlock_series(m);
  return ret;
}

}  // namespace

void init_smt(Machine& m) {
  m.smt.threads = m.smt.threads_max = static_cast<int>(m.config.topology.threads_per_core());
  if (m.config.nosmt || m.config.nosmt_force) {
    m.smt.control = m.config.nosmt_force ? SmtControl::ForceDisabled : SmtControl::Disabled;
    m.smt.threads = 1;
  }
  if (!m.config.topology.smt()) m.smt.control = SmtControl::NotSupported;
  if (!m.config.smt_control) m.smt.control = SmtControl::NotImplemented;
}

bool smt_allowed(const Machine& m, CpuId cpu) {
  if (m.smt.control == SmtControl::Enabled || m.smt.control == SmtControl::NotSupported ||
      m.smt.control == SmtControl::NotImplemented)
    return true;
  const bool once = !m.cpus[cpu].booted_once && !m.defect(Defect::SmtSiblingsNeverBooted);
  return m.config.topology.is_primary(cpu) || once;
}

bool smt_active(const Machine& m) {
  if (!m.config.topology.smt()) return false;
  for (CpuId cpu = m.active.first(); cpu != kNoCpu; cpu = m.active.next(cpu + 1))
    for (const CpuId sibling : m.core.siblings(cpu))
      if (sibling != cpu && m.active.test(sibling)) return true;
  return false;
}

std::string smt_control_text(const Machine& m) {
  if (m.rules.smt_threads && m.smt.control == SmtControl::Enabled &&
      m.smt.threads != m.smt.threads_max)
    return std::to_string(m.smt.threads);
  return std::string(kSmtWords[static_cast<std::size_t>(m.smt.control)]);
}

int write_smt_control(Machine& m, std::string_view text) {
  if (m.smt.control == SmtControl::NotImplemented) return -ENODEV;
  SmtControl wanted{};
  int threads = 0;
  const int bad = parse_smt_control(m, text, &wanted, &threads);
  if (!m.rules.smt_forceoff_first && bad != 0) return bad;
  if (m.smt.control == SmtControl::ForceDisabled) return -EPERM;
  if (m.smt.control == SmtControl::NotSupported) return -ENODEV;
  if (bad != 0) return bad;
  lock_device_hotplug(m, m.config.boot_cpu);
  const int before = std::exchange(m.smt.threads, threads);
  // 6.6+ compare numbers of threads. So a repeated write does not retry a refused change.
  const bool enable = wanted == SmtControl::Enabled;
  const bool force = wanted == SmtControl::ForceDisabled && m.smt.control != wanted;
  const bool change = m.rules.smt_threads ? threads != before || force : m.smt.control != wanted;
  int ret = 0;
  if (change) ret = enable ? smt_enable(m) : smt_disable(m, wanted);
  unlock(m, kDeviceHotplugLock, m.config.boot_cpu);
  return ret;
}

}  // namespace cpuhp

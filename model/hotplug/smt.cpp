#include "model/hotplug/smt.hpp"

#include <algorithm>
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

/// Returns how many threads of a core the boot starts.
int boot_threads(const Machine& m) {
  const auto all = static_cast<int>(m.config.topology.threads_per_core());
  const CpuId asked = std::max<CpuId>(m.config.smt_enabled.value_or(kMaxCpus), 1);
  return static_cast<int>(std::min(static_cast<CpuId>(all), asked));
}

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
  const bool any = m.config.smt_any_number && *threads >= 1 && *threads <= m.smt.threads_max;
  if (!any && *threads != 1 && *threads != m.smt.threads_max) return -EINVAL;
  *control = *threads == 1 ? SmtControl::Disabled : SmtControl::Enabled;
  return 0;
}

/// kernel: topology_smt_thread_allowed(). Only powerpc limits the threads to a number.
bool thread_allowed(const Machine& m, CpuId cpu) {
  const auto thread = static_cast<int>(m.config.topology.place(cpu).thread);
  return !m.config.smt_any_number || thread < m.smt.threads;
}

/// kernel: topology_is_core_online().
bool core_online(const Machine& m, CpuId cpu) {
  if (!m.rules.smt_skips_offline_cores) return true;
  return std::ranges::any_of(m.core.siblings(cpu), [&m](CpuId sibling) {
    const bool asked = m.config.smt_any_number || m.config.topology.is_primary(sibling);
    return asked && m.core.online.test(sibling);
  });
}

/// kernel: cpuhp_smt_disable(). Takes down every online CPU that is not a primary thread, or not
/// among the threads that stay, until one is refused.
int smt_disable(Machine& m, SmtControl wanted) {
  lock_series(m);
  std::vector<CpuId> cpus;
  for (CpuId cpu = m.core.online.first(); cpu != kNoCpu; cpu = m.core.online.next(cpu + 1)) {
    const bool stays = m.config.topology.is_primary(cpu) ||
                       (wanted == SmtControl::Enabled && thread_allowed(m, cpu));
    if (!stays) cpus.push_back(cpu);
  }
  const int ret = series_down(m, cpus, false, [&m](CpuId cpu, int error) {
    if (error == 0) device_changed(m, cpu, false);
  });
  if (ret == 0) m.smt.control = wanted;
  unlock_series(m);
  return ret;
}

/// kernel: cpuhp_smt_enable(). Brings up every present CPU that is offline and allowed, primary or
/// not.
int smt_enable(Machine& m) {
  lock_series(m);
  m.smt.control = SmtControl::Enabled;
  std::vector<CpuId> cpus;
  for (CpuId cpu = m.present.first(); cpu != kNoCpu; cpu = m.present.next(cpu + 1))
    if (!m.core.online.test(cpu) && thread_allowed(m, cpu) && core_online(m, cpu))
      cpus.push_back(cpu);
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
  } else {
    m.smt.threads = std::min(m.smt.threads, boot_threads(m));
  }
  if (!m.config.topology.smt()) m.smt.control = SmtControl::NotSupported;
  if (!m.config.smt_control) m.smt.control = SmtControl::NotImplemented;
}

bool smt_wants(const Machine& m, CpuId cpu) {
  if (m.smt.control == SmtControl::Enabled) return thread_allowed(m, cpu);
  return m.smt.control == SmtControl::NotSupported || m.smt.control == SmtControl::NotImplemented;
}

bool smt_allowed(const Machine& m, CpuId cpu) {
  if (smt_wants(m, cpu)) return true;
  const bool once = !m.cpus[cpu].booted_once && !m.defect(Defect::SmtSiblingsNeverBooted);
  return m.config.topology.is_primary(cpu) || once;
}

bool boot_starts_thread(const Machine& m, CpuId cpu) {
  const auto thread = static_cast<int>(m.config.topology.place(cpu).thread);
  return m.core.system_state != SystemState::Booting || thread < boot_threads(m);
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
  const bool more = enable && (!m.rules.smt_threads || threads > before);
  if (change) ret = more ? smt_enable(m) : smt_disable(m, wanted);
  unlock(m, kDeviceHotplugLock, m.config.boot_cpu);
  return ret;
}

}  // namespace cpuhp

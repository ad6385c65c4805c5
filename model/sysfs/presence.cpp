#include "model/sysfs/presence.hpp"

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <optional>

#include "model/hotplug/cpus_lock.hpp"
#include "model/hotplug/smt.hpp"
#include "model/machine.hpp"
#include "model/sysfs/sysfs.hpp"
#include "model/sysfs/text.hpp"

namespace cpuhp {
namespace {

void set_present(Machine& m, CpuId cpu, bool present) {
  m.present.assign(cpu, present);
  m.core.event(EventKind::Present, cpu, {.value = present ? 1 : 0});
}

// ------------------------------------------------------------------------------ DLPAR of powerpc

/// Removes the first word from `text`, up to a blank (kernel: strsep()).
std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

/// kernel: kstrtou32(text, 0).
std::optional<std::uint32_t> parse_u32(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text.starts_with('0')) {
    base = 8;
  }
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Returns the first thread of the core with that index of its dynamic reconfiguration connector.
/// QEMU gives a core 0x10000000 plus the number of its first thread.
std::optional<CpuId> core_of_index(const Machine& m, std::uint32_t index) {
  constexpr std::uint32_t kFirst = 0x1000'0000;
  if (index < kFirst || index - kFirst >= m.cpus.size()) return std::nullopt;
  const CpuId cpu = index - kFirst;
  return m.config.topology.is_primary(cpu) ? std::optional(cpu) : std::nullopt;
}

/// kernel: dlpar_offline_cpu().
int dlpar_offline(Machine& m, CpuId core) {
  for (const CpuId cpu : m.core.siblings(core)) {
    m.rt.settle(reads(Object::Online));
    if (!m.present.test(cpu) || !m.core.online.test(cpu)) continue;
    if (m.core.online.weight() == 1) return -EBUSY;
    if (const int ret = device_offline(m, cpu); ret != 0) return ret;
  }
  return 0;
}

/// kernel: dlpar_online_cpu(). From 6.6 on it leaves alone what smt/control does not allow.
int dlpar_online(Machine& m, CpuId core) {
  for (const CpuId cpu : m.core.siblings(core)) {
    if (m.rules.smt_threads && !m.config.topology.is_primary(cpu) && !smt_wants(m, cpu)) continue;
    if (const int ret = device_online(m, cpu); ret != 0) {
      dlpar_offline(m, core);
      return ret;
    }
  }
  return 0;
}

/// kernel: dlpar_cpu_remove_by_index().
int dlpar_remove(Machine& m, std::uint32_t index, int firmware) {
  const std::optional<CpuId> core = core_of_index(m, index);
  if (!core || !m.present.test(*core)) return -ENODEV;
  if (dlpar_offline(m, *core) != 0) return -EINVAL;
  if (firmware != 0) {
    dlpar_online(m, *core);
    return firmware;
  }
  for (const CpuId cpu : m.core.siblings(*core)) set_present(m, cpu, false);
  return 0;
}

/// kernel: dlpar_cpu_add().
int dlpar_add(Machine& m, std::uint32_t index, int firmware) {
  const std::optional<CpuId> core = core_of_index(m, index);
  if (!core || m.present.test(*core) || firmware != 0) return -EINVAL;
  for (const CpuId cpu : m.core.siblings(*core)) set_present(m, cpu, true);
  const int ret = dlpar_online(m, *core);
  if (ret != 0)
    for (const CpuId cpu : m.core.siblings(*core)) set_present(m, cpu, false);
  return ret;
}

/// kernel: dlpar_store(), for CPUs. Counts of CPUs are refused, as they are from 5.13 on.
int write_dlpar(Machine& m, std::string_view text, int firmware) {
  if (!same_word(take_word(text), "cpu")) return -EINVAL;
  const std::string_view action = take_word(text);
  const bool add = same_word(action, "add");
  if ((!add && !same_word(action, "remove")) || !same_word(take_word(text), "index"))
    return -EINVAL;
  const std::optional<std::uint32_t> index = parse_u32(take_word(text));
  if (!index) return -EINVAL;
  lock(m, kDeviceHotplugLock, m.config.boot_cpu);
  const int ret = add ? dlpar_add(m, *index, firmware) : dlpar_remove(m, *index, firmware);
  unlock(m, kDeviceHotplugLock, m.config.boot_cpu);
  return ret;
}

// ------------------------------------------------------------------------------ s390

/// Parses 0 or 1 as sscanf("%d %c") does: blanks may be around the number, and nothing else.
std::optional<bool> parse_switch(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\n\v\f\r";
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  text = text.substr(0, text.find_last_not_of(kBlanks) + 1);
  int value = 0;
  if (parse_int(text, &value) != 0 || (value != 0 && value != 1)) return std::nullopt;
  return value == 1;
}

/// kernel: cpu_configure_store().
int write_configure(Machine& m, CpuId cpu, std::string_view text, int firmware) {
  const std::optional<bool> on = parse_switch(text);
  if (!on) return -EINVAL;
  cpus_read_lock(m, m.rt.cpu());
  int ret = 0;
  m.rt.settle(reads(Object::Online));
  for (const CpuId sibling : m.core.siblings(cpu))
    if (m.core.online.test(sibling)) ret = -EBUSY;
  if (ret == 0 && m.standby.test(cpu) == *on) {
    ret = firmware;
    if (ret == 0)
      for (const CpuId sibling : m.core.siblings(cpu)) m.standby.assign(sibling, !*on);
  }
  cpus_read_unlock(m, m.rt.cpu());
  return ret;
}

/// kernel: dispatching_store().
int write_dispatching(Machine& m, std::string_view text, int firmware) {
  const std::optional<bool> vertical = parse_switch(text);
  if (!vertical) return -EINVAL;
  if (m.dispatching == *vertical) return 0;
  if (firmware == 0) m.dispatching = *vertical;
  return firmware;
}

}  // namespace

int write_machine_file(Machine& m, const SysfsNode& node, std::string_view text, int firmware) {
  switch (*node.entry->machine) {
    case MachineFile::Configure:
      return write_configure(m, node.cpu, text, firmware);
    case MachineFile::Dispatching:
      return write_dispatching(m, text, firmware);
    case MachineFile::Dlpar:
      return write_dlpar(m, text, firmware);
    case MachineFile::Probe:
      return -EINVAL;  // the newline is taken for a part of the node's name
    case MachineFile::Rescan:
      return firmware;  // whatever is written, and no CPU is found
  }
  return -EINVAL;
}

int plug(Machine& m, CpuId cpu) {
  if (cpu >= m.cpus.size()) return -EINVAL;
  return with_lock(m, kDeviceHotplugLock, cpu, [&] {
    if (m.present.test(cpu)) return -EALREADY;
    set_present(m, cpu, true);
    m.cpus[cpu].dev_offline = true;
    return 0;
  });
}

int unplug(Machine& m, CpuId cpu) {
  return with_lock(m, kDeviceHotplugLock, cpu, [&] {
    if (cpu >= m.cpus.size() || !m.present.test(cpu)) return -ENODEV;
    const bool fixed = cpu == m.config.boot_cpu && !m.config.has_cpu0_online_file();
    if (fixed || device_offline(m, cpu) != 0) return -EBUSY;
    set_present(m, cpu, false);
    return 0;
  });
}

}  // namespace cpuhp

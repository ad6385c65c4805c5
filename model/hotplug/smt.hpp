// SMT control: cpuhp_smt_enable(), cpuhp_smt_disable() and writes to smt/control
// (docs/kernel.md 6.1, 6.3).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/cpumask.hpp"

namespace cpuhp {

struct Machine;

enum class SmtControl : std::uint8_t {
  Enabled,
  Disabled,
  ForceDisabled,
  NotSupported,
  NotImplemented
};

struct Smt {
  SmtControl control = SmtControl::Enabled;
  int threads = 1;  ///< usable threads of a core, as written to smt/control (6.6+)
  int threads_max = 1;
  bool operator==(const Smt&) const = default;
};

/// kernel: cpu_smt_check_topology() and the command line.
void init_smt(Machine& m);
/// kernel: cpu_smt_allowed(). A sibling thread may boot once, so that it can be initialised.
bool smt_allowed(const Machine& m, CpuId cpu);
/// kernel: smp_generic_cpu_bootable() of powerpc. A boot refuses the threads that smt-enabled= leaves
/// out. Later they may come up.
bool boot_starts_thread(const Machine& m, CpuId cpu);
/// True when SMT control wants the CPU's thread to be up: SMT is on, or there is none.
bool smt_wants(const Machine& m, CpuId cpu);
/// kernel: sched_smt_active(). True when some core has two active threads.
bool smt_active(const Machine& m);
/// kernel: control_show(). Shows a word, or a number when SMT is on and a core may have only some of
/// its threads. Where all numbers but one and all are refused, a refused change shows its number.
std::string smt_control_text(const Machine& m);
/// kernel: __store_smt_control().
int write_smt_control(Machine& m, std::string_view text);

}  // namespace cpuhp

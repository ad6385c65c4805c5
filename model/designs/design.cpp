#include "model/designs/design.hpp"

#include "model/config.hpp"

namespace cpuhp {

Rules effective_rules(const MachineConfig& config) {
  Rules r = config.table.rules();
  switch (config.design) {
    case Design::Notifier:
      // x86 has CoreSync::Full from 6.5 on. With the notifier design, the control CPU of such a
      // kernel busy-waits for the AP instead (docs/kernel.md 2.2).
      r.bringup_spins = r.bringup_spins || r.core_sync == CoreSync::Full;
      r.core_sync = CoreSync::None;
      r.split_startup = r.parallel_bringup = r.maxcpus_counts_tries = false;
      break;
    case Design::Symmetric:
      r.parallel_bringup = false;
      // arm64's tables of 6.5 and later have no cpu:kick_ap: there cpu:bringup kicks the AP
      // (docs/kernel.md 5.1).
      r.split_startup = r.split_startup && config.table.anchors().kick_ap >= 0;
      break;
    case Design::Parallel:
    case Design::Async:
      r.core_sync = CoreSync::Full;
      r.split_startup = true;
      r.bringup_spins = r.ap_kicks_itself = false;
      break;
  }
  return r;
}

StateTable effective_table(const MachineConfig& config) {
  StateTable table = config.table;
  if (config.design == Design::Parallel || config.design == Design::Async) table.split_startup();
  // Without Rules::split_startup, cpu:bringup kicks the AP, even when the table has cpu:kick_ap.
  const StateId kick = table.anchors().kick_ap;
  if (kick >= 0 && !effective_rules(config).split_startup) table.at(kick).startup.clear();
  return table;
}

std::string_view caveat(Design design) {
  if (design != Design::Async) return {};
  return "async was never built; its author's verdict in 2023: in theory yes, realistically no";
}

bool has_state_machine(Design design) { return design != Design::Notifier; }

bool cpus_move_themselves(Design design) { return design == Design::Async; }

std::span<const std::string_view> names_of_design(Design design) {
  static constexpr std::array<std::string_view, 2> kAsync{"all_finished", "finished"};
  if (design != Design::Async) return {};
  return kAsync;
}

}  // namespace cpuhp

#include "model/faults/candidates.hpp"

#include <algorithm>

#include "model/faults/applies.hpp"

namespace cpuhp {
namespace {

/// Returns the delays to try. A slow callback gets one delay. A late handshake gets two, one
/// shorter and one longer than the 10 s that the kernel waits for it (docs/kernel.md 5.1).
std::vector<Ns> delays(const FaultKindInfo& kind) {
  if (!kind.takes(kDelay)) return {Ns{}};
  const bool awaited = kind.occasion == Occasion::BringUp || kind.occasion == Occasion::Takedown;
  return awaited ? std::vector<Ns>{1_s, 15_s} : std::vector<Ns>{1_s};
}

std::vector<Sleeper> sleepers(const FaultKindInfo& kind) {
  if (kind.takes(kWakeup)) return {Sleeper::Thread, Sleeper::Control};
  return {Sleeper::Any};
}

class Enumeration {
 public:
  Enumeration(const MachineConfig& config, CpuId cpu, const std::vector<FaultKind>& kinds)
      : cpu_(cpu),
        kinds_(kinds),
        table_(effective_table(config)),
        rules_(effective_rules(config)),
        notifier_(!has_state_machine(config.design)) {
    for (const State& s : table_.all()) callbacks(s.id, s.id, s.startup, s.teardown);
    for (std::size_t i = 0; i < config.declared.size(); ++i) {
      const DeclaredState& d = config.declared[i];
      const StateId number = d.range == DynamicRange::Prepare  ? table_.dynamic().prepare.first
                             : d.range == DynamicRange::Online ? table_.dynamic().online.first
                                                               : d.number;
      callbacks(declared_id(i), number, d.startup, d.teardown);
    }
    for (const FaultKind kind : kinds_) {
      if (!is_handshake(kind)) continue;
      add(kind, -1, Section::Prepare, Direction::Up);
      add(kind, -1, Section::Teardown, Direction::Down);
      add(kind, -1, Section::Online, Direction::Up);
    }
  }

  std::vector<Fault> list;

 private:
  /// Adds the faults of one state's callbacks. `key`: the state's number in faults; `number`: the
  /// state's number in the table.
  void callbacks(StateId key, StateId number, const std::string& startup,
                 const std::string& teardown) {
    const Anchors& at = table_.anchors();
    // These callbacks belong to the hotplug core, and get the faults of handshakes instead.
    if (key == at.kick_ap || key == at.bringup || key == at.teardown) return;
    const Section section = table_.section(number);
    for (const FaultKind kind : kinds_) {
      if (is_handshake(kind)) continue;
      // In v4.5 the function that unparks the per-CPU threads returns no result, so it can't fail.
      const bool unparks = notifier_ && key == at.smpboot_threads;
      if (unparks && info(kind).error != 0) continue;
      if (!startup.empty()) add(kind, key, section, Direction::Up);
      if (!teardown.empty()) add(kind, key, section, Direction::Down);
    }
  }

  void add(FaultKind kind, StateId key, Section section, Direction direction) {
    if (!applies(kind, section, direction, rules_).yes) return;
    for (const Ns delay : delays(info(kind))) {
      Fault f{.kind = kind, .cpu = cpu_, .state = key, .direction = direction, .delay = delay};
      if (is_handshake(kind)) f.direction = Direction::Up;  // a handshake has no direction
      if (info(kind).error != 0) f.error = info(kind).error;
      for (const Sleeper sleeper : sleepers(info(kind))) {
        f.sleeper = sleeper;
        list.push_back(f);
      }
    }
  }

  CpuId cpu_;
  const std::vector<FaultKind>& kinds_;
  StateTable table_;
  Rules rules_;
  bool notifier_;
};

}  // namespace

std::vector<FaultKind> enumerated_kinds() {
  std::vector<FaultKind> kinds;
  for (std::size_t i = 0; i < kFaultKinds; ++i) kinds.push_back(static_cast<FaultKind>(i));
  return kinds;
}

std::vector<std::uint32_t> operations_with_veto(const std::vector<Operation>& operations) {
  std::vector<std::uint32_t> places;
  for (std::uint32_t i = 0; i < operations.size(); ++i)
    if (operations[i].kind != OpKind::Shutdown && !is_registration(operations[i].kind))
      places.push_back(i);
  if (places.size() == operations.size()) places.clear();
  return places;
}

std::vector<Fault> candidate_faults(const MachineConfig& config, CpuId cpu,
                                    const std::vector<FaultKind>& kinds) {
  return std::move(Enumeration(config, cpu, kinds).list);
}

}  // namespace cpuhp

// Check of waits and wake-ups: completions, the handshakes of a CPU that starts or dies, and hangs
// (I21 to I24, I41).
#pragma once

#include <array>
#include <map>
#include <optional>

#include "model/checks/watch/watch.hpp"

namespace cpuhp {

/// - I21: when no operation is under way, no completion is left over;
/// - I22: every waiting task is woken, unless an injected fault explains the hang;
/// - "panic": the kernel panics only if an injected fault explains it, or if a task must run and no
///   CPU is active (model/panics.hpp);
/// - I23: a wait for an AP to report alive or dead ends within 10 s, or later if the waiting task's
///   CPU is busy. Where the control CPU has to release the AP, the AP does not come online before;
/// - I24: the sync state moves as docs/kernel.md 5.1 says, each move by the right CPU;
/// - I41: an AP does not come up when the control CPU has given up waiting for it, and a CPU that
///   is left below cpu:teardown is not online;
/// - "told": the operator is told of each AP that does not come up.
class HandshakeWatch : public Watch {
 public:
  static constexpr std::array kLaws{
      Law{"I21", "each completion is waited for exactly once"},
      Law{"I22", "every waiting task is woken, unless an injected fault explains why it is not"},
      Law{"I23",
          "the control CPU waits at most 10 s for an AP to report alive or dead, and no AP comes "
          "online before the control CPU releases it"},
      Law{"I24",
          "ap_sync_state makes only the transitions that the kernel allows, each by the right CPU"},
      Law{"I41",
          "an AP does not come up after the control CPU has given up waiting for it, and a CPU "
          "that rests below cpu:teardown is not online, because memory that a running CPU uses "
          "has already been freed"},
      Law{"told",
          "an AP that was kicked reports alive, or the kernel logs that the AP does not come up"},
      Law{"panic",
          "the kernel panics only if an injected fault causes the panic, or if a task has to run "
          "and no CPU is active"}};

  explicit HandshakeWatch(const Scene& scene) : Watch(scene), cpus_(scene.cpus()) {
    cpus_[judged().boot_cpu].sync_state = SyncState::Online;
  }

  void see(On<EventKind::Complete>, const Event& e) { count(e, 1); }
  void see(On<EventKind::WaitBegin, EventKind::WaitEnd>, const Event& e);
  void see(On<EventKind::Kick>, const Event& e);
  void see(On<EventKind::Alive>, const Event& e) { cpus_[e.cpu].silent.reset(); }
  void see(On<EventKind::Release>, const Event& e) { cpus_[e.cpu].released = true; }
  void see(On<EventKind::MaskSet>, const Event& e) {
    if (e.name == names().online) came_online(e);
    if (e.name == names().online || e.name == names().rcu) goes_on(e);
  }
  void see(On<EventKind::Blame>, const Event& e);
  void see(On<EventKind::SyncState>, const Event& e);
  void see(On<EventKind::Rest>, const Event& e);
  void see(On<EventKind::Injected>, const Event& e);
  void see(On<EventKind::Hang>, const Event& e) {
    if (!hang_) hang_ = past(e);
  }
  void see(On<EventKind::Panic>, const Event& e);
  void finish();

 private:
  struct Cpu {
    int done_up = 0, done_down = 0;
    Ns alive_since{-1}, dead_since{-1};
    bool kicked = false, released = false;
    SyncState sync_state = SyncState::Dead, before = SyncState::Dead;
    Ns set{-1};  ///< when `sync_state` was set
    CpuId set_by = kNoCpu;
    std::optional<PastEvent> silent;  ///< its Kick, until it is alive or blamed
    bool comes = false;               ///< RCU has been told of the CPU since the CPU's last kick
  };

  void count(const Event& e, int by);
  bool is_handshake() const;
  void came_online(const Event& e);
  void goes_on(const Event& mask_set);
  void astray(const PastEvent& given_up);
  void rests_online(const Event& rest);
  Ns bringup_begin(const PastEvent& given_up) const;
  bool had_its_cpu(const Event& wait_end, Ns from) const;
  bool any_active() const;
  bool may_move(SyncState from, SyncState to, bool by_ap) const;
  bool may_come_first(const Cpu& c, const Event& e) const;

  PerCpu<Cpu> cpus_;
  /// The Blame event since the CPU's last kick, as long as I41 has not been reported for it.
  std::map<CpuId, PastEvent> given_up_;
  bool explained_ = false, killed_ = false;
  std::optional<PastEvent> hang_;
};

}  // namespace cpuhp

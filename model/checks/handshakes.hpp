// Check of waits and wake-ups: completions, the handshakes of a CPU that starts or dies, and hangs
// (I21 to I24, I41).
#pragma once

#include <array>

#include "model/checks/watch.hpp"

namespace cpuhp {

/// - I21: when no operation is under way, no completion is left over;
/// - I22: each waiter is woken. A hang is a finding unless the environment explains it. So is a
///   kernel that panics by itself ("panic"), except for want of an active CPU (model/panics.hpp);
/// - I23: waits for a CPU's first sign of life or for its report of death end within 10 s, or as
///   soon as the waiter's CPU is free. Where the handshake includes a release, no CPU comes
///   online without it;
/// - I24: the sync state changes as docs/kernel.md 5.1 says, each change by its own side;
/// - I41: an AP that the control CPU has given up is not on its way up, and does not continue. A
///   CPU whose state is below cpu:teardown is not online.
class HandshakeWatch : public Watch {
 public:
  static constexpr std::array kLaws{
      Law{"I21", "a completion is used up, once"},
      Law{"I22", "who waits is woken, unless the environment's failure explains it"},
      Law{"I23", "waits for signs of life end within 10 s, and nobody comes online unreleased"},
      Law{"I24", "sync states move as they may"},
      Law{"I41",
          "an AP that the control CPU has given up does not go on, and a CPU whose states are "
          "undone up to its takedown is not online: its memory is somebody else's again"},
      Law{"panic",
          "the kernel dies only where a fault of the plan kills it, or where a task has to run and "
          "no CPU is active"}};

  explicit HandshakeWatch(const Scene& scene) : Watch(scene), cpus_(stream_.nr_cpus) {
    cpus_[judged_.boot_cpu].sync_state = SyncState::Online;
  }

  void see(On<EventKind::Complete>, const Event& e) { count(e, 1); }
  void see(On<EventKind::WaitBegin, EventKind::WaitEnd>, const Event& e);
  void see(On<EventKind::Kick>, const Event& e);
  void see(On<EventKind::Release>, const Event& e) { cpus_[e.cpu].released = true; }
  void see(On<EventKind::MaskSet>, const Event& e) {
    if (e.name == names_.online) came_online(e);
    if (e.name == names_.online || e.name == names_.rcu) goes_on(e);
  }
  void see(On<EventKind::Blame>, const Event& e);
  void see(On<EventKind::SyncState>, const Event& e);
  void see(On<EventKind::Rest>, const Event& e);
  void see(On<EventKind::Injected>, const Event& e);
  void see(On<EventKind::Hang>, const Event& e) {
    if (hang_ == nullptr) hang_ = &e;
  }
  void see(On<EventKind::Panic>, const Event& e);
  void finish();

 private:
  struct Cpu {
    int done_up = 0, done_down = 0;
    Ns alive_since{-1}, dead_since{-1};
    bool kicked = false, released = false;
    SyncState sync_state = SyncState::Dead, before = SyncState::Dead;
    const Event* latest = nullptr;  ///< the event that set `sync_state`
    bool comes = false;             ///< RCU has learnt of the CPU since its last kick
    /// The Blame event since the CPU's last kick. nullptr: there was none, or I41 is reported
    /// already.
    const Event* given_up = nullptr;
  };

  void count(const Event& e, int by);
  void came_online(const Event& e);
  void goes_on(const Event& mask_set);
  void astray(const Event& given_up);
  void rests_online(const Event& rest);
  Ns bringup_begin(const Event& given_up) const;
  bool had_its_cpu(const Event& wait_end, Ns from) const;
  bool any_active() const;
  bool may_move(SyncState from, SyncState to, bool by_ap) const;
  bool may_come_first(const Cpu& c, const Event& e) const;

  PerCpu<Cpu> cpus_;
  bool explained_ = false, killed_ = false;
  const Event* hang_ = nullptr;
};

}  // namespace cpuhp

#include "model/checks/watch/handshakes.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "model/panics.hpp"

namespace cpuhp {
namespace {

constexpr Ns kLongest = 10_s;
constexpr const char* kGivenUp = "docs/kernel.md 7, I41";
constexpr const char* kKernelsDo =
    "docs/kernel.md 7, I41; kernels do so: docs/history.md, What kernels still do";
constexpr std::array<std::string_view, 6> kSyncNames{"dead",  "kicked",        "should die",
                                                     "alive", "should online", "online"};

}  // namespace

void HandshakeWatch::count(const Event& e, int by) {
  if (e.name == names().done_up) cpus_[e.cpu].done_up += by;
  if (e.name == names().done_down) cpus_[e.cpu].done_down += by;
}

void HandshakeWatch::see(On<EventKind::WaitBegin, EventKind::WaitEnd>, const Event& e) {
  const bool begins = e.kind == EventKind::WaitBegin;
  if (!begins && e.ret == 0) count(e, -1);
  const bool alive = e.name == names().alive && e.name != 0;
  if (!alive && (e.name != names().dead || e.name == 0)) return;
  Cpu& c = cpus_[e.cpu];
  Ns& since = alive ? c.alive_since : c.dead_since;
  if (begins) {
    since = e.time;
  } else if (since >= Ns{} && e.time - since > kLongest && had_its_cpu(e, since + kLongest)) {
    find("I23", "docs/kernel.md 7, I23", e, name(e.name),
         "the wait for " + cpu_text(e.cpu) + (alive ? " to report alive" : " to report dead") +
             " took longer than 10 s");
  }
}

/// True when the waiting task could have continued at the time `from`: from then on its CPU ran no
/// other task and no interrupt handler, and no stop_machine() was under way.
bool HandshakeWatch::had_its_cpu(const Event& wait_end, Ns from) const {
  // When stop_machine() ends at the time of wait_end, its StopEnd may come later in the stream.
  bool stop_over = false;
  return !scene().parts.any_before(past(wait_end), [&](const Event& e) {
    const bool stops = e.kind == EventKind::StopBegin, ends = e.kind == EventKind::StopEnd;
    if ((stops && !stop_over) || ((stops || ends) && e.time >= from)) return true;
    stop_over = stop_over || ends;
    const bool handler = e.kind == EventKind::Interrupt && e.on == wait_end.on;
    if (handler && e.time + handler_of(e) >= from) return true;
    // An earlier event does not count, but the handler of an earlier interrupt may still run.
    return e.time >= from && e.on == wait_end.on && e.role != wait_end.role && e.role != Role::Irq;
  });
}

/// The AP is started again. Completions that earlier bring-ups left over no longer count.
void HandshakeWatch::see(On<EventKind::Kick>, const Event& e) {
  Cpu& c = cpus_[e.cpu];
  c.done_up = c.done_down = 0;
  c.kicked = true;
  c.silent = past(e);
  c.released = c.comes = false;
  given_up_.erase(e.cpu);
}

/// The control CPU has given up waiting for the AP, and undoes what it had prepared for it.
void HandshakeWatch::see(On<EventKind::Blame>, const Event& e) {
  cpus_[e.cpu].silent.reset();
  if (cpus_[e.cpu].comes)
    astray(past(e));
  else
    given_up_[e.cpu] = past(e);
}

/// Called at the begin of the AP's STARTING section, when RCU is told of the AP, and at the end of
/// the section, when its online bit is set.
void HandshakeWatch::goes_on(const Event& mask_set) {
  cpus_[mask_set.cpu].comes = true;
  if (const auto given_up = given_up_.extract(mask_set.cpu)) astray(given_up.mapped());
}

void HandshakeWatch::astray(const PastEvent& given_up) {
  find("I41", is_handshake() ? kGivenUp : kKernelsDo, given_up, "given up",
       cpu_text(given_up.cpu) + " comes up, although " + cpu_text(given_up.on) +
           " has given up waiting for it");
  found_.back().kind = FindingKind::Stray;
  found_.back().since = bringup_begin(given_up);
}

/// Reports a CPU that is online but was left in a state below cpu:teardown. It refused its takedown
/// when a failed bring-up was undone, but the undo continued.
void HandshakeWatch::rests_online(const Event& rest) {
  Ns since = rest.time;
  bool refused = false;
  scene().parts.any_before(past(rest), [&](const Event& e) {
    if (e.kind == EventKind::Exit && e.cpu == rest.cpu && e.step == at().teardown) {
      since = e.time;
      refused = refused || e.ret != 0;
    }
    return e.kind == EventKind::OpBegin;
  });
  find("I41", refused ? kKernelsDo : kGivenUp, rest, "given up",
       cpu_text(rest.cpu) + " is online, but it rests at " + step_text(table(), rest.step) +
           ", where a CPU must be offline");
  found_.back().kind = FindingKind::Stray;
  found_.back().since = since;
}

/// Returns the time of the latest enter of cpu:bringup before `given_up`. When there is no such
/// enter, returns the time of the kick.
Ns HandshakeWatch::bringup_begin(const PastEvent& given_up) const {
  const Event* kick = nullptr;
  const Event* begin = &given_up;
  scene().parts.any_before(given_up, [&](const Event& e) {
    begin = &e;
    if (e.cpu != given_up.cpu) return false;
    if (kick == nullptr && e.kind == EventKind::Kick) kick = &e;
    const bool enters = e.kind == EventKind::Enter && e.step == at().bringup;
    return kick != nullptr && (enters || e.kind == EventKind::OpBegin);
  });
  return kick == nullptr || begin->step == at().bringup ? begin->time : kick->time;
}

/// True where an AP waits to be released. On arm64 nothing stops one that has begun.
bool HandshakeWatch::is_handshake() const {
  return judged().rules.core_sync == CoreSync::Full || judged().rules.bringup_spins;
}

void HandshakeWatch::came_online(const Event& e) {
  const Cpu& c = cpus_[e.cpu];
  if (is_handshake() && c.kicked && !c.released)
    find("I23", "docs/kernel.md 7, I23", e, "online",
         cpu_text(e.cpu) + " comes online, although the control CPU has not released it");
}

void HandshakeWatch::see(On<EventKind::SyncState>, const Event& e) {
  const auto to = static_cast<SyncState>(e.value);
  Cpu& c = cpus_[e.cpu];
  const bool by_ap = e.on == e.cpu;
  const bool full = judged().rules.core_sync == CoreSync::Full;
  if (full && !may_move(c.sync_state, to, by_ap) && may_come_first(c, e)) return;
  c.set = e.time;
  c.set_by = e.on;
  const SyncState from = c.before = std::exchange(c.sync_state, to);
  if (!full || may_move(from, to, by_ap)) return;
  const std::string to_name(kSyncNames[static_cast<std::size_t>(to)]);
  find("I24", "docs/kernel.md 7, I24 and 5.1", e, to_name,
       "ap_sync_state of " + cpu_text(e.cpu) + " goes from " +
           std::string(kSyncNames[static_cast<std::size_t>(from)]) + " to " + to_name +
           ", set by " + (by_ap ? "the CPU itself" : cpu_text(e.on)));
}

/// True when `e` may have happened before the event that set the state of `c`. The AP and
/// the control CPU wrote the sync state at the same time, and the stream does not tell the order.
bool HandshakeWatch::may_come_first(const Cpu& c, const Event& e) const {
  if (c.set != e.time || c.set_by == e.on) return false;
  const auto to = static_cast<SyncState>(e.value);
  return may_move(c.before, to, e.on == e.cpu) && may_move(to, c.sync_state, c.set_by == e.cpu);
}

bool HandshakeWatch::may_move(SyncState from, SyncState to, bool by_ap) const {
  switch (to) {
    case SyncState::Kicked:
      return !by_ap &&
             (from == SyncState::Dead || from == SyncState::Kicked || from == SyncState::Alive);
    case SyncState::Alive:
      return by_ap;
    case SyncState::ShouldOnline:
      return !by_ap && from == SyncState::Alive;
    case SyncState::Online:
      return by_ap && from == SyncState::ShouldOnline;
    case SyncState::ShouldDie:
      return !by_ap && from == SyncState::Online;
    case SyncState::Dead:
      // In the asynchronous design, the worker sets an AP to Dead when it gives the AP up.
      return by_ap ? from == SyncState::Online || from == SyncState::ShouldDie
                   : judged().async && from == SyncState::Kicked;
  }
  return false;
}

void HandshakeWatch::see(On<EventKind::Rest>, const Event& e) {
  Cpu& c = cpus_[e.cpu];
  const auto left = [&](int count, const char* which) {
    if (count == 0) return;
    find("I21", "docs/kernel.md 7, I21", e, which,
         std::string(which) + " of " + cpu_text(e.cpu) + " was completed " +
             (count > 0 ? "more often than waited for" : "less often than waited for"));
  };
  if (!judged().notifier && scene().cpu(e.cpu).online && e.step < at().teardown) rests_online(e);
  // In the notifier design no task waits for the AP's done_up.
  if (!judged().notifier) left(c.done_up, "done_up");
  left(c.done_down, "done_down");
  c.done_up = c.done_down = 0;
}

void HandshakeWatch::see(On<EventKind::Injected>, const Event& e) {
  explained_ = explained_ || explains(e) == Explains::Hang;
  killed_ = killed_ || explains(e) == Explains::Panic;
}

bool HandshakeWatch::any_active() const {
  for (CpuId cpu = 0; cpu < scene().cpus(); ++cpu)
    if (scene().cpu(cpu).active) return true;
  return false;
}

void HandshakeWatch::see(On<EventKind::Panic>, const Event& e) {
  if (killed_ || (name(e.name) == kNoActiveCpu && !any_active())) return;
  find("panic", "docs/kernel.md 4.6", e, name(e.name), "the kernel panicked: " + name(e.name));
  found_.back().kind = FindingKind::End;
}

/// Reports only the first hang, and not before the end of the run. All hangs have the run's last
/// time, and an event that explains a hang may come after it in the stream.
void HandshakeWatch::finish() {
  for (CpuId cpu = 0; judged().complete && cpu < cpus_.size(); ++cpu)
    if (const auto& kick = cpus_[cpu].silent)
      find("told", "arch/arm64/kernel/cpufeature.c, cpu_die_early()", *kick, "kick",
           cpu_text(cpu) + " was kicked and did not come up, and the kernel has not logged it");
  if (!hang_ || explained_) return;
  find("I22", "docs/kernel.md 7, I22", *hang_, name(hang_->name),
       std::string(to_string(hang_->role)) + " on " + cpu_text(hang_->on) + " waits for " +
           name(hang_->name) + " of " + cpu_text(hang_->cpu) +
           ", but no task or CPU is left that can end this wait");
  found_.back().kind = FindingKind::End;
}

}  // namespace cpuhp

#include "model/checks/sync.hpp"

#include <array>
#include <string_view>

#include "model/checks/watch.hpp"

namespace cpuhp {
namespace {

constexpr Ns kLongest = 10_s;
/// Failures of the environment after which a kernel waits for ever, by design (B41).
constexpr std::array<std::string_view, 5> kExplain{"hang", "never_released", "lost_wakeup",
                                                   "lost_ipi", "not_online"};
constexpr std::array<std::string_view, 6> kSyncNames{"dead",  "kicked",        "should die",
                                                     "alive", "should online", "online"};

class Sync : Watch {
 public:
  Sync(const EventStream& stream, const Judged& judged)
      : Watch(stream, judged),
        done_up_(id_of("done_up")),
        done_down_(id_of("done_down")),
        alive_(id_of("alive")),
        dead_(id_of("dead")),
        online_(id_of("online")),
        panic_(id_of("panic")) {
    for (std::size_t i = 0; i < kExplain.size(); ++i) explain_[i] = id_of(kExplain[i]);
    cpus_[judged.boot_cpu].sync = SyncState::Online;
  }

  std::vector<Finding> run() {
    for (const Event& e : stream_.events) see(e);
    // What explains it may stand behind it: hangs are told at the run's last date, CPU by CPU.
    if (hang_ != nullptr && !explained_)
      find("I22", "facts.md 5, I22", *hang_, name(hang_->name),
           std::string(to_string(hang_->role)) + " on " + cpu_text(hang_->on) + " waits for " +
               name(hang_->name) + " of " + cpu_text(hang_->cpu) +
               ", and nobody is left to end it");
    return std::move(found_);
  }

 private:
  struct Cpu {
    int done_up = 0, done_down = 0;
    Ns alive_since{-1}, dead_since{-1};
    bool kicked = false, released = false, touched = false;
    SyncState sync = SyncState::Dead;
  };

  void see(const Event& e) {
    switch (e.kind) {
      case EventKind::Complete:
        count(e, 1);
        break;
      case EventKind::WaitBegin:
      case EventKind::WaitEnd:
        wait(e, e.kind == EventKind::WaitBegin);
        break;
      case EventKind::Kick:
        // The AP begins anew: what an earlier boot has left over is gone.
        cpus_[e.cpu].done_up = cpus_[e.cpu].done_down = 0;
        cpus_[e.cpu].kicked = true;
        cpus_[e.cpu].released = false;
        break;
      case EventKind::Release:
        cpus_[e.cpu].released = true;
        break;
      case EventKind::MaskSet:
        if (e.name == online_) came_online(e);
        break;
      case EventKind::Sync:
        moved(e);
        break;
      case EventKind::Rest:
        rest(e);
        break;
      case EventKind::Injected:
        for (const NameId kind : explain_) explained_ = explained_ || (kind != 0 && e.name == kind);
        killed_ = killed_ || (panic_ != 0 && e.name == panic_);
        break;
      case EventKind::Hang:
        if (hang_ == nullptr) hang_ = &e;
        break;
      case EventKind::Panic:
        if (!killed_)
          find("panic", "facts.md 3.6", e, name(e.name), "the kernel died: " + name(e.name));
        break;
      default:
        break;
    }
  }

  void count(const Event& e, int by) {
    if (e.name == done_up_) cpus_[e.cpu].done_up += by;
    if (e.name == done_down_) cpus_[e.cpu].done_down += by;
  }

  void wait(const Event& e, bool begins) {
    if (!begins && e.ret == 0) count(e, -1);
    Cpu& c = cpus_[e.cpu];
    const bool alive = e.name == alive_ && alive_ != 0;
    if (!alive && (e.name != dead_ || dead_ == 0)) return;
    Ns& since = alive ? c.alive_since : c.dead_since;
    if (begins) {
      since = e.time;
    } else if (since >= Ns{} && e.time - since > kLongest) {
      find("I23", "facts.md 5, I23", e, name(e.name),
           "the wait for " + cpu_text(e.cpu) + (alive ? "'s sign of life" : "'s last word") +
               " took longer than 10 s");
    }
  }

  void came_online(const Event& e) {
    const Cpu& c = cpus_[e.cpu];
    const bool handshake = judged_.rules.core_sync == CoreSync::Full || judged_.rules.bringup_spins;
    if (handshake && c.kicked && !c.released)
      find("I23", "facts.md 5, I23", e, "online",
           cpu_text(e.cpu) + " comes online, and nobody has released it");
  }

  void moved(const Event& e) {
    Cpu& c = cpus_[e.cpu];
    const auto to = static_cast<SyncState>(e.value);
    const SyncState from = std::exchange(c.sync, to);
    if (judged_.rules.core_sync != CoreSync::Full) return;
    const bool by_ap = e.on == e.cpu;
    bool right = false;
    switch (to) {
      case SyncState::Kicked:
        right = !by_ap &&
                (from == SyncState::Dead || from == SyncState::Kicked || from == SyncState::Alive);
        break;
      case SyncState::Alive:
        right = by_ap;
        break;
      case SyncState::ShouldOnline:
        right = !by_ap && from == SyncState::Alive;
        break;
      case SyncState::Online:
        right = by_ap && from == SyncState::ShouldOnline;
        break;
      case SyncState::ShouldDie:
        right = !by_ap && from == SyncState::Online;
        break;
      case SyncState::Dead:
        // The asynchronous design's worker declares an AP dead that it has given up.
        right = by_ap ? from == SyncState::Online || from == SyncState::ShouldDie
                      : judged_.async && from == SyncState::Kicked;
        break;
    }
    if (right) return;
    const std::string to_name(kSyncNames[static_cast<std::size_t>(to)]);
    find("I24", "facts.md 5, I24 and 3.8", e, to_name,
         "the sync state of " + cpu_text(e.cpu) + " goes from " +
             std::string(kSyncNames[static_cast<std::size_t>(from)]) + " to " + to_name +
             ", set by " + (by_ap ? "the CPU itself" : cpu_text(e.on)));
  }

  void rest(const Event& e) {
    Cpu& c = cpus_[e.cpu];
    const bool up_counts = !judged_.notifier;  // its AP tells nobody who waits
    const auto left = [&](int count, const char* which) {
      if (count == 0) return;
      find("I21", "facts.md 5, I21", e, which,
           std::string(which) + " of " + cpu_text(e.cpu) + " was completed " +
               (count > 0 ? "once too often" : "too seldom"));
    };
    if (up_counts) left(c.done_up, "done_up");
    left(c.done_down, "done_down");
    c.done_up = c.done_down = 0;
  }

  NameId done_up_, done_down_, alive_, dead_, online_, panic_;
  std::array<NameId, kExplain.size()> explain_{};
  PerCpu<Cpu> cpus_;
  bool explained_ = false, killed_ = false;
  const Event* hang_ = nullptr;
};

}  // namespace

std::vector<Finding> check_sync(const EventStream& stream, const Judged& judged) {
  return Sync(stream, judged).run();
}

}  // namespace cpuhp

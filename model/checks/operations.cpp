#include "model/checks/operations.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "model/checks/watch.hpp"

namespace cpuhp {
namespace {

constexpr const char* kBack = "facts.md 5, I11 and I12";

class Operations : Watch {
 public:
  Operations(const EventStream& stream, const Judged& judged)
      : Watch(stream, judged),
        online_(id_of("online")),
        active_(id_of("active")),
        cpuhp_(id_of("cpuhp")),
        smpboot_(id_of("smpboot")),
        fail_(id_of("fail")),
        kick_work_(id_of("cpuhp_kick_ap_work")),
        boot_(id_of("boot")),
        up_(id_of("up")),
        down_(id_of("down")),
        write_(id_of("write")),
        suspend_(id_of("suspend")),
        resume_(id_of("resume")) {
    for (const State& s : table().all()) {
      const bool core = s.id == at().bringup || s.id == at().teardown || s.id == at().kick_ap;
      if (!core && !s.startup.empty() && !s.teardown.empty() && !s.multi) both_.push_back(s.id);
    }
    gone_.resize(table().all().size());
    Cpu& boot = cpus_[judged.boot_cpu];
    boot.now = boot.before = {.state = at().online, .hotplug = true, .others = true};
    started_from(boot, at().online);
  }

  std::vector<Finding> run() {
    for (const Event& e : stream_.events) see(e);
    return std::move(found_);
  }

 private:
  /// What has to be as it was.
  struct Shape {
    StateId state = 0;
    bool online = false, active = false;
    bool hotplug = false, others = false;  ///< unparked
    bool operator==(const Shape&) const = default;
  };
  struct Cpu {
    Shape now, before;          ///< before: at its last rest
    std::vector<bool> started;  ///< by place in both_
    int first_error = 0, errors = 0;
    StateId first_error_at = -1;
    bool broken = false;    ///< a callback failed that must not: nothing is promised any more
    bool overshot = false;  ///< a target within STARTING was passed by
    int armed = -1;
  };

  void see(const Event& e) {
    switch (e.kind) {
      case EventKind::OpBegin:
        begin(e);
        break;
      case EventKind::OpEnd:
        end(e);
        break;
      case EventKind::Rest:
        rest(e);
        break;
      case EventKind::MaskSet:
      case EventKind::MaskClear:
        mask(e, e.kind == EventKind::MaskSet);
        break;
      case EventKind::Park:
      case EventKind::Unpark:
        if (e.name == cpuhp_) cpus_[e.cpu].now.hotplug = e.kind == EventKind::Unpark;
        if (e.name == smpboot_) cpus_[e.cpu].now.others = e.kind == EventKind::Unpark;
        break;
      case EventKind::Enter:
      case EventKind::MultiEnter:
        open_.of(e).push_back(&e);
        break;
      case EventKind::Move:
        open_.move(e);
        break;
      case EventKind::Exit:
        exit(e);
        break;
      case EventKind::Injected:
        injected(e);
        break;
      case EventKind::Arm:
        arm(e);
        break;
      case EventKind::Disabled:
        disabled(e);
        break;
      case EventKind::Register:
      case EventKind::Unregister:
        if (table().valid(e.step))
          gone_[static_cast<std::size_t>(e.step)] = true;  // as the table has it
        break;
      case EventKind::Kick:
        ++kicks_;
        break;
      case EventKind::BootDone:
        booted(e);
        break;
      default:
        break;
    }
  }

  // ---------------------------------------------------------------------------- operations

  void begin(const Event& e) {
    if (running_++ > 0) overlapped_ = true;
    if (running_ == 1) {
      overlapped_ = false;
      op_ = e;
      // What a registration's callbacks gave back is none of the walks'.
      for (const CpuId cpu : failed_) cpus_[cpu].first_error = cpus_[cpu].errors = 0;
      failed_.clear();
      disabled_before_ = disabled_;
    }
    if (e.name == suspend_) suspending_ = true;
    if (e.name == boot_) {
      kicks_ = 0;
      online_at_boot_ = online_count_;
      boot_failed_ = false;
    }
  }

  void end(const Event& e) {
    if (e.name == suspend_) suspending_ = false;
    if (--running_ > 0 || overlapped_) return;
    op_.ret = e.ret;
    const int by = disabled_ - disabled_before_;
    if (e.name == suspend_ && by != 1)
      find("I34", "facts.md 5, I34", e, "disabled",
           "a suspend changes the count of who disabled hotplug by " + std::to_string(by));
    if (e.name == resume_ && by > 0)
      find("I34", "facts.md 5, I34", e, "disabled", "a resume leaves hotplug disabled once more");
    if (e.name == resume_) frozen_.clear();
  }

  bool plugs() const { return op_.name == up_ || op_.name == down_ || op_.name == write_; }

  void rest(const Event& e) {
    Cpu& c = cpus_[e.cpu];
    c.now.state = e.step;
    // In a series some CPUs have moved for good before one failed.
    const bool single = plugs() && !overlapped_ && alone(e);
    const bool promised = !c.broken && !overlapped_;
    // Up to 5.12 a state without a callback uses it up, without a word.
    const bool used_up = judged_.rules.empty_states_called && e.ret == -1;
    if (e.ret != c.armed && !used_up)
      find("I30", "facts.md 5, I30", e, "fail",
           "fail of " + cpu_text(e.cpu) + " reads " + std::to_string(e.ret) + ", and " +
               std::to_string(c.armed) + " is armed");
    c.armed = e.ret;
    if (promised && single && op_.ret < 0) failed(e, c);
    if (promised && single && op_.ret >= 0) succeeded(e, c);
    if (promised && single) first_error(e, c);
    if (!c.broken && !judged_.notifier) consistent(e, c);
    if (c.broken) started_from(c, e.step);
    c.before = c.now;
    c.first_error = c.errors = 0;
    c.broken = false;
  }

  /// Is the operation about this CPU only? Its Rest events stand one behind the other.
  bool alone(const Event& e) const {
    const std::size_t i = static_cast<std::size_t>(&e - stream_.events.data());
    const auto is_rest = [&](std::size_t at) {
      return at < stream_.events.size() && stream_.events[at].kind == EventKind::Rest;
    };
    return !is_rest(i + 1) && !(i > 0 && is_rest(i - 1));
  }

  void failed(const Event& e, const Cpu& c) {
    const bool was_up = c.before.state > e.step || c.before.online;
    const char* const invariant = was_up ? "I12" : "I11";
    if (c.now == c.before) return;
    const std::string where = "after an operation that failed " + cpu_text(e.cpu);
    if (c.now.state != c.before.state)
      find(invariant, kBack, e, "state",
           where + " is at " + state_name(c.now.state) + ", and was at " +
               state_name(c.before.state));
    else if (c.now.online != c.before.online || c.now.active != c.before.active)
      find(invariant, kBack, e, "masks",
           where + (c.now.online != c.before.online ? " is online" : " is active") +
               (c.before.online != c.now.online ? (c.now.online ? "" : " no more")
                                                : (c.now.active ? "" : " no more")) +
               ": it was not so before");
    else
      find(invariant, kBack, e, "threads", where + " has other threads parked than before");
  }

  void succeeded(const Event& e, Cpu& c) {
    const bool armed_only = c.now == c.before;
    if (armed_only) return;
    const StateId target = e.value;
    c.overshot = e.step == at().ap_online_idle && target < e.step && target >= at().idle_dead;
    const bool boot_cpu = e.cpu == judged_.boot_cpu && !judged_.rules.boot_cpu_target_online;
    if (e.step != target && !c.overshot && !boot_cpu)
      find("I28", "facts.md 5, I28", e, state_name(e.step),
           cpu_text(e.cpu) + " rests at " + state_name(e.step) + ", and its target is " +
               state_name(target));
    const State& s = table().at(e.step);
    const bool end = e.step == at().offline || e.step == at().online;
    if (!end && !c.overshot && e.step != at().ap_online_idle && s.cant_stop)
      find("I28", "facts.md 5, I28", e, state_name(e.step),
           cpu_text(e.cpu) + " rests at " + state_name(e.step) + ", where none may");
  }

  void first_error(const Event& e, const Cpu& c) {
    if (c.first_error == 0 || op_.ret == c.first_error || judged_.notifier) return;
    if (c.first_error == -EBUSY && judged_.rules.online_retried) return;
    find("I13", "facts.md 5, I13", e, state_name(c.first_error_at),
         "the first error was " + std::to_string(c.first_error) + " (" +
             state_name(c.first_error_at) + "), and the caller got " + std::to_string(op_.ret));
  }

  // ---------------------------------------------------------------------------- states

  void started_from(Cpu& c, StateId state) {
    c.started.assign(both_.size(), false);
    for (std::size_t i = 0; i < both_.size(); ++i) c.started[i] = both_[i] <= state;
  }

  void exit(const Event& e) {
    Cpu& c = cpus_[e.cpu];
    if (c.started.empty()) c.started.assign(both_.size(), false);
    const Event* const enter = matching(e);
    // The bracket of a walk bears the number of the state where the CPU was.
    if (enter != nullptr && enter->name == kick_work_) return;
    const bool bracket = e.step == at().bringup || e.step == at().teardown;
    const Direction way = direction(enter, e);
    if (e.ret < 0) {
      if (running_ > 0) boot_failed_ = true;
      failed_.push_back(e.cpu);
      const bool must_not =
          table().is_atomic(e.step) || (way == Direction::Down && e.step <= at().bringup);
      if (!bracket && must_not) c.broken = true;
      // A second one is in the rollback. What cpu:bringup returns may be its thread's error.
      if (e.step == at().bringup && bracket) {
        c.errors = std::max(c.errors, 1);
      } else if (c.errors++ > 0) {
        c.broken = true;
      }
      if (c.first_error == 0 && !must_not) {
        c.first_error = e.ret;
        c.first_error_at = e.step;
      }
      return;
    }
    const auto place = std::lower_bound(both_.begin(), both_.end(), e.step);
    if (place == both_.end() || *place != e.step) return;
    c.started[static_cast<std::size_t>(place - both_.begin())] = way == Direction::Up;
  }

  enum class Direction { Up, Down };
  /// By the symbol that was entered.
  Direction direction(const Event* enter, const Event& exit) const {
    if (enter == nullptr || !table().valid(exit.step)) return Direction::Up;
    const State& s = table().at(exit.step);
    if (s.startup == s.teardown) return walks_down(*enter) ? Direction::Down : Direction::Up;
    return name(enter->name) == s.startup ? Direction::Up : Direction::Down;
  }

  /// The enter of the same executor.
  const Event* matching(const Event& exit) {
    std::vector<const Event*>& open = open_.of(exit);
    while (!open.empty()) {
      const Event* const enter = open.back();
      open.pop_back();
      if (enter->cpu == exit.cpu && enter->step == exit.step) return enter;
    }
    return nullptr;
  }

  /// At rest exactly the states up to the CPU's own are started.
  void consistent(const Event& e, Cpu& c) {
    if (c.started.empty()) c.started.assign(both_.size(), false);
    for (std::size_t i = 0; i < both_.size(); ++i) {
      const StateId s = both_[i];
      if (gone_[static_cast<std::size_t>(s)] || c.started[i] == (s <= e.step)) continue;
      if (c.overshot && table().is_atomic(s)) continue;
      const char* const invariant = op_.ret >= 0 ? "I8" : e.step > at().bringup ? "I12" : "I11";
      find(invariant, "facts.md 5, I8, I11, I12", e, state_name(s),
           state_name(s) + " is " + (c.started[i] ? "started" : "not started") + " on " +
               cpu_text(e.cpu) + ", which rests at " + state_name(e.step));
      c.started[i] = s <= e.step;  // told once
    }
  }

  // ---------------------------------------------------------------------------- the rest

  void mask(const Event& e, bool on) {
    Shape& now = cpus_[e.cpu].now;
    if (e.name == active_) now.active = on;
    if (e.name == online_) online_changes(e, now, on);
    if (e.cpu == judged_.boot_cpu && stream_.events.front().time == e.time)
      cpus_[e.cpu].before = now;
  }

  void online_changes(const Event& e, Shape& now, bool on) {
    now.online = on;
    online_count_ += on ? 1 : -1;
    if (suspending_ && !on) frozen_.push_back(e.cpu);
    if (op_.name == resume_ && running_ == 1 && !overlapped_ && on &&
        std::find(frozen_.begin(), frozen_.end(), e.cpu) == frozen_.end())
      find("I34", "facts.md 5, I34", e, "frozen",
           cpu_text(e.cpu) + " comes up with a resume, and the suspend did not take it down");
  }

  void injected(const Event& e) {
    boot_failed_ = true;
    Cpu& c = cpus_[e.cpu];
    if (e.name != fail_ || fail_ == 0) return;
    if (e.step != c.armed)
      find("I30", "facts.md 5, I30", e, "fail",
           "a fault strikes at " + state_name(e.step) + " of " + cpu_text(e.cpu) + ", and " +
               (c.armed < 0 ? std::string("none") : state_name(static_cast<StateId>(c.armed))) +
               " was armed");
    c.armed = -1;
    // Up to 5.12 `fail` takes states that can't be rolled back from, and they are not (B16).
    if (!judged_.rules.fail_limits && e.step <= at().bringup && c.before.online) c.broken = true;
    if (c.first_error == 0) {
      c.first_error = e.ret;
      c.first_error_at = e.step;
    }
    failed_.push_back(e.cpu);
    ++c.errors;
  }

  void arm(const Event& e) {
    cpus_[e.cpu].armed = e.step;
    if (e.step != -1 && !table().valid(e.step))
      find("I30", "facts.md 5, I30; 33d4a5a7a5b4", e, "fail",
           "fail of " + cpu_text(e.cpu) + " takes " + std::to_string(e.step) +
               ", which is no state");
  }

  void disabled(const Event& e) {
    disabled_ = e.ret;
    if (e.ret < 0)
      find("I34", "facts.md 5, I34", e, "disabled", "hotplug is enabled more often than disabled");
  }

  void booted(const Event& e) {
    if (boot_failed_ || judged_.present.empty() || overlapped_) return;
    const CpuId limit = std::max<CpuId>(1, judged_.max_cpus);
    const auto wanted = static_cast<int>(std::min(limit, judged_.present.weight()));
    const int started = kicks_ + online_at_boot_;
    if (started == wanted) return;
    find("boot", "facts.md 3.9", e, "maxcpus",
         "the boot has started " + std::to_string(started) + " CPUs, and should have started " +
             std::to_string(wanted));
  }

  NameId online_, active_, cpuhp_, smpboot_, fail_, kick_work_, boot_, up_, down_, write_, suspend_,
      resume_;
  std::vector<StateId> both_;  ///< with startup and teardown, without the core's own
  std::vector<bool> gone_;     ///< registered or removed at run time: not judged by the table
  PerCpu<Cpu> cpus_;
  OpenEnters open_;
  std::vector<CpuId> frozen_, failed_;
  Event op_{};
  int running_ = 0;
  bool overlapped_ = false;
  int disabled_ = 0, disabled_before_ = 0;
  int online_count_ = 0, online_at_boot_ = 0;
  int kicks_ = 0;
  bool boot_failed_ = false;
  bool suspending_ = false;
};

}  // namespace

std::vector<Finding> check_operations(const EventStream& stream, const Judged& judged) {
  return Operations(stream, judged).run();
}

}  // namespace cpuhp

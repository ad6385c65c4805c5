#include "model/checks/watch/operations.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>

namespace cpuhp {
namespace {

constexpr const char* kBack = "docs/kernel.md 7, I11 and I12";

/// Returns word `word` of a bit set that contains all states up to `state`, with 64 states a word.
std::uint64_t up_to(StateId state, std::size_t word) {
  const int last = state - static_cast<int>(word) * 64;
  if (last < 0) return 0;
  return last >= 63 ? ~std::uint64_t{0} : (std::uint64_t{2} << last) - 1;
}

}  // namespace

OperationWatch::OperationWatch(const Scene& scene)
    : Watch(scene),
      paired_(scene.known->paired),
      started_(table().max(), scene.cpus()),
      cpus_(scene.cpus()) {
  Cpu& boot = cpus_[judged().boot_cpu];
  boot.now = boot.before = {.state = at().online, .hotplug = true, .others = true};
  started_from(judged().boot_cpu, at().online);
}

// ---------------------------------------------------------------------------- operations

void OperationWatch::see(On<EventKind::OpBegin>, const Event& e) {
  if (scene().running() > 0) overlapped_ = true;
  if (scene().running() == 0) {
    overlapped_ = false;
    op_ = e;
    series_ = e.name == names().write && e.ret != 0;
    own_error_ = e.ret == kOwnError && e.step < 0;
    // Errors of a registration's callbacks do not concern the operations that follow.
    for (const CpuId cpu : failed_) cpus_[cpu].first_error = cpus_[cpu].errors = 0;
    failed_.clear();
    disabled_before_ = disabled_;
  }
  if (e.name == names().suspend) suspending_ = true;
  if (e.name == names().boot) {
    kicks_ = 0;
    online_at_boot_ = online_count_;
    boot_failed_ = false;
  }
}

void OperationWatch::see(On<EventKind::OpEnd>, const Event& e) {
  if (e.name == names().suspend) suspending_ = false;
  if (scene().running() > 1 || overlapped_) return;
  op_.ret = e.ret;
  const int by = disabled_ - disabled_before_;
  if (e.name == names().suspend && by != 1)
    find("I34", "docs/kernel.md 7, I34", e, "disabled",
         "a suspend must add 1 to cpu_hotplug_disabled, but the count changes by " +
             std::to_string(by));
  if (e.name == names().resume && by > 0)
    find("I34", "docs/kernel.md 7, I34", e, "disabled",
         "a resume leaves cpu_hotplug_disabled higher than it was before the suspend");
  if (e.name == names().resume) frozen_.clear();
}

bool OperationWatch::plugs() const {
  return op_.name == names().up || op_.name == names().down || op_.name == names().write;
}

void OperationWatch::see(On<EventKind::Rest>, const Event& e) {
  Cpu& c = cpus_[e.cpu];
  c.now.state = e.step;
  const bool promised = !c.broken && !overlapped_ && plugs();
  const bool single = promised && alone(e);
  // When one operation moves several CPUs, those before the failing CPU keep their new states.
  const bool moved = series_ && e.step == e.value && c.errors == 0;
  // Up to 5.12 even a state without a callback clears hotplug/fail, and no event shows this.
  const bool used_up = judged().rules.empty_states_called && e.ret == -1;
  const int armed = c.fail.armed();
  // The value that was read may come from a write at the same time that is later in the stream. So
  // it counts as written, too.
  if (scene().running() > 0)
    c.fail.arm(e.ret, e.time);
  else if (!c.fail.reads(e.ret) && !used_up)
    find("I30", "docs/kernel.md 7, I30", e, "fail",
         "the `fail` file of " + cpu_text(e.cpu) + " reads " + std::to_string(e.ret) + ", but " +
             std::to_string(armed) + " is armed");
  if ((single || (promised && series_)) && op_.ret < 0 && !moved) failed(e, c);
  if (single && op_.ret >= 0) succeeded(e, c);
  if (single) first_error(e, c);
  if (!c.broken && !judged().notifier) consistent(e, c);
  if (c.broken) started_from(e.cpu, e.step);
  c.before = c.now;
  c.first_error = c.errors = 0;
  c.was_broken = c.broken;
  c.broken = false;
}

/// True when the operation is about this CPU only. This is so when the stream has no other Rest
/// event right before or after `e`.
bool OperationWatch::alone(const Event& e) const {
  const std::vector<Event>& part =
      scene().parts.latest().events;  // Rests of one date are in one part
  const std::size_t i = static_cast<std::size_t>(&e - part.data());
  const auto is_rest = [&](std::size_t at) {
    return at < part.size() && part[at].kind == EventKind::Rest;
  };
  return !is_rest(i + 1) && !(i > 0 && is_rest(i - 1));
}

void OperationWatch::failed(const Event& e, const Cpu& c) {
  const bool was_up = c.before.state > e.step || c.before.online;
  const char* const invariant = was_up ? "I12" : "I11";
  if (c.now == c.before) return;
  const std::string where = "after a failed operation " + cpu_text(e.cpu);
  if (c.now.state != c.before.state)
    find(invariant, kBack, e, "state",
         where + " is at " + state_name(c.now.state) + ", but before the operation it was at " +
             state_name(c.before.state));
  else if (c.now.run_queue != c.before.run_queue)
    find(invariant, "docs/kernel.md 7, I11 and I12; fe7a11c78d2a", e, "run queues",
         where + " has its run queue " + (c.now.run_queue ? "online" : "offline") +
             ", unlike before the operation");
  else if (c.now.online != c.before.online || c.now.active != c.before.active)
    find(invariant, kBack, e, "masks",
         where + (c.now.online != c.before.online ? " has its online bit" : " has its active bit") +
             (c.before.online != c.now.online ? (c.now.online ? " set" : " cleared")
                                              : (c.now.active ? " set" : " cleared")) +
             ", unlike before the operation");
  else if (!c.was_broken)
    find(invariant, kBack, e, "threads",
         where + " does not have the same threads parked as before the operation");
}

void OperationWatch::succeeded(const Event& e, Cpu& c) {
  const bool armed_only = c.now == c.before;
  if (armed_only) return;
  const StateId target = e.value;
  c.overshot = e.step == at().ap_online_idle && target < e.step && target >= at().idle_dead;
  const bool boot_cpu = e.cpu == judged().boot_cpu && !judged().rules.boot_cpu_target_online;
  if (e.step != target && !c.overshot && !boot_cpu)
    find("I28", "docs/kernel.md 7, I28", e, state_name(e.step),
         cpu_text(e.cpu) + " rests at " + state_name(e.step) + ", but its target is " +
             state_name(target));
  const State& s = table().at(e.step);
  const bool end = e.step == at().offline || e.step == at().online;
  if (!end && !c.overshot && e.step != at().ap_online_idle && s.cant_stop)
    find("I28", "docs/kernel.md 7, I28", e, state_name(e.step),
         cpu_text(e.cpu) + " rests at " + state_name(e.step) + ", where no CPU may rest");
}

void OperationWatch::first_error(const Event& e, const Cpu& c) {
  if (c.first_error == 0 || op_.ret == c.first_error || judged().notifier) return;
  if (own_error_ && op_.ret < 0) return;
  if (c.first_error == -EBUSY && judged().rules.online_retried) return;
  const State& failed = table().at(c.first_error_at);
  const bool lost = judged().rules.instance_error_lost && op_.ret == 0 && failed.multi &&
                    table().section(failed.id) == Section::Prepare;
  find(
      "I13",
      lost ? "docs/kernel.md 7, I13; kernels do so: docs/history.md, B22" : "docs/kernel.md 7, I13",
      e, state_name(c.first_error_at),
      "the first error was " + std::to_string(c.first_error) + " (" + state_name(c.first_error_at) +
          "), but the caller got " + std::to_string(op_.ret));
}

// ---------------------------------------------------------------------------- states

void OperationWatch::started_from(CpuId cpu, StateId state) {
  std::uint64_t* const started = started_[cpu];
  for (std::size_t w = 0; w < started_.words(); ++w) started[w] = up_to(state, w);
}

void OperationWatch::failed_callback(const Event& exit, const Event* enter) {
  // The kernel ignores errors of ONLINE notifiers in CPU_ONLINE, because the bring-up has succeeded
  // already (docs/kernel.md 2.2).
  const bool told =
      judged().notifier && is_startup(enter, exit) && table().section(exit.step) == Section::Online;
  if (told) return;
  Cpu& c = cpus_[exit.cpu];
  if (scene().running() > 0) boot_failed_ = true;
  failed_.push_back(exit.cpu);
  const bool must_not =
      table().is_atomic(exit.step) || (!is_startup(enter, exit) && exit.step <= at().bringup);
  if (must_not && exit.step != at().bringup && exit.step != at().teardown) c.broken = true;
  // A second error comes from the rollback. But an error of cpu:bringup may only pass on an error
  // of the CPU's thread, which was counted before.
  if (exit.step == at().bringup) {
    c.errors = std::max(c.errors, 1);
  } else if (c.errors++ > 0) {
    c.broken = true;
  }
  if (c.first_error == 0 && !must_not) {
    c.first_error = exit.ret;
    c.first_error_at = exit.step;
  }
}

/// Checks which states are started on a CPU that no operation moves: exactly those up to its state.
void OperationWatch::consistent(const Event& e, const Cpu& c) {
  std::uint64_t* const started = started_[e.cpu];
  for (std::size_t w = 0; w < started_.words(); ++w)
    for (std::uint64_t wrong = (started[w] ^ up_to(e.step, w)) & paired_[w]; wrong != 0;
         wrong &= wrong - 1) {
      const auto state =
          static_cast<StateId>(w * 64 + static_cast<unsigned>(std::countr_zero(wrong)));
      if (c.overshot && table().is_atomic(state)) continue;
      // A rollback skips a state with skip_onerr: v4.6's bringup_cpu() and takedown_cpu() call the
      // notifiers behind that state themselves (CPU_UP_CANCELED, CPU_DOWN_FAILED).
      const bool left_out = table().at(state).skip_onerr && c.errors > 0;
      if (!left_out) find_started(e, state, state > e.step);
      started_.assign(e.cpu, state, state <= e.step);  // each wrong state gets one finding only
    }
}

void OperationWatch::find_started(const Event& e, StateId state, bool started) {
  const char* const invariant = op_.ret >= 0 ? "I8" : e.step > at().bringup ? "I12" : "I11";
  find(invariant, "docs/kernel.md 7, I8, I11, I12", e, state_name(state),
       state_name(state) + " is " + (started ? "started" : "not started") + " on " +
           cpu_text(e.cpu) + ", although that CPU rests at " + state_name(e.step));
}

void OperationWatch::see(OnRegister, const Event& e) {
  if (table().valid(e.step))
    paired_[static_cast<std::size_t>(e.step) / 64] &= ~(std::uint64_t{1} << (e.step % 64));
}

// ---------------------------------------------------------------------------- other events

void OperationWatch::see(OnThread, const Event& e) {
  Shape& now = cpus_[e.cpu].now;
  if (e.name == names().cpuhp) now.hotplug = e.kind == EventKind::Unpark;
  if (e.name == names().smpboot) now.others = e.kind == EventKind::Unpark;
}

void OperationWatch::see(OnMask, const Event& e) {
  const bool on = e.kind == EventKind::MaskSet;
  Shape& now = cpus_[e.cpu].now;
  if (e.name == names().active) now.active = on;
  if (e.name == names().run_queues && e.name != 0) now.run_queue = on;
  if (e.name == names().online) {
    now.online = on;
    online_changes(e, on);
  }
  if (e.cpu == judged().boot_cpu && scene().parts.begin() == e.time) cpus_[e.cpu].before = now;
}

void OperationWatch::online_changes(const Event& e, bool on) {
  online_count_ += on ? 1 : -1;
  if (suspending_ && !on) frozen_.push_back(e.cpu);
  if (op_.name == names().resume && scene().running() == 1 && !overlapped_ && on &&
      std::find(frozen_.begin(), frozen_.end(), e.cpu) == frozen_.end())
    find("I34", "docs/kernel.md 7, I34", e, "frozen",
         cpu_text(e.cpu) + " is brought up by a resume, although the suspend did not take it down");
}

void OperationWatch::see(On<EventKind::Injected>, const Event& e) {
  boot_failed_ = true;
  Cpu& c = cpus_[e.cpu];
  if (e.name != names().fail || names().fail == 0) return;
  const int armed = c.fail.armed();
  if (!c.fail.strikes(e.step, e.time))
    find("I30", "docs/kernel.md 7, I30", e, "fail",
         "a fault was injected at " + state_name(e.step) + " of " + cpu_text(e.cpu) + ", but " +
             (armed < 0 ? std::string("no state") : state_name(static_cast<StateId>(armed))) +
             " was armed");
  // Up to 5.12 hotplug/fail accepts states from which no rollback is possible (docs/kernel.md 8.1,
  // B16). After such a fault the kernel promises nothing.
  if (!judged().rules.fail_limits && e.step <= at().bringup && c.before.online) c.broken = true;
  if (c.first_error == 0) {
    c.first_error = e.ret;
    c.first_error_at = e.step;
  }
  failed_.push_back(e.cpu);
  ++c.errors;
}

void OperationWatch::see(On<EventKind::Arm>, const Event& e) {
  cpus_[e.cpu].fail.arm(e.step, e.time);
  if (e.step != -1 && !table().valid(e.step))
    find("I30", "docs/kernel.md 7, I30; 33d4a5a7a5b4", e, "fail",
         "the `fail` file of " + cpu_text(e.cpu) + " accepts " + std::to_string(e.step) +
             ", which is not a valid state");
}

void OperationWatch::see(On<EventKind::Disabled>, const Event& e) {
  disabled_ = e.ret;
  if (e.ret < 0)
    find("I34", "docs/kernel.md 7, I34", e, "disabled",
         "CPU hotplug was enabled more often than disabled: cpu_hotplug_disabled is negative");
}

void OperationWatch::see(On<EventKind::BootDone>, const Event& e) {
  if (boot_failed_ || judged().present.empty() || overlapped_) return;
  const CpuId limit = std::max<CpuId>(1, judged().max_cpus);
  const auto wanted = static_cast<int>(std::min(limit, judged().present.weight() + came_));
  const int started = kicks_ + online_at_boot_;
  if (started == wanted) return;
  find("boot", "docs/kernel.md 5.2", e, "maxcpus",
       "the boot has started " + std::to_string(started) + " CPUs, but should have started " +
           std::to_string(wanted));
}

}  // namespace cpuhp

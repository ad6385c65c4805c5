#include "model/rcu.hpp"

#include <algorithm>

#include "model/core.hpp"

namespace cpuhp {
namespace {

constexpr Ns kSecond = 1'000'000'000_ns;

/// Returns the length of the normal grace period of that number: from its begin until RCU looks for
/// CPUs that are idle, and between two such looks. At least 1 ns, so that one comes after the other.
Ns length_of(const Core& core, std::uint64_t number) {
  const DrawKey key{.seed = core.config.seed,
                    .stream = kGracePeriodStream,
                    .state = static_cast<std::int32_t>(Phase::RcuSync),
                    .occurrence = static_cast<std::uint32_t>(number)};
  if (core.costs.grace_periods_by_law)
    return core.jittered(grace_period_length(core.config.rcu.hz, core.config.topology.nr_cpus()),
                         key);
  Ns sum{};
  for (const CostPart& part : core.costs.phase(Phase::RcuSync).parts)
    sum += part.work.draw(key) + part.wait.draw(key);
  return std::max(core.jittered(sum, key), 1_ns);
}

/// True when the profile says that normal grace periods take no time. It then has their time in the
/// callbacks that wait for them.
bool take_no_time(const Core& core) {
  return !core.costs.grace_periods_by_law && core.costs.phase(Phase::RcuSync).parts.empty();
}

/// True where the kernel asks for expedited grace periods: throughout boot and suspend, and at run
/// time where the scenario has it so.
bool expedited(const Core& core) {
  switch (core.system_state) {
    case SystemState::Booting:
      return true;
    case SystemState::Suspend:
      return core.suspend_expedites;
    case SystemState::Running:
      break;
  }
  return core.config.rcu.policy == RcuPolicy::Expedited;
}

/// Returns the first tick of the timer after `date`.
Ns next_tick(const Core& core, Ns date) {
  const std::int64_t jiffy = kSecond.v / core.config.rcu.hz;
  return Ns{(date.v / jiffy + 1) * jiffy};
}

}  // namespace

Ns grace_period_length(std::uint32_t hz, CpuId possible_cpus) {
  const std::int64_t jiffies = 1 + (hz > 250 ? 1 : 0) + (hz > 500 ? 1 : 0) + possible_cpus / 256;
  return Ns{jiffies * (kSecond.v / hz)};
}

void Rcu::start(const Core& core, Ns at) {
  running_ = true;
  begun_ = at;
  length_ = length_of(core, number_);
  ends_ = at + length_;
  next_wanted_ = false;
  wanted_from_ = kNever;
  blockers_ = 0;
  if (!core.config.rcu.ignores_readers)
    blockers_ = static_cast<std::uint32_t>(
        std::ranges::count_if(readers_, [at](Ns begun) { return begun <= at; }));
  if (callback_queued_ > at) return;
  callback_queued_ = kNever;
  callback_at_ = number_ + 1;
}

/// kernel: rcu_sync_func(), which runs as a callback once the grace period is over.
void Rcu::end(const Core& core) {
  running_ = false;
  if (++number_ != callback_at_) return;
  callback_at_ = 0;
  if (sync_.writers > 0)
    sync_.state = RcuSync::State::Passed;
  else if (sync_.state == RcuSync::State::Exit)
    sync_.state = RcuSync::State::Idle;
  else
    queue_callback(core, ends_);
}

/// kernel: call_rcu(). The callback goes with the next grace period that begins. If none does before,
/// RCU finds it at the next tick, and begins one for it.
void Rcu::queue_callback(const Core& core, Ns at) {
  sync_.state = RcuSync::State::Exit;
  callback_queued_ = at;
  wanted_from_ = next_tick(core, at);
}

/// Comes to the present: ends the grace periods that are over, and begins those that are wanted.
void Rcu::advance(const Core& core) {
  const bool busy = core.config.rcu.busy;
  while (true) {
    if (busy) skip_idle_ones(core);
    if (!running_) {
      const Ns from = busy ? ends_ : wanted_from_;
      if (from > core.rt.now()) return;
      start(core, from);
    }
    if (blockers_ > 0 || ends_ > core.rt.now()) return;
    end(core);
    if (next_wanted_ || wanted_from_ <= ends_) start(core, ends_);
  }
}

/// Where grace periods follow one another, passes over those that nobody waits for.
void Rcu::skip_idle_ones(const Core& core) {
  const bool known =
      waiting_ > 0 || callback_at_ > 0 || callback_queued_ < kNever || !readers_.empty();
  if (known || ends_ > core.rt.now()) return;
  running_ = false;
  const std::int64_t length = length_of(core, number_).v;
  ends_ = Ns{core.rt.now().v / length * length};
}

/// Sleeps until `date`. Where that is over, a reader holds things up: sleeps until one has left.
void Rcu::wait(Core& core, CpuId cpu, Ns date) {
  if (date > core.rt.now()) {
    core.rt.sleep(date - core.rt.now());
  } else {
    Completion reader_gone(core.name("rcu"), cpu);
    held_up_.push_back(&reader_gone);
    reader_gone.wait(core, WaitMode::Asleep);
    std::erase(held_up_, &reader_gone);
  }
  core.rt.arrive(writes(Object::Rcu));
  advance(core);
}

void Rcu::wait_for_normal(Core& core, CpuId cpu) {
  const std::uint64_t wanted = number_ + (running_ ? 2 : 1);
  if (running_)
    next_wanted_ = true;
  else
    start(core, core.rt.now());
  ++waiting_;
  while (number_ < wanted) wait(core, cpu, ends_);
  --waiting_;
}

void Rcu::wait_for_expedited(Core& core, CpuId cpu) {
  const Ns begun = core.rt.now();
  core.spend(core.costs.phase(Phase::RcuExpedited), cpu,
             {core.config.seed, kPhaseStream, cpu, static_cast<std::int32_t>(Phase::RcuExpedited),
              0, core.occurrence[cpu]});
  core.rt.arrive(writes(Object::Rcu));
  const auto blocks = [begun](Ns reader) { return reader <= begun; };
  while (!core.config.rcu.ignores_readers && std::ranges::any_of(readers_, blocks))
    wait(core, cpu, core.rt.now());
}

void Rcu::synchronize(Core& core, CpuId cpu) {
  if (take_no_time(core)) return;
  core.rt.arrive(writes(Object::Rcu));
  core.rt.touch(reads(Object::Online));
  // Alone, a CPU has nobody to wait for: the task that would read is this one.
  if (core.online.weight() <= 1 && readers_.empty()) return;
  const bool fast = expedited(core);
  core.in_phase(fast ? Phase::RcuExpedited : Phase::RcuSync, cpu, [&] {
    core.rt.arrive(writes(Object::Rcu));
    advance(core);
    fast ? wait_for_expedited(core, cpu) : wait_for_normal(core, cpu);
  });
}

Ns Rcu::read_lock(Core& core, CpuId cpu, std::uint16_t reader) {
  core.rt.arrive(writes(Object::Rcu));
  advance(core);
  // One that comes at the very date at which a grace period has begun comes after its begin.
  const Ns begun = running_ && begun_ == core.rt.now() ? begun_ + 1_ns : core.rt.now();
  readers_.push_back(begun);
  core.event(EventKind::Acquire, cpu, {.value = 1, .name = core.name("rcu"), .instance = reader});
  return begun;
}

void Rcu::read_unlock(Core& core, CpuId cpu, std::uint16_t reader, Ns begun) {
  core.rt.arrive(writes(Object::Rcu));
  advance(core);
  core.event(EventKind::Unlock, cpu, {.value = 1, .name = core.name("rcu"), .instance = reader});
  readers_.erase(std::ranges::find(readers_, begun));
  if (blockers_ > 0 && begun <= begun_) {
    --blockers_;
    const std::int64_t looks = ((core.rt.now() - begun_).v + length_.v - 1) / length_.v;
    ends_ = std::max(ends_, begun_ + length_ * looks);
  }
  for (Completion* reader_gone : held_up_) reader_gone->signal(core);
}

void Rcu::enter(Core& core, CpuId cpu) {
  if (take_no_time(core)) return;
  core.rt.arrive(writes(Object::Rcu));
  advance(core);
  ++sync_.writers;
  if (sync_.state != RcuSync::State::Idle) return;
  synchronize(core, cpu);
  sync_.state = RcuSync::State::Passed;
}

void Rcu::exit(Core& core) {
  if (take_no_time(core)) return;
  core.rt.publish(writes(Object::Rcu), [this, &core] {
    advance(core);
    if (--sync_.writers > 0) return;
    if (sync_.state == RcuSync::State::Passed)
      queue_callback(core, core.rt.now());
    else
      sync_.state = RcuSync::State::Replay;
  });
}

}  // namespace cpuhp

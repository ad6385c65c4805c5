#include "model/locking.hpp"

#include <cerrno>

#include "model/core.hpp"

namespace cpuhp {

bool Completion::wait(Core& core, WaitMode mode, Ns deadline) {
  core.rt.settle(touch());
  if (count_ == 0) {
    if (mode == WaitMode::Asleep) {
      core.pay_vm_exit(core.rt.cpu());
      core.rt.settle(touch());
    }
  }
  if (count_ > 0) {
    if (completed_ == core.rt.now()) core.rt.work(kSeen);
    // There is nothing to wait for, but the events show that the completion was consumed.
    core.event(EventKind::WaitBegin, cpu_, {.value = static_cast<int>(mode), .name = what_});
    core.event(EventKind::WaitEnd, cpu_, {.name = what_});
  } else {
    core.event(EventKind::WaitBegin, cpu_, {.value = static_cast<int>(mode), .name = what_});
    waiter_ = {core.rt.current(), core.rt.cpu(), mode};
    const bool woken = core.rt.block({mode, what_, cpu_}, deadline);
    core.rt.touch(touch());
    const bool complete = woken || count_ > 0;  // the wake-up may have been lost
    waiter_ = {};
    core.event(EventKind::WaitEnd, cpu_, {.ret = complete ? 0 : -ETIMEDOUT, .name = what_});
    if (!complete) {
      core.event(EventKind::Timeout, cpu_, {.name = what_});
      return false;
    }
  }
  forget(1);
  return true;
}

/// Takes away that many signals. Nobody asks for the time of a signal that is consumed.
void Completion::forget(std::uint32_t signals) {
  count_ -= signals;
  if (count_ == 0) completed_ = Ns{-1};
}

void Completion::complete(Core& core, bool lost) {
  core.rt.point(touch());
  core.event(EventKind::Complete, cpu_, {.name = what_});
  signal(core, lost);
}

void Completion::signal(Core& core, bool lost) {
  core.rt.publish(touch(), [this, &core, lost] {
    ++count_;
    completed_ = core.rt.now();
    if (waited_for() && !lost)
      core.rt.wake(waiter_.task, core.wake_latency(waiter_.mode, waiter_.on));
  });
}

void Mutex::wait(Core& core, CpuId cpu, bool reads, std::uint16_t reader) {
  waiters_.push_back({core.rt.current(), core.rt.cpu(), reads});
  core.event(EventKind::WaitBegin, cpu,
             {.value = static_cast<int>(mode_), .name = name_, .instance = reader});
  core.rt.block({mode_, name_, cpu, reader}, kNever);
  core.event(EventKind::WaitEnd, cpu, {.name = name_, .instance = reader});
}

/// Hands the lock to the next waiter, so that no task overtakes another. Consecutive readers in the
/// queue get it together.
void Mutex::hand_over(Core& core) {
  while (!held_ && !waiters_.empty() && (waiters_.front().reads || readers_ == 0)) {
    const Waiter next = waiters_.front();
    waiters_.pop_front();
    if (next.reads)
      ++readers_;
    else
      held_ = true;
    core.rt.wake(next.task, core.wake_latency(mode_, next.on));
  }
}

bool Mutex::released_elsewhere(const Core& core) const {
  return released_ == core.rt.now() && released_on_ != core.rt.cpu();
}

void Mutex::see_release(Core& core) const {
  if (released_elsewhere(core)) core.rt.work(kSeen);
}

bool Mutex::is_free(const Core& core) const { return idle() && !released_elsewhere(core); }

void Mutex::let_go(Core& core, bool reads) {
  core.rt.publish(touch(), [this, &core, reads] {
    if (reads)
      --readers_;
    else
      held_ = false;
    released_ = core.rt.now();
    released_on_ = core.rt.cpu();
    hand_over(core);
  });
}

bool Mutex::free_for_writer() const { return writers_pass_ ? !held_ && waiters_.empty() : idle(); }

void Mutex::lock(Core& core, CpuId cpu) {
  core.rt.arrive(touch());
  if (!free_for_writer()) {
    wait(core, cpu, false);
  } else {
    held_ = true;
    see_release(core);
  }
  core.event(EventKind::Acquire, cpu, {.name = name_});
}

bool Mutex::try_lock(Core& core, CpuId cpu) {
  core.rt.arrive(touch());
  if (!idle()) return false;
  held_ = true;
  see_release(core);
  core.event(EventKind::Acquire, cpu, {.name = name_});
  return true;
}

void Mutex::unlock(Core& core, CpuId cpu) {
  core.rt.point(touch());
  core.event(EventKind::Unlock, cpu, {.name = name_});
  let_go(core, false);
}

void Mutex::read_lock(Core& core, CpuId cpu, std::uint16_t reader) {
  core.rt.arrive(touch());
  if (held_ || !waiters_.empty()) {
    wait(core, cpu, true, reader);
  } else {
    ++readers_;
    see_release(core);
  }
  core.event(EventKind::Acquire, cpu, {.value = 1, .name = name_, .instance = reader});
}

void Mutex::read_unlock(Core& core, CpuId cpu, std::uint16_t reader) {
  core.rt.point(touch());
  core.event(EventKind::Unlock, cpu, {.value = 1, .name = name_, .instance = reader});
  let_go(core, true);
}

}  // namespace cpuhp

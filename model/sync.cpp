#include "model/sync.hpp"

#include <cerrno>

namespace cpuhp {

bool Completion::wait(Core& core, WaitMode mode, Ns deadline) {
  core.rt.sync(Settle::Completion);
  if (count_ == 0) {
    if (mode == WaitMode::Asleep) {
      core.pay_vm_exit(core.rt.cpu());
      core.rt.sync(Settle::Completion);
    }
  }
  if (count_ == 0) {
    core.event(EventKind::WaitBegin, cpu_, {.value = static_cast<int>(mode), .name = what_});
    waiter_ = core.rt.current();
    waiter_cpu_ = core.rt.cpu();
    mode_ = mode;
    const bool woken = core.rt.block({mode, what_, cpu_}, deadline);
    waiter_ = nullptr;
    core.event(EventKind::WaitEnd, cpu_, {.ret = woken ? 0 : -ETIMEDOUT, .name = what_});
    if (!woken) {
      core.event(EventKind::Timeout, cpu_, {.name = what_});
      return false;
    }
  }
  --count_;
  return true;
}

void Completion::complete(Core& core) {
  core.event(EventKind::Complete, cpu_, {.name = what_});
  signal(core);
}

void Completion::signal(Core& core) {
  core.rt.publish([this, &core] {
    ++count_;
    if (waiter_ != nullptr) core.rt.wake(waiter_, core.wake_latency(mode_, waiter_cpu_));
  });
}

void Mutex::lock(Core& core, CpuId cpu) {
  core.rt.arrive();
  if (held_ || !waiters_.empty()) {
    waiters_.push_back({core.rt.current(), core.rt.cpu()});
    core.event(EventKind::WaitBegin, cpu, {.name = name_});
    core.rt.block({WaitMode::Asleep, name_, cpu}, kNever);
    core.event(EventKind::WaitEnd, cpu, {.name = name_});
  }
  held_ = true;
  core.event(EventKind::Acquire, cpu, {.name = name_});
}

void Mutex::unlock(Core& core, CpuId cpu) {
  core.event(EventKind::Unlock, cpu, {.name = name_});
  core.rt.publish([this, &core] {
    held_ = false;
    if (waiters_.empty()) return;
    const Waiter next = waiters_.front();
    waiters_.pop_front();
    held_ = true;  // handed over: nobody overtakes
    core.rt.wake(next.task, core.wake_latency(WaitMode::Asleep, next.on));
  });
}

}  // namespace cpuhp

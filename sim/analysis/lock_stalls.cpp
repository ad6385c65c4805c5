#include "sim/analysis/lock_stalls.hpp"

#include <algorithm>
#include <utility>

#include "model/costs.hpp"

namespace cpuhp {

void StallSum::add(const LockStall& stall) {
  if (count++ == 0 || stall.length > longest.length) longest = stall;
  sum += stall.length;
}

void StallsOfRun::take(const EventStream& part) {
  const NameId lock = part.names.find(kCoreLocks[kCpuHotplugLock]);
  for (const Event& e : part.events)
    if (e.kind == EventKind::OpBegin)
      operation_ = e.instance;
    else if (e.kind == EventKind::Move || (e.name == lock && lock != 0))
      see(e);
}

void StallsOfRun::see(const Event& e) {
  const Task task{e.role, place_of_task(e)};
  switch (e.kind) {
    case EventKind::WaitBegin:
      waiting_[task] = {.begin = e.time, .length = kNever, .on = e.on, .cpu = e.cpu};
      if (e.role == Role::Reader) waiting_[task].reader = e.instance;
      break;
    case EventKind::Move:  // a waiting task is moved when it wakes
      if (e.role == Role::Reader) break;
      if (auto moved = waiting_.extract({e.role, e.cpu})) {
        moved.key().second = static_cast<CpuId>(e.ret);
        waiting_.insert(std::move(moved));
      }
      break;
    case EventKind::WaitEnd:
      if (const auto wait = waiting_.find(task); wait != waiting_.end())
        wait->second.length = e.time - wait->second.begin;
      break;
    case EventKind::Acquire:
      if (const auto wait = waiting_.extract(task)) add(wait.mapped(), e.value == 1);
      if (e.role == Role::Reader) last_reader_ = e.instance;
      break;
    case EventKind::Unlock:
      if (e.value == 0)
        last_writer_ = e.cpu;
      else if (e.role == Role::Reader)
        last_reader_ = e.instance;
      break;
    default:
      break;
  }
}

LockStalls StallsOfRun::finish(Ns end) {
  for (auto& [task, stall] : waiting_) {
    stall.length = std::min(stall.length, end - stall.begin);
    add(stall, stall.reader.has_value());
  }
  waiting_.clear();
  return std::move(stalls_);
}

void StallsOfRun::add(LockStall stall, bool reads) {
  if (reads)
    stall.behind_cpu = last_writer_;
  else
    stall.behind_reader = last_reader_;
  if (stall.reader) stalls_.each_reader[*stall.reader].add(stall);
  const auto add_to = [&](StallsOf& of) { (reads ? of.readers : of.writers).add(stall); };
  add_to(stalls_.all);
  add_to(stalls_.operations[operation_]);
}

}  // namespace cpuhp

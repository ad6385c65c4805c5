#include "sim/trace/traced_events.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "sim/trace/brackets.hpp"

namespace cpuhp {
namespace {

/// Returns an invented task. A CPU's threads have even pids and other tasks odd ones, so that no
/// two of them share a pid.
TracedTask task_of(const Event& e, bool booting) {
  switch (e.role) {
    case Role::Control:
      return booting ? TracedTask{"swapper/0", 1} : TracedTask{"sh", 151};
    case Role::CpuhpThread:
      return {fmt::format("cpuhp/{}", e.on), 18 + 6 * e.on};
    case Role::Stopper:
      return {fmt::format("migration/{}", e.on), 16 + 6 * e.on};
    case Role::Worker:
      break;  // worker() handles these
    case Role::ApBoot:
    case Role::Idle:
    case Role::Irq:
      return {"<idle>", 0};
    case Role::Background:
    case Role::Other:
    case Role::Reader:
      return {"task", 153};
  }
  return {};
}

}  // namespace

std::optional<TracedTask> TracedEvents::next(const Event& e) {
  if (e.kind == EventKind::OpBegin) booting_ = names_[e.name] == "boot";
  if (!is_enter(e) && e.kind != EventKind::Exit) return std::nullopt;
  if (irqs_off(e) && !atomic_) return std::nullopt;
  return e.role == Role::Worker ? worker(e) : task_of(e, booting_);
}

/// Returns the kworker on CPU `e.on` that works for CPU `e.cpu`. A CPU may have several kworkers.
TracedTask TracedEvents::worker(const Event& e) {
  const auto [found, fresh] = workers_.try_emplace({e.on, e.cpu});
  if (!fresh) return found->second;
  const std::uint32_t nth = workers_on_[e.on]++;
  std::string comm = fmt::format("kworker/{}:{}", e.on, nth);
  comm.resize(std::min<std::size_t>(comm.size(), 15));  // TASK_COMM_LEN
  found->second = {comm, nth == 0 ? 20 + 6 * e.on : std::exchange(next_pid_, next_pid_ + 2)};
  return found->second;
}

}  // namespace cpuhp

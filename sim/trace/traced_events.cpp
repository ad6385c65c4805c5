#include "sim/trace/traced_events.hpp"

#include <spdlog/fmt/fmt.h>

namespace cpuhp {
namespace {

/// pids are even for threads of a CPU, odd for the others: no two tasks share one.
TracedTask task_of(const Event& e, bool booting) {
  switch (e.role) {
    case Role::Control:
      return booting ? TracedTask{"swapper/0", 1} : TracedTask{"sh", 151};
    case Role::BootWork:
      return {"swapper/0", 1};
    case Role::CpuhpThread:
      return {fmt::format("cpuhp/{}", e.on), 18 + 6 * e.on};
    case Role::Stopper:
      return {fmt::format("migration/{}", e.on), 16 + 6 * e.on};
    case Role::Worker:
      return {fmt::format("kworker/{}:0", e.on), 20 + 6 * e.on};
    case Role::ApBoot:
    case Role::Idle:
    case Role::Irq:
      return {"<idle>", 0};
    case Role::Other:
      return {"task", 153};
  }
  return {};
}

}  // namespace

std::optional<TracedTask> TracedEvents::next(const Event& e) {
  if (e.kind == EventKind::OpBegin) booting_ = names_[e.name] == "boot";
  if (e.kind != EventKind::Enter && e.kind != EventKind::MultiEnter && e.kind != EventKind::Exit)
    return std::nullopt;
  if (irqs_off(e) && !atomic_) return std::nullopt;
  return task_of(e, booting_);
}

}  // namespace cpuhp

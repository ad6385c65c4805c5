#include "sim/trace/ftrace_writer.hpp"

#include <spdlog/fmt/fmt.h>

#include <iterator>
#include <ostream>
#include <sstream>

namespace cpuhp {
namespace {

constexpr std::string_view kHeader =
    "#                                _-----=> irqs-off/BH-disabled\n"
    "#                               / _----=> need-resched\n"
    "#                              | / _---=> hardirq/softirq\n"
    "#                              || / _--=> preempt-depth\n"
    "#                              ||| / _-=> migrate-disable\n"
    "#                              |||| /     delay\n"
    "#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION\n"
    "#              | |         |   |||||     |         |\n";

bool irqs_off(const Event& e) { return e.role == Role::ApBoot || e.role == Role::Stopper; }

bool shown(const Event& e, const FtraceFormat& format) {
  if (e.kind != EventKind::Enter && e.kind != EventKind::MultiEnter && e.kind != EventKind::Exit)
    return false;
  return format.atomic_callbacks || !irqs_off(e);
}

struct Task {
  std::string comm;
  std::uint32_t pid = 0;
};

/// pids are even for threads of a CPU, odd for the others: no two tasks share one.
Task task_of(const Event& e, bool booting) {
  switch (e.role) {
    case Role::Control:
      return booting ? Task{"swapper/0", 1} : Task{"sh", 151};
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

void write_head(fmt::memory_buffer& line, const Event& e, bool booting, int decimals) {
  const Task task = task_of(e, booting);
  std::int64_t unit = 1;
  for (int i = decimals; i < 9; ++i) unit *= 10;
  const std::int64_t ticks = e.time.v / unit;
  const std::int64_t second = 1'000'000'000 / unit;
  fmt::format_to(std::back_inserter(line), "{:>16}-{:<7} [{:03}] {} {:5}.{:0{}}: ", task.comm,
                 task.pid, e.on, irqs_off(e) ? "d..1." : ".....", ticks / second, ticks % second,
                 decimals);
}

void write_event(fmt::memory_buffer& line, const Event& e, const Names& names) {
  auto out = std::back_inserter(line);
  if (e.kind == EventKind::Exit)
    fmt::format_to(out, "cpuhp_exit:  cpu: {:04}  state: {:3} step: {:3} ret: {}\n", e.cpu, e.value,
                   e.step, e.ret);
  else
    fmt::format_to(out, "{}: cpu: {:04} target: {:3} step: {:3} ({})\n",
                   e.kind == EventKind::Enter ? "cpuhp_enter" : "cpuhp_multi_enter", e.cpu, e.value,
                   e.step, names[e.name]);
}

}  // namespace

void write_ftrace(std::ostream& out, const EventStream& stream, const FtraceFormat& format) {
  std::size_t entries = 0;
  for (const Event& e : stream.events) entries += shown(e, format) ? 1 : 0;
  out << fmt::format("# tracer: nop\n#\n# entries-in-buffer/entries-written: {0}/{0}   #P:{1}\n#\n",
                     entries, stream.nr_cpus)
      << kHeader;
  // A control task is the kernel's boot task until an operation other than a boot begins.
  bool booting = true;
  fmt::memory_buffer line;
  for (const Event& e : stream.events) {
    if (e.kind == EventKind::OpBegin) booting = stream.names[e.name] == "boot";
    if (!shown(e, format)) continue;
    line.clear();
    write_head(line, e, booting, format.decimals);
    write_event(line, e, stream.names);
    out.write(line.data(), static_cast<std::streamsize>(line.size()));
  }
}

std::string format_ftrace(const EventStream& stream, const FtraceFormat& format) {
  std::ostringstream out;
  write_ftrace(out, stream, format);
  return std::move(out).str();
}

}  // namespace cpuhp

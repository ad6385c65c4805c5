#include "sim/trace/ftrace_writer.hpp"

#include <spdlog/fmt/fmt.h>

#include <iterator>
#include <ostream>
#include <sstream>

#include "model/kernel_version.hpp"

namespace cpuhp {
namespace {

/// Legend of the columns, for kernels with 5 flags.
constexpr std::string_view kLegend =
    "#                               / _----=> need-resched\n"
    "#                              | / _---=> hardirq/softirq\n"
    "#                              || / _--=> preempt-depth\n"
    "#                              ||| / _-=> migrate-disable\n"
    "#                              |||| /     delay\n"
    "#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION\n"
    "#              | |         |   |||||     |         |\n";

/// Legend for kernels with 4 flags and wide pids.
constexpr std::string_view kLegendOf4 =
    "#                               / _----=> need-resched\n"
    "#                              | / _---=> hardirq/softirq\n"
    "#                              || / _--=> preempt-depth\n"
    "#                              ||| /     delay\n"
    "#           TASK-PID     CPU#  ||||   TIMESTAMP  FUNCTION\n"
    "#              | |         |   ||||      |         |\n";

constexpr std::string_view kLegendOfNarrowPid =
    "#                              _-----=> irqs-off\n"
    "#                             / _----=> need-resched\n"
    "#                            | / _---=> hardirq/softirq\n"
    "#                            || / _--=> preempt-depth\n"
    "#                            ||| /     delay\n"
    "#           TASK-PID   CPU#  ||||    TIMESTAMP  FUNCTION\n"
    "#              | |       |   ||||       |         |\n";

std::string legend(const FtraceLook& look) {
  if (!look.wide_pid) return std::string(kLegendOfNarrowPid);
  return fmt::format("#                                _-----=> irqs-off{}\n{}",
                     look.bh_disabled ? "/BH-disabled" : "",
                     look.migrate_disable ? kLegend : kLegendOf4);
}

std::string_view flags_of(const Event& e, const FtraceLook& look) {
  const std::string_view flags = irqs_off(e) ? "d..1." : ".....";
  return flags.substr(0, look.migrate_disable ? 5 : 4);
}

void append_head(fmt::memory_buffer& line, const TracedTask& task, const Event& e,
                 std::string_view flags, const FtraceFormat& format) {
  std::int64_t unit = 1;
  for (int i = format.decimals; i < 9; ++i) unit *= 10;
  // Rounds to the nearest unit, as the kernel's ns2usecs() does.
  const std::int64_t ticks = (e.time.v + unit / 2) / unit;
  const std::int64_t second = 1'000'000'000 / unit;
  fmt::format_to(std::back_inserter(line), "{:>16}-{:<{}} [{:03}] {} {:5}.{:0{}}: ", task.comm,
                 task.pid, format.look.wide_pid ? 7 : 5, e.on, flags, ticks / second,
                 ticks % second, format.decimals);
}

void append_event(fmt::memory_buffer& line, const Event& e, const Names& names) {
  auto out = std::back_inserter(line);
  if (e.kind == EventKind::Exit)
    fmt::format_to(out, "cpuhp_exit:  cpu: {:04}  state: {:3} step: {:3} ret: {}\n", e.cpu, e.value,
                   e.step, e.ret);
  else
    fmt::format_to(out, "{}: cpu: {:04} target: {:3} step: {:3} ({})\n",
                   e.kind == EventKind::Enter ? "cpuhp_enter" : "cpuhp_multi_enter", e.cpu, e.value,
                   e.step, names[e.name]);
}

/// Two numbers in the trace's header: entries, and CPUs that are online when the trace is read.
struct Counts {
  std::size_t entries = 0;
  std::int64_t online = 0;
};

Counts count(const EventStream& stream, const FtraceFormat& format) {
  Counts c;
  const NameId online = stream.names.find("online");
  TracedEvents traced(stream, format.atomic_callbacks);
  for (const Event& e : stream.events) {
    if (traced.next(e)) ++c.entries;
    const bool counts = online != 0 && e.name == online;
    if (counts && e.kind == EventKind::MaskSet) ++c.online;
    if (counts && e.kind == EventKind::MaskClear) --c.online;
  }
  if (c.online <= 0) c.online = stream.nr_cpus;  // a real kernel's trace has no mask events
  return c;
}

}  // namespace

FtraceLook ftrace_look(std::string_view kernel) {
  const KernelVersion version = kernel_version(kernel);
  if (version == KernelVersion{}) return {};
  return {.wide_pid = version >= KernelVersion{5, 10},
          .migrate_disable = version >= KernelVersion{5, 15},
          .bh_disabled = version >= KernelVersion{5, 17}};
}

std::string ftrace_line(const TracedTask& task, const Event& e, const Names& names,
                        std::string_view flags, const FtraceFormat& format) {
  fmt::memory_buffer line;
  append_head(line, task, e, flags, format);
  append_event(line, e, names);
  return fmt::to_string(line);
}

void write_ftrace(std::ostream& out, const EventStream& stream, const FtraceFormat& format) {
  const Counts counts = count(stream, format);
  out << fmt::format("# tracer: nop\n#\n# entries-in-buffer/entries-written: {0}/{0}   #P:{1}\n#\n",
                     counts.entries, counts.online)
      << legend(format.look);
  TracedEvents traced(stream, format.atomic_callbacks);
  fmt::memory_buffer line;
  for (const Event& e : stream.events) {
    const std::optional<TracedTask> task = traced.next(e);
    if (!task) continue;
    line.clear();
    append_head(line, *task, e, flags_of(e, format.look), format);
    append_event(line, e, stream.names);
    out.write(line.data(), static_cast<std::streamsize>(line.size()));
  }
}

std::string format_ftrace(const EventStream& stream, const FtraceFormat& format) {
  std::ostringstream out;
  write_ftrace(out, stream, format);
  return std::move(out).str();
}

}  // namespace cpuhp

// Reads ftrace text with cpuhp events: a `trace` file, `trace_pipe` or `trace-cmd report`, also
// gzip'd. Time stamps are in seconds, or integers with trace_clock=counter. Throws BadInput for a
// cpuhp line with an error, such as "trace.txt:17:61: expected "step: NUMBER" here".
//
//   const Ftrace t = read_ftrace("trace.txt.gz");
//   require_complete(t);                       // every enter has its exit, nothing was lost
//   t.stream.names[t.stream.events[0].name];   // "sched_cpu_deactivate"
//   t.stream.names[t.sources[0].comm];         // "cpuhp/1", from line t.sources[0].line
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/events.hpp"
#include "sim/error.hpp"

namespace cpuhp {

/// Where an event comes from: its line, and the task that printed it (on the CPU Event::on).
struct TraceSource {
  std::uint32_t line = 0;
  std::int32_t pid = 0;
  /// index in Ftrace::stream.names; for `<...>` the name in the list of pids, if known
  NameId comm = 0;
};

/// A line of the function tracer: `function <-caller`.
struct FunctionCall {
  Ns time{};
  CpuId on = kNoCpu;
  std::int32_t pid = 0;
  Role role = Role::Other;
  std::uint32_t line = 0;
  std::size_t before = 0;  ///< index of the next event
  std::string function;
  std::string caller;
};

/// Names of tasks by pid.
using TaskNames = std::map<std::int32_t, std::string>;

struct Ftrace {
  std::string file;
  EventStream stream;                ///< Enter, MultiEnter and Exit, in the file's order
  std::vector<TraceSource> sources;  ///< one for each event
  std::vector<FunctionCall> functions;
  bool counter = false;            ///< stamps give the order of events, and no times
  std::optional<BadInputAt> lost;  ///< set when the kernel reported lost events
};

/// Returns a task's role by its name (cpuhp/N, migration/N, kworker/N) or pid (0: idle task). Any
/// other name means the control task. `<...>`, a missing name, means a hotplug thread if the task
/// runs on the CPU that goes up or down (`on` == `cpu`) and its pid is not 1.
Role role_of(std::string_view comm, std::int32_t pid, CpuId on, CpuId cpu);

/// True for a line that reports lost events: the kernel prints `CPU:2 [LOST 5 EVENTS]`; trace-cmd
/// prints `CPU:2 [5 EVENTS DROPPED]` or `CPU:2 [EVENTS DROPPED]`.
bool tells_of_losses(std::string_view text);

/// Parses ftrace text line by line, for readers of files that also have other lines.
class FtraceParser {
 public:
  explicit FtraceParser(std::string file) { trace_.file = std::move(file); }
  /// Sets the name of a task whose name is `<...>` in the trace.
  void name_pid(std::int32_t pid, std::string comm) { pids_[pid] = std::move(comm); }
  /// Parses a line. Skips comments, empty lines and events other than cpuhp events. Throws
  /// BadInput.
  void line(std::string_view text, std::size_t number, bool newline = true);
  /// Must be called before a line whose time stamp may be from another clock.
  void new_clock() { clock_begins_ = trace_.stream.events.size(); }
  std::size_t events() const { return trace_.stream.events.size(); }
  /// Returns the names that the lines so far have shown, or that their callers give away.
  const TaskNames& task_names() const { return pids_; }
  /// Returns the trace so far. The parser then begins a new trace, and keeps the names of pids.
  Ftrace take();

 private:
  struct Last {
    CpuId cpu = kNoCpu;
    std::int16_t step = -1;
    std::uint16_t instance = 0;
  };
  /// Returns a task's name; for `<...>` the name in the list of pids, if known.
  std::string_view name_of(std::string_view comm, std::int32_t pid) const;
  void learn_name(std::string_view comm, std::int32_t pid);
  void add(Event event, std::string_view comm, std::int32_t pid, std::size_t number);
  void comment(std::string_view text, std::size_t number);
  void function(std::string_view text, std::size_t number);

  Ftrace trace_;
  std::size_t clock_begins_ = 0;  ///< index of the first event with the present clock
  TaskNames pids_;
  std::map<std::int32_t, Last> last_multi_;
};

/// Gives tasks that the trace shows as `<...>` their names, and the roles that follow from these.
void name_tasks(Ftrace& trace, const TaskNames& names);

/// Throws BadInput.
Ftrace read_ftrace(const std::string& path);
Ftrace parse_ftrace(std::string_view text, std::string file);

/// Throws BadInput when the kernel lost events, when an enter has no exit, or an exit no enter.
void require_complete(const Ftrace& trace);

/// Returns for each Enter or MultiEnter the index of its Exit and vice versa; kNoPair when there is
/// none. Pairs belong to one task, and may be nested.
inline constexpr std::size_t kNoPair = static_cast<std::size_t>(-1);
std::vector<std::size_t> match_pairs(const Ftrace& trace);

}  // namespace cpuhp

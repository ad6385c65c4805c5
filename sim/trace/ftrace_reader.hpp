// Reads ftrace text of the cpuhp events: a `trace` file, `trace_pipe`, `trace-cmd report`, also
// gzip'd. Stamps are in seconds or, with trace_clock=counter, integers. A cpuhp line that does not
// parse throws BadInput, such as "trace.txt:17:61: expected "step: NUMBER" here".
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

/// The line of an event, and the task that printed it. The task ran on the CPU Event::on.
struct TraceSource {
  std::uint32_t line = 0;
  std::int32_t pid = 0;
  NameId comm = 0;  ///< in Ftrace::stream.names; for `<...>` the name from the pid map, if any
};

/// A line of the function tracer: `function <-caller`.
struct FunctionCall {
  Ns time{};
  CpuId on = kNoCpu;
  Role role = Role::Other;
  std::uint32_t line = 0;
  std::size_t before = 0;  ///< index of the first event after it
  std::string function;
  std::string caller;
};

struct Ftrace {
  std::string file;
  EventStream stream;                ///< Enter, MultiEnter and Exit, in the file's order
  std::vector<TraceSource> sources;  ///< one for each event
  std::vector<FunctionCall> functions;
  bool counter = false;            ///< stamps are an order, not times
  std::optional<BadInputAt> lost;  ///< the kernel said that events are missing
};

/// Returns a task's role, judged by its name (cpuhp/N, migration/N, kworker/N, swapper, <idle>); a
/// task with any other name drives operations. A task without a name, `<...>`, is judged by its
/// CPU.
Role role_of(std::string_view comm, std::int32_t pid, CpuId on, CpuId cpu);

/// Parses ftrace text line by line, for readers of files that hold it among other things.
class FtraceParser {
 public:
  explicit FtraceParser(std::string file) { trace_.file = std::move(file); }
  /// Sets the name of a task that the trace shows as `<...>`.
  void name_pid(std::int32_t pid, std::string comm) { pids_[pid] = std::move(comm); }
  /// Parses a line. Skips comments, empty lines and other events. Throws BadInput.
  void line(std::string_view text, std::size_t number, bool newline = true);
  /// Call when the following lines may have stamps of another clock.
  void new_clock() { clock_begins_ = trace_.stream.events.size(); }
  /// Returns the number of events so far.
  std::size_t events() const { return trace_.stream.events.size(); }
  /// Returns the trace so far; the next one starts empty, with the same pid map.
  Ftrace take();

 private:
  struct Last {
    CpuId cpu = kNoCpu;
    std::int16_t step = -1;
    std::uint16_t instance = 0;
  };
  void add(Event event, std::string_view comm, std::int32_t pid, std::size_t number);
  void comment(std::string_view text, std::size_t number);
  void function(std::string_view text, std::size_t number);

  Ftrace trace_;
  std::size_t clock_begins_ = 0;  ///< index of the first event of the present clock
  std::map<std::int32_t, std::string> pids_;
  std::map<std::int32_t, Last> last_multi_;
};

/// Throws BadInput.
Ftrace read_ftrace(const std::string& path);
Ftrace parse_ftrace(std::string_view text, std::string file);

/// Throws BadInput for the first enter without an exit or exit without an enter, and when the
/// kernel lost events.
void require_complete(const Ftrace& trace);

/// Returns for each Enter or MultiEnter the index of its Exit, and the other way round; kNoPair
/// when there is none. Pairs are matched per task and may be nested.
inline constexpr std::size_t kNoPair = static_cast<std::size_t>(-1);
std::vector<std::size_t> match_pairs(const Ftrace& trace);

}  // namespace cpuhp

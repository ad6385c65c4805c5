#include "sim/trace/ftrace_reader.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>
#include <utility>

#include "sim/input_file.hpp"
#include "sim/trace/text_file.hpp"
#include "sim/trace/text_search.hpp"

namespace cpuhp {
namespace {

constexpr std::string_view kNameless = "<...>";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Reads one line from left to right. Its error messages name the column that it has reached.
class LineScanner {
 public:
  LineScanner(std::string_view text, const std::string& file, std::size_t number)
      : text_(text), file_(file), number_(number) {}

  [[noreturn]] void fail(std::string message) const {
    throw BadInput{BadInputAt{
        .file = file_, .line = number_, .column = at_ + 1, .message = std::move(message)}};
  }
  void seek(std::size_t at) { at_ = at; }
  void skip(std::size_t n) { at_ += n; }
  std::string_view rest() const { return text_.substr(at_); }
  bool done() const { return at_ >= text_.size(); }
  void blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  void expect(std::string_view word, std::string_view what) {
    blanks();
    if (!rest().starts_with(word)) fail("expected \"" + std::string(what) + "\" here");
    at_ += word.size();
  }
  std::int64_t number(std::int64_t min, std::int64_t max, std::string_view what) {
    blanks();
    std::int64_t value = 0;
    const auto [end, error] =
        std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (error != std::errc{}) fail("expected \"" + std::string(what) + "\" here");
    if (value < min || value > max)
      fail(std::to_string(value) + " is out of range, expected " + std::to_string(min) + " to " +
           std::to_string(max));
    at_ = static_cast<std::size_t>(end - text_.data());
    return value;
  }
  /// Reads a labelled number: "cpu: 12".
  std::int64_t field(std::string_view label, std::int64_t min, std::int64_t max) {
    const std::string what = std::string(label) + ": NUMBER";
    expect(std::string(label) + ":", what);
    return number(min, max, what);
  }
  void end() {
    blanks();
    if (!done()) fail("expected the end of the line here");
  }

 private:
  std::string_view text_;
  const std::string& file_;
  std::size_t number_;
  std::size_t at_ = 0;
};

/// The columns before the event's name: `comm-pid [cpu] flags stamp:`.
struct Head {
  std::string_view comm;
  std::int32_t pid = 0;
  CpuId on = 0;
  Ns time{};
  bool counter = false;
};

/// Returns the position of the column `[007]`; npos when there is none.
std::size_t find_cpu_column(std::string_view text) {
  for (std::size_t at = text.find('['); at != std::string_view::npos; at = text.find('[', at + 1)) {
    std::size_t end = at + 1;
    while (end < text.size() && is_digit(text[end])) ++end;
    if (end > at + 1 && end < text.size() && text[end] == ']') return at;
  }
  return std::string_view::npos;
}

void scan_task(std::string_view before, LineScanner& scan, Head& head) {
  // With the option record-tgid, a column `(  123)` or `(-----)` follows the task.
  while (!before.empty() && before.back() == ' ') before.remove_suffix(1);
  if (!before.empty() && before.back() == ')') before = before.substr(0, before.rfind('('));
  while (!before.empty() && before.back() == ' ') before.remove_suffix(1);
  const std::size_t dash = before.rfind('-');
  if (dash == std::string_view::npos || dash == 0) scan.fail("expected \"TASK-PID\" here");
  scan.seek(dash + 1);
  head.pid = static_cast<std::int32_t>(
      scan.number(0, std::numeric_limits<std::int32_t>::max(), "TASK-PID"));
  head.comm = before.substr(0, dash);
  while (!head.comm.empty() && head.comm.front() == ' ') head.comm.remove_prefix(1);
}

/// Reads a time stamp: `6.913247` in seconds, or an integer when trace_clock is counter.
void scan_stamp(LineScanner& scan, Head& head) {
  // 31 years. This limit keeps sums of durations from overflowing.
  constexpr std::int64_t kMaxSeconds = 1'000'000'000;
  const std::int64_t whole = scan.number(0, kMaxSeconds * 1'000'000'000, "a time stamp");
  head.counter = !scan.rest().starts_with(".");
  if (head.counter) {
    head.time = Ns{whole};
    return;
  }
  if (whole > kMaxSeconds)
    scan.fail("the time stamp is out of range, expected at most 1000000000 seconds");
  std::string_view digits = scan.rest().substr(1);
  std::size_t n = 0;
  std::int64_t fraction = 0;
  while (n < digits.size() && n < 9 && is_digit(digits[n]))
    fraction = fraction * 10 + (digits[n++] - '0');
  if (n == 0) scan.fail("expected \"SECONDS.FRACTION\" here");
  for (std::size_t i = n; i < 9; ++i) fraction *= 10;
  head.time = Ns{whole * 1'000'000'000 + fraction};
  scan.skip(1 + n);
}

/// Reads the columns before the event, up to the colon after the time stamp. Returns false for a
/// line without these columns, which is no trace line.
bool scan_head(std::string_view text, LineScanner& scan, Head& head) {
  const std::size_t column = find_cpu_column(text);
  if (column == std::string_view::npos) return false;
  scan_task(text.substr(0, column), scan, head);
  scan.seek(column + 1);
  head.on = static_cast<CpuId>(scan.number(0, kMaxCpus - 1, "[CPU]"));
  scan.expect("]", "[CPU]");
  scan.blanks();
  // The column of flags, `d..1.`, is missing when the option irq-info is off. Then the next word is
  // the time stamp, which ends with a colon.
  const std::string_view rest = scan.rest();
  const std::size_t word = rest.find(' ');
  if (word != std::string_view::npos && rest.substr(0, word).find(':') == std::string_view::npos)
    scan.seek(text.size() - rest.size() + word);
  scan_stamp(scan, head);
  scan.expect(":", "TIMESTAMP:");
  return true;
}

std::string_view scan_symbol(LineScanner& scan) {
  scan.expect("(", "(FUNCTION)");
  const std::string_view rest = scan.rest();
  const std::size_t close = rest.find(')');
  if (close == std::string_view::npos || close == 0) scan.fail("expected \"(FUNCTION)\" here");
  scan.skip(close + 1);
  return rest.substr(0, close);
}

constexpr std::int64_t kMinStep = std::numeric_limits<std::int16_t>::min();
constexpr std::int64_t kMaxStep = std::numeric_limits<std::int16_t>::max();

Event scan_event(LineScanner& scan, EventKind kind, Names& names) {
  const bool exit = kind == EventKind::Exit;
  Event e{.kind = kind};
  e.cpu = static_cast<CpuId>(scan.field("cpu", 0, kMaxCpus - 1));
  e.value = static_cast<std::int16_t>(scan.field(exit ? "state" : "target", kMinStep, kMaxStep));
  e.step = static_cast<std::int16_t>(scan.field("step", 0, kMaxStep));
  // Excludes the smallest int, as its negative is no int.
  constexpr std::int64_t kMaxRet = std::numeric_limits<std::int32_t>::max();
  if (exit)
    e.ret = static_cast<std::int32_t>(scan.field("ret", -kMaxRet, kMaxRet));
  else
    e.name = names.intern(scan_symbol(scan));
  scan.end();
  return e;
}

/// Names of the events in a line.
constexpr std::pair<std::string_view, EventKind> kEventNames[] = {
    {"cpuhp_enter:", EventKind::Enter},
    {"cpuhp_multi_enter:", EventKind::MultiEnter},
    {"cpuhp_exit:", EventKind::Exit}};

}  // namespace

bool tells_of_losses(std::string_view text) {
  return (has(text, "[LOST ") && has(text, " EVENTS]")) ||
         (has(text, "CPU:") && has(text, "EVENTS DROPPED]"));
}

Role role_of(std::string_view comm, std::int32_t pid, CpuId on, CpuId cpu) {
  // On an AP that is still booting, the idle task runs the STARTING callbacks. On CPU 0, it runs
  // the callbacks of states that are set up before hotplug threads exist.
  if (pid == 0) return on == cpu && cpu != 0 ? Role::ApBoot : Role::Idle;
  if (comm.starts_with("cpuhp/")) return Role::CpuhpThread;
  if (comm.starts_with("migration/")) return Role::Stopper;
  if (comm.starts_with("kworker/")) return Role::Worker;
  if (comm == kNameless && pid != 1) return on == cpu ? Role::CpuhpThread : Role::Control;
  return Role::Control;
}

std::string_view FtraceParser::name_of(std::string_view comm, std::int32_t pid) const {
  if (comm != kNameless) return comm;
  // During the boot, pid 1 is the boot task swapper/0. The list of pids has its later name, init.
  if (pid == 1) return "swapper/0";
  const auto known = pids_.find(pid);
  return known == pids_.end() ? comm : known->second;
}

void FtraceParser::learn_name(std::string_view comm, std::int32_t pid) {
  if (comm == kNameless || pid == 0) return;
  std::string& name = pids_[pid];
  if (name != comm) name = comm;
}

void FtraceParser::add(Event event, std::string_view comm, std::int32_t pid, std::size_t number) {
  const std::string_view name = name_of(comm, pid);
  event.role = role_of(name, pid, event.on, event.cpu);
  // The trace has no instance numbers. So the calls that a task makes one after another for the
  // same CPU and state get the numbers 0, 1, 2 and so on.
  const std::int32_t task = pid != 0 ? pid : -static_cast<std::int32_t>(event.on) - 1;
  Last& last = last_multi_[task];
  const bool same = last.cpu == event.cpu && last.step == event.step;
  if (event.kind == EventKind::MultiEnter) {
    event.instance = same ? static_cast<std::uint16_t>(last.instance + 1) : std::uint16_t{0};
    last = {event.cpu, event.step, event.instance};
  } else if (!same || event.kind == EventKind::Enter) {
    last = {};
  }
  EventStream& s = trace_.stream;
  s.nr_cpus = std::max({s.nr_cpus, event.cpu + 1, event.on + 1});
  s.events.push_back(event);
  trace_.sources.push_back({static_cast<std::uint32_t>(number), pid, s.names.intern(name)});
}

void FtraceParser::line(std::string_view text, std::size_t number, bool newline) {
  if (text.empty()) return;
  if (text.front() == '#') return comment(text, number);
  LineScanner scan(text, trace_.file, number);
  const auto* const named =
      std::ranges::find_if(kEventNames, [&](const auto& n) { return has(text, n.first); });
  const bool cpuhp_line = named != std::end(kEventNames);
  if (!newline && (cpuhp_line || find_cpu_column(text) != std::string_view::npos)) {
    scan.seek(text.size());
    scan.fail("the file ends in the middle of a line");
  }
  if (!cpuhp_line) {
    if (tells_of_losses(text) && !trace_.lost)
      trace_.lost = BadInputAt{.file = trace_.file,
                               .line = number,
                               .message = "the kernel lost events here: " + std::string(text)};
    function(text, number);
    return;
  }
  Head head;
  if (!scan_head(text, scan, head)) scan.fail("expected \"TASK-PID [CPU] ... TIMESTAMP:\" here");
  scan.expect(named->first, named->first);
  Event e = scan_event(scan, named->second, trace_.stream.names);
  if (events() == clock_begins_) trace_.counter = head.counter;
  if (head.counter != trace_.counter)
    scan.fail(
        "expected one trace_clock in the whole trace: some time stamps are in seconds, others are "
        "counter values");
  e.time = head.time;
  e.on = head.on;
  learn_name(head.comm, head.pid);
  add(e, head.comm, head.pid, number);
}

/// Notes how many entries were overwritten, such as 2 for `# entries-in-buffer/entries-written:
/// 10/12`.
void FtraceParser::comment(std::string_view text, std::size_t number) {
  constexpr std::string_view kEntries = "# entries-in-buffer/entries-written: ";
  if (!text.starts_with(kEntries) || trace_.lost) return;
  LineScanner scan(text, trace_.file, number);
  scan.skip(kEntries.size());
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  const std::int64_t kept = scan.number(0, kMax, "ENTRIES/ENTRIES");
  scan.expect("/", "ENTRIES/ENTRIES");
  const std::int64_t written = scan.number(0, kMax, "ENTRIES/ENTRIES");
  if (kept < written)
    trace_.lost = BadInputAt{
        .file = trace_.file,
        .line = number,
        .message = "the kernel's ring buffer overflowed: " + std::to_string(written - kept) +
                   " entries are missing (record again with a larger trace_buf_size)"};
}

void FtraceParser::function(std::string_view text, std::size_t number) {
  const std::size_t arrow = text.rfind(" <-");
  const std::size_t column = find_cpu_column(text);
  if (arrow == std::string_view::npos || column == std::string_view::npos || column > arrow) return;
  LineScanner scan(text, trace_.file, number);
  Head head;
  scan_head(text, scan, head);
  scan.blanks();
  const std::string_view rest = scan.rest();
  const std::size_t at = rest.rfind(" <-");
  if (at == std::string_view::npos) return;
  const std::string_view called = rest.substr(0, at), caller = rest.substr(at + 3);
  learn_name(head.comm, head.pid);
  // Some calls give away the name of a task that the line shows only as `<...>`.
  const std::string on = std::to_string(head.on);
  if (caller == "cpu_stopper_thread") pids_[head.pid] = "migration/" + on;
  if (called == "cpuhp_thread_fun") pids_[head.pid] = "cpuhp/" + on;
  if (caller == "work_for_cpu_fn" || caller == "process_one_work")
    pids_.try_emplace(head.pid, "kworker/" + on);
  const std::string_view comm = name_of(head.comm, head.pid);
  trace_.functions.push_back({.time = head.time,
                              .on = head.on,
                              .pid = head.pid,
                              .role = role_of(comm, head.pid, head.on, head.on),
                              .line = static_cast<std::uint32_t>(number),
                              .before = events(),
                              .function = std::string(called),
                              .caller = std::string(caller)});
}

Ftrace FtraceParser::take() {
  Ftrace done = std::exchange(trace_, Ftrace{});
  trace_.file = done.file;
  last_multi_.clear();
  clock_begins_ = 0;
  return done;
}

void name_tasks(Ftrace& trace, const TaskNames& names) {
  EventStream& s = trace.stream;
  for (std::size_t i = 0; i < trace.sources.size(); ++i) {
    TraceSource& from = trace.sources[i];
    const auto known = names.find(from.pid);
    if (known == names.end() || from.pid <= 1 || s.names[from.comm] != kNameless) continue;
    Event& e = s.events[i];
    from.comm = s.names.intern(known->second);
    e.role = role_of(known->second, from.pid, e.on, e.cpu);
  }
  for (FunctionCall& call : trace.functions) {
    const auto known = names.find(call.pid);
    if (known != names.end() && call.pid > 1)
      call.role = role_of(known->second, call.pid, call.on, call.on);
  }
}

Ftrace parse_ftrace(std::string_view text, std::string file) {
  FtraceParser parser(std::move(file));
  for_each_line(text, [&](std::string_view line, std::size_t number, bool newline) {
    parser.line(line, number, newline);
  });
  return parser.take();
}

Ftrace read_ftrace(const std::string& path) {
  return parse_ftrace(read_trace_text(path), shown_file(path));
}

std::vector<std::size_t> match_pairs(const Ftrace& trace) {
  const std::vector<Event>& events = trace.stream.events;
  std::vector<std::size_t> pair(events.size(), kNoPair);
  // All idle tasks have pid 0, so their CPU tells them apart.
  std::map<std::pair<std::int32_t, CpuId>, std::vector<std::size_t>> open;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event& e = events[i];
    const std::int32_t pid = trace.sources[i].pid;
    std::vector<std::size_t>& stack = open[{pid, pid == 0 ? e.on : 0}];
    if (e.kind != EventKind::Exit) {
      stack.push_back(i);
    } else if (!stack.empty() && events[stack.back()].cpu == e.cpu &&
               events[stack.back()].step == e.step) {
      pair[i] = stack.back();
      pair[stack.back()] = i;
      stack.pop_back();
    }
  }
  return pair;
}

void require_complete(const Ftrace& trace) {
  if (trace.lost) throw BadInput{*trace.lost};
  const std::vector<std::size_t> pair = match_pairs(trace);
  for (std::size_t i = 0; i < pair.size(); ++i) {
    if (pair[i] != kNoPair) continue;
    const Event& e = trace.stream.events[i];
    const std::string what = "step " + std::to_string(e.step) + " of CPU " + std::to_string(e.cpu);
    refuse(trace.file, trace.sources[i].line,
           what + (e.kind == EventKind::Exit
                       ? " exits here, but the trace does not show its enter: the beginning of the "
                         "trace is missing"
                       : " is entered here, but the trace does not show its exit: the end of the "
                         "trace is missing"));
  }
}

}  // namespace cpuhp

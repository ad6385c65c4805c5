#include "sim/trace/loose_trace.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "sim/error.hpp"
#include "sim/input_file.hpp"
#include "sim/trace/text_file.hpp"
#include "sim/trace/text_search.hpp"

namespace cpuhp {
namespace {

/// Returns the CPU number after `key`; no value when there is none or it is too large.
std::optional<CpuId> cpu_after(std::string_view text, std::string_view key) {
  const auto cpu = number_after<CpuId>(text, key);
  return cpu && *cpu < kMaxCpus ? cpu : std::nullopt;
}
std::optional<StateId> state_after(std::string_view text, std::string_view key) {
  const auto state = number_after<StateId>(text, key);
  return state && *state >= 0 && *state < kMaxStates ? state : std::nullopt;
}

/// Returns the CPU list after `key`; no value when there is none or it is wrong.
std::optional<std::vector<CpuId>> cpus_after(std::string_view text, std::string_view key) {
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view list = text.substr(at + key.size());
  return parse_cpu_list(list.substr(0, list.find(' ')));
}

class LooseReader {
 public:
  explicit LooseReader(std::string file) : parser_(file), file_(std::move(file)) {}

  void line(std::string_view text, std::size_t number, bool newline) {
    number_ = static_cast<std::uint32_t>(number);
    if (text.size() > 1 && text[0] == '#' && text[1] >= 'A' && text[1] <= 'Z') return tagged(text);
    if (text.starts_with("# section: ")) return section(text.substr(11));
    if (text.starts_with("# guest: Linux version ")) t_.kernel = kernel_in_banner(text.substr(9));
    if (in_block_) ++block_lines_;
    if (lists_states_) return state(text);
    if (!block_holds_text_ && in_operation_ && !in_block_) return;
    if (in_block_ && (of_modules_ || !loaded_.empty()))
      return block_text_.push_back({text, number, newline});
    event(text, newline);
  }

  LooseTrace finish() {
    judge_block();
    if (in_block_) cut("the file ends within a block of the trace, before \"#T end\"");
    rests();
    t_.trace = parser_.take();
    if (t_.trace.stream.events.empty())
      throw BadInput{BadInputAt{
          .file = file_,
          .line = t_.notes.empty() ? 0 : std::size_t{t_.notes[0].line},
          .message =
              t_.notes.empty()
                  ? "has no cpuhp event: expected ftrace text, as in /sys/kernel/tracing/trace"
                  : "has no cpuhp event that can be read: " + t_.notes[0].text}};
    for (const Mark& m : t_.marks)
      if (m.cpu != kNoCpu) t_.trace.stream.nr_cpus = std::max(t_.trace.stream.nr_cpus, m.cpu + 1);
    return std::move(t_);
  }

 private:
  // --- ftrace text

  void event(std::string_view text, bool newline) {
    if (lost(text)) return;
    try {
      parser_.line(text, number_, newline || whole(text));
    } catch (const BadInput& bad) {
      t_.notes.push_back({TraceNote::Kind::Unreadable, number_, events(), bad.message});
      return;
    }
    if (text.starts_with("# entries-in-buffer")) overwritten(text);
  }

  /// True when the last line is complete although its newline is missing: it ends in `)` or `ret:
  /// 0`. Any other number at its end may have been cut off.
  static bool whole(std::string_view text) {
    return !text.empty() && (text.back() == ')' || text.ends_with("ret: 0"));
  }

  /// Handles lines about lost events.
  bool lost(std::string_view text) {
    const std::size_t cpu = text.find("CPU:");
    const bool said =
        cpu != std::string_view::npos && !has(text, "cpuhp_") && tells_of_losses(text);
    if (!said) return false;
    gap("the kernel lost events here: " + std::string(text.substr(cpu)));
    return true;
  }

  /// Handles `# entries-in-buffer/entries-written: 10/12`, which means that two were overwritten.
  void overwritten(std::string_view text) {
    constexpr std::string_view kKey = "written: ";
    const std::size_t at = text.find(kKey);
    if (at == std::string_view::npos) return;
    const auto kept = number_after<std::uint64_t>(text.substr(at), kKey);
    const auto written = number_after<std::uint64_t>(text.substr(at), "/");
    if (kept && written && *kept < *written)
      gap("the kernel's ring buffer overflowed: " + std::to_string(*written - *kept) +
          " entries are missing");
  }

  void gap(std::string text) {
    t_.notes.push_back({TraceNote::Kind::Lost, number_, events(), std::move(text)});
    mark(Mark::Kind::Gap);
  }

  std::size_t events() const { return parser_.events(); }

  // --- recordings

  void tagged(std::string_view text) {
    t_.recording = true;
    judge_block();
    const std::string_view tag = text.substr(0, text.find(' '));
    const std::string_view rest = text.substr(std::min(text.size(), tag.size() + 1));
    if (in_block_ && tag != "#T") cut("a block of the trace has no \"#T end\"");
    if (tag == "#STATE") state(rest);
    if (tag == "#MACHINE") machine(rest);
    if (tag == "#PID") pid(rest);
    if (tag == "#OP" || tag == "#RESTORE") operation(tag == "#RESTORE");
    if (tag == "#W") write(rest);
    if (tag == "#S") read_back(rest);
    if (tag == "#M") of_modules_ = true;
    if (tag == "#STATE+" || tag == "#STATE-") module_state(rest, tag == "#STATE+");
    if (tag == "#T") block(rest);
    if (tag == "#CRASH") crash();
    if (tag == "#END") rests();
  }

  /// Reads which CPUs are online and present at the beginning of the session.
  void machine(std::string_view rest) {
    online_ = cpus_after(rest, " online=").value_or(std::vector<CpuId>{});
    present_ = cpus_after(rest, " present=").value_or(std::vector<CpuId>{});
    offline_.clear();
    std::ranges::set_difference(present_, online_, std::back_inserter(offline_));
  }

  void machine_rests() {
    for (const CpuId cpu : std::exchange(online_, {})) mark(Mark::Kind::Rest, cpu, kOnline);
    for (const CpuId cpu : std::exchange(offline_, {})) mark(Mark::Kind::Rest, cpu, 0);
  }

  void state(std::string_view rest) {
    if (const auto state = parse_state_line(rest, number_)) t_.states.push_back(*state);
  }

  void module_state(std::string_view rest, bool comes) {
    const auto state = parse_state_line(rest, number_);
    if (!state) return;
    loaded_.insert(state->id);
    if (!comes) leaving_.insert(state->id);
  }

  /// True for an event of a state that came with a module. The list of states does not have it, and
  /// its number is another one's later. Where a module comes or goes, the same holds for a number
  /// that no list has: its registration failed.
  bool of_module(std::string_view text) const {
    if ((loaded_.empty() && !of_modules_) || has(text, "cpuhp_kick_ap_work")) return false;
    const std::size_t at = text.find(" step:");
    if (at == std::string_view::npos) return false;
    std::string_view number = text.substr(at + 6);
    number.remove_prefix(std::min(number.find_first_not_of(' '), number.size()));
    const auto step = to_number<StateId>(number.substr(0, number.find(' ')));
    if (!step) return false;
    const bool listed = std::ranges::find(t_.states, *step, &NamedState::id) != t_.states.end();
    return loaded_.contains(*step) || (of_modules_ && !t_.states.empty() && !listed);
  }

  /// Hands on a block that was read while modules were there, without their callbacks. When one of
  /// these failed, what turned the walk is not shown, and nothing of it can be judged.
  void judge_block() {
    const std::uint32_t here = number_;
    const std::vector<BlockLine> block = std::exchange(block_text_, {});
    const bool failed = !of_modules_ && std::ranges::any_of(block, [&](const BlockLine& line) {
      return of_module(line.text) && has(line.text, "cpuhp_exit") && !line.text.ends_with("ret: 0");
    });
    if (failed)
      for (const CpuId cpu : written_) unseen_here(cpu);
    for (const BlockLine& line : block) {
      number_ = static_cast<std::uint32_t>(line.number);
      if (!failed && !of_module(line.text)) event(line.text, line.newline);
    }
    number_ = here;
  }

  void pid(std::string_view rest) {
    while (rest.starts_with(" ")) rest.remove_prefix(1);
    const std::size_t blank = rest.find(' ');
    if (blank == std::string_view::npos) return;
    if (const auto id = number_after(rest, ""))
      parser_.name_pid(*id, std::string(rest.substr(blank + 1)));
  }

  /// Begins a section of a recording. The section with a boot's trace was recorded long before the
  /// others, and its time stamps are from another clock.
  void section(std::string_view name) {
    rests();
    in_operation_ = false;
    const bool boot = name.starts_with("boot");
    unseen_here(kNoCpu);
    if (boot || block_holds_text_) {
      parser_.new_clock();
      mark(Mark::Kind::Gap);
      if (!boot) unseen_here(kNoCpu);
    }
    block_holds_text_ = boot;
    lists_states_ = name == "states";
  }

  void operation(bool unseen) {
    rests();
    if (!in_operation_ && !block_holds_text_ && t_.marks.empty()) unseen_here(kNoCpu);
    if (!block_holds_text_) machine_rests();
    in_operation_ = true;
    block_holds_text_ = false;
    restores_ = unseen;
    of_modules_ = false;
    for (const StateId state : std::exchange(leaving_, {})) loaded_.erase(state);
    written_.clear();
    known_.clear();
  }

  /// Handles a write to a file of sysfs. In a #RESTORE, the trace does not show what a write does.
  void write(std::string_view rest) {
    const bool fail = has(rest.substr(0, rest.find(' ')), "/fail");
    const auto cpu = cpu_after(rest, "path=cpu");
    if (fail) return armed(rest, cpu);
    const CpuId whose = cpu.value_or(kNoCpu);
    known_.clear();  // the files' values in it were read before this write
    if (restores_) unseen_here(whose);
    written_.push_back(whose);
    if (whose != kNoCpu) asked(rest, whose);
  }

  /// Notes the value of a write to a CPU's `online` or `target` in two cases: an armed `fail`
  /// stopped the CPU on its way, or a #RESTORE wrote to `target`.
  void asked(std::string_view rest, CpuId cpu) {
    const auto value = state_after(rest, " value=");
    const bool target = has(rest.substr(0, rest.find(' ')), "/hotplug/target");
    if (!value) return;
    const StateId state = target ? *value : (*value == 0 ? StateId{0} : kOnline);
    const bool stopped = has(rest, " name=EAGAIN");
    if (stopped && !restores_) know(Mark::Kind::Stopped, cpu, state);
    // A successful write to `online` shows nothing: when the device already has this value, it does
    // nothing, and the CPU may be in any state.
    if (target && restores_ && has(rest, " name=OK")) mark(Mark::Kind::Asked, cpu, state);
  }

  void armed(std::string_view rest, std::optional<CpuId> cpu) {
    const bool cleared = has(rest, " value=-1");
    const auto state = cleared ? StateId{0} : state_after(rest, " value=");
    if (!cpu || !state || !has(rest, " name=OK")) return;
    mark(Mark::Kind::Armed, *cpu, *state);
  }

  void unseen_here(CpuId cpu) { mark(Mark::Kind::Unseen, cpu); }

  void mark(Mark::Kind kind, CpuId cpu = kNoCpu, StateId state = -1) {
    t_.marks.push_back({events(), kind, cpu, state});
  }

  /// Notes a fact that holds after the operation. rests() makes a mark of it later.
  void know(Mark::Kind kind, CpuId cpu, StateId state) { known_.push_back({0, kind, cpu, state}); }

  void read_back(std::string_view rest) {
    const auto cpu = cpu_after(rest, "cpu=");
    const auto state = state_after(rest, " state=");
    if (!cpu || !state) return;
    know(Mark::Kind::Rest, *cpu, *state);
    if (const auto online = cpus_after(rest, " online_mask="))
      for (const CpuId each : present_)
        know(std::ranges::binary_search(*online, each) ? Mark::Kind::Online : Mark::Kind::Offline,
             each, 0);
    if (restores_) rests();
  }

  /// Makes marks of the facts that know() has noted. They follow the operation's events.
  void rests() {
    for (const Mark& known : known_) mark(known.kind, known.cpu, known.state);
    known_.clear();
  }

  void block(std::string_view rest) {
    if (rest.starts_with("begin")) {
      in_block_ = true;
      block_lines_ = 0;
    } else if (rest.starts_with("end")) {
      if (in_block_ && number_after(rest, "lines=").value_or(-1) != block_lines_)
        cut("the block has " + std::to_string(block_lines_) + " lines, but its \"#T end\" says" +
            std::string(rest.substr(3)));
      in_block_ = false;
      rests();
    } else if (rest.starts_with("omitted")) {
      for (const CpuId cpu : written_) unseen_here(cpu);
      rests();
    }
  }

  void cut(std::string text) {
    t_.notes.push_back({TraceNote::Kind::Cut, number_, events(), std::move(text)});
    in_block_ = false;
  }

  /// Notes that the guest crashed and was started again.
  void crash() {
    known_.clear();
    loaded_.clear();
    mark(Mark::Kind::Gap);
    unseen_here(kNoCpu);
  }

  struct BlockLine {
    std::string_view text;
    std::size_t number = 0;
    bool newline = true;
  };

  LooseTrace t_;
  FtraceParser parser_;
  std::vector<BlockLine> block_text_;  ///< of the block so far, while modules are there
  std::string file_;
  std::uint32_t number_ = 0;
  int block_lines_ = 0;
  bool in_block_ = false;
  bool in_operation_ = false;
  bool block_holds_text_ = false;  ///< in the trace of a boot, which has no #T lines
  bool lists_states_ = false;      ///< in a section with hotplug/states
  bool restores_ = false;
  bool of_modules_ = false;     ///< in an operation that loads or unloads a module
  std::set<StateId> loaded_;    ///< states of modules that are there
  std::set<StateId> leaving_;   ///< those that go in this operation
  std::vector<CpuId> written_;  ///< CPUs whose files the operation wrote
  std::vector<Mark> known_;
  std::vector<CpuId> online_, offline_;  ///< CPU lists, known until the first operation
  std::vector<CpuId> present_;
};

}  // namespace

std::size_t LooseTrace::unreadable() const {
  return static_cast<std::size_t>(std::count_if(notes.begin(), notes.end(), [](const TraceNote& n) {
    return n.kind == TraceNote::Kind::Unreadable;
  }));
}

LooseTrace parse_loose_trace(std::string_view text, std::string file) {
  LooseReader reader(std::move(file));
  for_each_line(text, [&](std::string_view line, std::size_t number, bool newline) {
    reader.line(line, number, newline);
  });
  return reader.finish();
}

LooseTrace read_loose_trace(const std::string& path) {
  return parse_loose_trace(read_trace_text(path), shown_file(path));
}

}  // namespace cpuhp

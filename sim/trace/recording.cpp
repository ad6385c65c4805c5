#include "sim/trace/recording.hpp"

#include <algorithm>
#include <utility>

#include "sim/input_file.hpp"
#include "sim/trace/module_states.hpp"
#include "sim/trace/text_file.hpp"
#include "sim/trace/text_search.hpp"

namespace cpuhp {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// Removes the first word from `text`, up to a blank, and returns it.
std::string_view take_word(std::string_view& text) {
  text = trim(text);
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size());
  return word;
}

using Values = std::map<std::string, std::string>;

/// Reads a recording line by line, with one function for each kind of line.
class RecordingReader {
 public:
  explicit RecordingReader(std::string file) : parser_(file) { r_.file = std::move(file); }

  void line(std::string_view text, std::size_t number, bool newline) {
    number_ = static_cast<std::uint32_t>(number);
    if (text.starts_with("#") && text.size() > 1 && text[1] >= 'A' && text[1] <= 'Z')
      return tagged(text);
    if (in_trace_) return parser_.line(text, number, newline);
    if (text.starts_with("# ")) {
      parser_.line(text, number, newline);
      return header(text);
    }
    if (op_ != Op::None) return;  // printed by the dying kernel
    outside(text, newline);
  }

  Recording finish() {
    if (in_trace_) fail("the file ends within a trace: expected \"#T end\"");
    if (op_ == Op::Open) fail("the file ends within an operation: expected \"#END\"");
    close_section();
    // A task may show its name later than its first events.
    for (RecordedSection& s : r_.sections) {
      if (s.trace) name_tasks(*s.trace, parser_.task_names());
      for (RecordedOperation& op : s.operations)
        if (op.trace) name_tasks(*op.trace, parser_.task_names());
    }
    name_gone_callbacks(r_);
    return std::move(r_);
  }

 private:
  /// Where a line is relative to an operation. Open: before #END. After: after #END, where #V,
  /// #CRASH and the next #RESTORE still belong to the operation. Restore: in a #RESTORE, which has
  /// no #END.
  enum class Op { None, Open, After, Restore };

  [[noreturn]] void fail(std::string message, std::string_view at = {}) const {
    const std::size_t column =
        at.data() == nullptr ? 1 : static_cast<std::size_t>(at.data() - line_.data()) + 1;
    throw BadInput{BadInputAt{
        .file = r_.file, .line = number_, .column = column, .message = std::move(message)}};
  }

  RecordedSection& section() {
    if (r_.sections.empty()) r_.sections.push_back({.line = number_});
    return r_.sections.back();
  }

  RecordedOperation& operation(std::string_view tag) {
    if (op_ == Op::None || section().operations.empty())
      fail(std::string(tag) + " is outside of an operation: expected it between #OP and #END");
    return section().operations.back();
  }

  template <typename T>
  T number(const Values& values, const std::string& key) const {
    const std::string& digits = text(values, key);
    const auto value = to_number<T>(digits);
    if (!value) fail("expected a number after \"" + key + "=\", found \"" + digits + "\"");
    return *value;
  }

  CpuId cpu(const Values& values) const {
    const auto id = number<std::uint32_t>(values, "cpu");
    if (id >= kMaxCpus) fail("CPU " + std::to_string(id) + " is out of range, expected 0 to 65535");
    return id;
  }

  const std::string& text(const Values& values, const std::string& key) const {
    const auto found = values.find(key);
    if (found == values.end()) fail("expected \"" + key + "=\" in this line");
    return found->second;
  }

  static Values key_values(std::string_view text) {
    Values values;
    for (std::string_view word = take_word(text); !word.empty(); word = take_word(text)) {
      const std::size_t equals = word.find('=');
      if (equals != std::string_view::npos)
        values.emplace(word.substr(0, equals), word.substr(equals + 1));
    }
    return values;
  }

  void tagged(std::string_view text) {
    line_ = text;
    const std::string_view tag = text.substr(0, text.find(' '));
    const std::string_view rest = trim_front(text.substr(tag.size()));
    if (in_trace_ && tag != "#T" && tag != "#CRASH")
      fail("expected \"#T end\" before " + std::string(tag));
    struct Row {
      std::string_view tag;
      void (RecordingReader::*read)(std::string_view);
    };
    static constexpr Row kRows[] = {
        {"#MACHINE", &RecordingReader::machine},   {"#STATE", &RecordingReader::state},
        {"#PID", &RecordingReader::pid},           {"#INFO", &RecordingReader::info},
        {"#OP", &RecordingReader::begin},          {"#RESTORE", &RecordingReader::restore},
        {"#W", &RecordingReader::write},           {"#S", &RecordingReader::read_back},
        {"#M", &RecordingReader::module},          {"#STATE+", &RecordingReader::state_came},
        {"#STATE-", &RecordingReader::state_went}, {"#K", &RecordingReader::kernel},
        {"#T", &RecordingReader::trace},           {"#V", &RecordingReader::values},
        {"#CRASH", &RecordingReader::crash},       {"#END", &RecordingReader::end}};
    for (const Row& row : kRows)
      if (row.tag == tag) return (this->*row.read)(rest);
    fail("unknown line " + std::string(tag));
  }

  static std::string_view trim_front(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    return text;
  }

  void machine(std::string_view rest) {
    RecordedMachine m;
    const std::size_t cmdline = rest.find("cmdline=\"");
    Values v = key_values(rest.substr(0, cmdline));
    if (cmdline != std::string_view::npos) {
      const std::string_view quoted = rest.substr(cmdline + 9);
      if (quoted.rfind('"') == std::string_view::npos)
        fail("the quote of the command line has no end: expected cmdline=\"...\"", quoted);
      m.cmdline = quoted.substr(0, quoted.rfind('"'));
    }
    m.arch = text(v, "arch");
    for (const auto& [key, list] :
         {std::pair{"possible", &m.possible}, std::pair{"present", &m.present},
          std::pair{"online", &m.online}}) {
      const auto cpus = parse_cpu_list(text(v, key));
      if (!cpus) fail(std::string(key) + " has no valid CPU list: expected a list such as 0-3,8");
      *list = *cpus;
    }
    if (m.possible.empty()) fail("possible= is empty: expected at least one CPU");
    if (const auto t = v.find("topology"); t != v.end()) topology(t->second, m);
    m.state_control = v["state_control"] == "y";
    m.cpu0_online_file = v["cpu0_online_file"] == "y";
    m.smt_control = v["smt_control"];
    r_.machine = std::move(m);
  }

  /// Reads the topology: `0:0.0.0,1:0.0.1` is cpu:package.core.thread.
  void topology(std::string_view list, RecordedMachine& m) const {
    while (!list.empty()) {
      std::string_view item = list.substr(0, list.find(','));
      list.remove_prefix(std::min(list.size(), item.size() + 1));
      std::uint32_t part[4] = {};
      for (int i = 0; i < 4; ++i) {
        const std::string_view digits = item.substr(0, item.find_first_of(":."));
        const auto value = to_number<std::uint32_t>(digits);
        if (!value) fail("expected topology=CPU:PACKAGE.CORE.THREAD,...");
        part[i] = *value;
        item.remove_prefix(std::min(item.size(), digits.size() + 1));
      }
      m.topology[part[0]] = {.socket = part[1], .core = part[2], .thread = part[3]};
    }
  }

  void state(std::string_view rest) {
    const auto parsed = parse_state_line(rest, number_);
    if (!parsed) fail("expected \"#STATE NUMBER: NAME\"");
    r_.states.push_back(*parsed);
  }

  void pid(std::string_view rest) {
    const auto id = to_number<std::int32_t>(take_word(rest));
    if (!id || trim(rest).empty()) fail("expected \"#PID NUMBER NAME\"");
    parser_.name_pid(*id, std::string(trim(rest)));
  }

  /// Ignores #INFO, whose text is for people. At the beginning, it opens a section without a name.
  void info(std::string_view) { section(); }

  void begin(std::string_view rest) {
    if (op_ == Op::Open) fail("expected \"#END\" before the next #OP");
    // The id may contain blanks, and ends before ` cpu=`.
    const std::size_t cpu_at = rest.rfind(" cpu=");
    RecordedOperation op{.line = number_, .id = std::string(rest.substr(0, cpu_at))};
    if (cpu_at != std::string_view::npos) op.cpu = cpu(key_values(rest.substr(cpu_at)));
    op.loaded = loaded_;
    section().operations.push_back(std::move(op));
    op_ = Op::Open;
  }

  void restore(std::string_view rest) {
    if (op_ == Op::Open) fail("expected \"#END\" before #RESTORE");
    section().operations.push_back({.line = number_,
                                    .restore = true,
                                    .id = text(key_values(rest), "want"),
                                    .loaded = loaded_});
    op_ = Op::Restore;
  }

  /// Reads `path=P value=V ret=R errno=E name=N at=A [us=U]`. V may contain blanks, even ` ret=`.
  void write(std::string_view rest) {
    const std::size_t value = rest.find(" value=");
    const std::size_t ret = rest.rfind(" ret=");
    if (!rest.starts_with("path=") || value == std::string_view::npos ||
        ret == std::string_view::npos || ret < value)
      fail("expected \"#W path=PATH value=VALUE ret=N ...\"");
    const Values v = key_values(rest.substr(ret));
    RecordedWrite w{.line = number_,
                    .path = std::string(rest.substr(5, value - 5)),
                    .value = std::string(rest.substr(value + 7, ret - value - 7)),
                    .name = text(v, "name"),
                    .at = text(v, "at")};
    if (text(v, "ret") != "none") {
      w.ret = number<std::int64_t>(v, "ret");
      w.error = number<int>(v, "errno");
    }
    if (const auto with = v.find("with"); with != v.end()) {
      if (with->second != "1") fail("expected \"with=1\", found \"with=" + with->second + '"');
      if (operation("#W").writes.empty())
        fail("\"with=1\" needs a #W of the same operation before it");
      w.with = true;
    }
    if (v.contains("us")) w.us = number<std::int64_t>(v, "us");
    operation("#W").writes.push_back(std::move(w));
  }

  /// Reads `verb=load module=M ret=R errno=E name=N [us=U]`.
  void module(std::string_view rest) {
    const Values v = key_values(rest);
    const std::string& verb = text(v, "verb");
    if (verb != "load" && verb != "unload")
      fail("expected \"verb=load\" or \"verb=unload\", found \"verb=" + verb + '"');
    operation("#M").modules.push_back({.line = number_,
                                       .load = verb == "load",
                                       .name = text(v, "module"),
                                       .error = number<int>(v, "errno"),
                                       .error_name = text(v, "name")});
  }

  NamedState changed_state(std::string_view tag, std::string_view rest) {
    if (operation(tag).modules.empty()) fail(std::string(tag) + " needs an #M before it");
    const auto parsed = parse_state_line(rest, number_);
    if (!parsed) fail("expected \"" + std::string(tag) + " NUMBER: NAME\"");
    return *parsed;
  }

  void state_came(std::string_view rest) {
    const NamedState state = changed_state("#STATE+", rest);
    RecordedOperation& op = operation("#STATE+");
    op.changes.push_back({.added = true, .state = state});
    op.loaded.push_back(state);
    if (std::ranges::find(loaded_, state.id, &NamedState::id) != loaded_.end())
      fail("state " + std::to_string(state.id) + " is there already");
    loaded_.push_back(state);
  }

  void state_went(std::string_view rest) {
    const NamedState state = changed_state("#STATE-", rest);
    operation("#STATE-").changes.push_back({.added = false, .state = state});
    std::erase_if(loaded_, [&](const NamedState& s) { return s.id == state.id; });
  }

  void read_back(std::string_view rest) {
    const Values v = key_values(rest);
    operation("#S").reads.push_back({.line = number_,
                                     .cpu = cpu(v),
                                     .online = text(v, "online"),
                                     .state = text(v, "state"),
                                     .target = text(v, "target"),
                                     .fail = text(v, "fail"),
                                     .online_mask = text(v, "online_mask"),
                                     .offline_mask = text(v, "offline_mask")});
  }

  /// Reads a line such as `<6>[    7.043462] text`.
  void kernel(std::string_view rest) {
    const std::size_t close = rest.find(']');
    const std::size_t open = rest.find('[');
    const std::size_t angle = rest.find('>');
    if (!rest.starts_with("<") || close == std::string_view::npos || angle > open || open > close)
      fail("expected \"#K <PRIORITY>[SECONDS] TEXT\"");
    const auto time = parse_log_stamp(rest.substr(open + 1, close - open - 1));
    if (!time || !to_number<int>(rest.substr(1, angle - 1)))
      fail("expected \"#K <PRIORITY>[SECONDS] TEXT\"");
    operation("#K").kernel.push_back({number_, *time, std::string(trim(rest.substr(close + 1)))});
  }

  void trace(std::string_view rest) {
    const std::string_view word = take_word(rest);
    const Values v = key_values(rest);
    RecordedOperation& op = operation("#T");
    if (word == "begin") {
      if (in_trace_) fail("\"#T begin\" within a trace: expected \"#T end\" before");
      in_trace_ = true;
      trace_begin_ = number_;
    } else if (word == "end") {
      if (!in_trace_) fail("\"#T end\" without a \"#T begin\" before it");
      in_trace_ = false;
      const auto lines = number<std::size_t>(v, "lines");
      if (lines != number_ - trace_begin_ - 1)
        fail("the trace has " + std::to_string(number_ - trace_begin_ - 1) +
             " lines, but its \"#T end\" says " + std::to_string(lines) +
             ": lines of the recording are missing");
      op.trace = parser_.take();
    } else if (word == "omitted") {
      op.omitted_lines = number<std::size_t>(v, "lines");
    } else {
      fail("expected \"#T begin\", \"#T end\" or \"#T omitted\"");
    }
  }

  void values(std::string_view rest) {
    for (auto& [key, value] : key_values(rest)) operation("#V").values[key] = value;
  }

  void crash(std::string_view rest) {
    const std::size_t end = rest.find(" during");
    operation("#CRASH").crash = text(key_values(rest.substr(0, end)), "status");
    loaded_.clear();  // the guest was started again
    // The dead guest has printed no end of its trace, so the trace ends here.
    if (in_trace_) operation("#CRASH").trace = parser_.take();
    in_trace_ = false;
    if (op_ == Op::Open) op_ = Op::After;
  }

  void end(std::string_view) {
    const bool crashed = op_ == Op::After && !section().operations.back().crash.empty();
    if (op_ != Op::Open && !crashed) fail("#END without an #OP before it");
    op_ = Op::After;
  }

  void header(std::string_view text) {
    line_ = text;
    const std::size_t colon = text.find(": ");
    if (colon == std::string_view::npos) return;
    const std::string_view key = text.substr(2, colon - 2);
    const std::string_view value = text.substr(colon + 2);
    if (key == "section") return open_section(value);
    if (key == "guest") r_.guest.emplace_back(value);
    r_.header.emplace(key, value);
  }

  void open_section(std::string_view name) {
    close_section();
    const std::size_t note = name.find(" (INCOMPLETE");
    r_.sections.push_back({.line = number_,
                           .name = std::string(name.substr(0, note)),
                           .incomplete = note != std::string_view::npos});
  }

  void close_section() {
    op_ = Op::None;
    Ftrace trace = parser_.take();
    if (!trace.stream.events.empty() || !trace.functions.empty())
      section().trace = std::move(trace);
  }

  /// Reads a line outside of operations: of a boot's trace, of hotplug/states, or of sysfs files.
  void outside(std::string_view text, bool newline) {
    line_ = text;
    if (text.empty() || text.front() == '#') return;
    RecordedSection& s = section();
    if (s.name.empty() || s.name == "boot_trace") return parser_.line(text, number_, newline);
    s.lines.emplace_back(text);
    if (s.name == "states") {
      const auto parsed = parse_state_line(text, number_);
      if (!parsed) fail("expected \"NUMBER: NAME\"");
      r_.states.push_back(*parsed);
    } else if (s.name == "cpusysfs") {
      cpusysfs(text, s);
    }
  }

  void cpusysfs(std::string_view text, RecordedSection& s) const {
    const std::size_t equals = text.find(" =");
    const std::size_t word = text.find(' ');
    if (text.starts_with("cpu") && word != std::string_view::npos && equals != word) {
      if (const auto id = to_number<CpuId>(text.substr(3, word - 3)))
        s.cpus[*id] = {.line = number_, .values = key_values(text.substr(word))};
    } else if (equals != std::string_view::npos && equals == word) {
      s.values.emplace(text.substr(0, equals), trim(text.substr(equals + 2)));
    }
  }

  Recording r_;
  FtraceParser parser_;
  std::vector<NamedState> loaded_;  ///< states that came with modules and are there
  std::string_view line_;
  std::uint32_t number_ = 0;
  std::uint32_t trace_begin_ = 0;
  bool in_trace_ = false;
  Op op_ = Op::None;
};

/// Returns the version at the beginning of `text`: its digits and points.
std::string leading_version(std::string_view text) {
  std::string_view version = text.substr(0, text.find_first_not_of("0123456789."));
  while (!version.empty() && version.back() == '.') version.remove_suffix(1);
  return std::string(version);
}

}  // namespace

std::string kernel_in_banner(std::string_view line) {
  const std::size_t built = line.find(" #");
  const std::size_t debian = line.find("Debian ", built == std::string_view::npos ? 0 : built);
  if (built != std::string_view::npos && debian != std::string_view::npos)
    if (std::string v = leading_version(line.substr(debian + 7)); !v.empty()) return v;
  constexpr std::string_view kVersion = "Linux version ";
  const std::size_t at = line.find(kVersion);
  return at == std::string_view::npos ? "" : leading_version(line.substr(at + kVersion.size()));
}

std::optional<Ns> parse_log_stamp(std::string_view text) {
  constexpr std::int64_t kMaxSeconds = 9'000'000'000;
  const std::string_view stamp = trim(text);
  const std::size_t point = stamp.find('.');
  if (point == std::string_view::npos || stamp.size() - point - 1 != 6) return std::nullopt;
  const auto seconds = to_number<std::int64_t>(stamp.substr(0, point));
  const auto micros = to_number<std::uint32_t>(stamp.substr(point + 1));
  if (!seconds || !micros || *seconds < 0 || *seconds > kMaxSeconds) return std::nullopt;
  return Ns{*seconds * 1'000'000'000 + std::int64_t{*micros} * 1'000};
}

std::optional<std::vector<CpuId>> parse_cpu_list(std::string_view text) {
  std::vector<CpuId> cpus;
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), item.size() + 1));
    const std::size_t dash = item.find('-');
    const auto first = to_number<CpuId>(item.substr(0, dash));
    const auto last =
        dash == std::string_view::npos ? first : to_number<CpuId>(item.substr(dash + 1));
    if (!first || !last || *last < *first || *last >= kMaxCpus) return std::nullopt;
    if (!cpus.empty() && *first <= cpus.back()) return std::nullopt;
    for (CpuId cpu = *first; cpu <= *last; ++cpu) cpus.push_back(cpu);
  }
  return cpus;
}

std::optional<NamedState> parse_state_line(std::string_view text, std::size_t number) {
  const std::string_view line = trim(text);
  const std::size_t colon = line.find(": ");
  if (colon == std::string_view::npos) return std::nullopt;
  const auto id = to_number<std::int16_t>(line.substr(0, colon));
  const std::string_view name = trim(line.substr(colon + 2));
  if (!id || *id < 0 || name.empty()) return std::nullopt;
  return NamedState{*id, std::string(name), static_cast<std::uint32_t>(number)};
}

std::vector<const RecordedOperation*> Recording::operations() const {
  std::vector<const RecordedOperation*> all;
  for (const RecordedSection& s : sections)
    for (const RecordedOperation& op : s.operations) all.push_back(&op);
  return all;
}

std::vector<const Ftrace*> Recording::traces() const {
  std::vector<const Ftrace*> all;
  for (const RecordedSection& s : sections) {
    if (s.trace) all.push_back(&*s.trace);
    for (const RecordedOperation& op : s.operations)
      if (op.trace) all.push_back(&*op.trace);
  }
  return all;
}

std::string Recording::kernel() const {
  for (const std::string& line : guest)
    if (line.starts_with("Linux version ")) return kernel_in_banner(line);
  return {};
}

bool Recording::emulated() const {
  return header.contains("qemu") || header.contains("qemu command");
}

Recording parse_recording(std::string_view text, std::string file) {
  RecordingReader reader(std::move(file));
  for_each_line(text, [&](std::string_view line, std::size_t number, bool newline) {
    reader.line(line, number, newline);
  });
  return reader.finish();
}

Recording read_recording(const std::string& path) {
  return parse_recording(read_trace_text(path, kMaxRecordingBytes), shown_file(path));
}

}  // namespace cpuhp

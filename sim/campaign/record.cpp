#include "sim/campaign/record.hpp"

#include <spdlog/fmt/fmt.h>

#include <charconv>
#include <optional>
#include <utility>

#include "sim/error.hpp"
#include "sim/report/finding_report.hpp"
#include "sim/report/json_number.hpp"

namespace cpuhp {
namespace {

constexpr std::size_t kUsualLength = 256;

/// A value that is JSON text already.
struct JsonText {
  std::string_view text;
};

/// Appends JSON to a line. Its words come from the program itself, so none needs escapes.
class LineWriter {
 public:
  LineWriter() { line_.reserve(kUsualLength); }

  void put(JsonText value) { line_ += value.text; }
  void put(std::string_view word) { ((line_ += '"') += word) += '"'; }
  void put(bool value) { line_ += value ? "true" : "false"; }
  template <std::integral Number>
  void put(Number value) {
    const fmt::format_int digits(value);
    line_.append(digits.data(), digits.size());
  }

  template <typename Value>
  void field(std::string_view name, const Value& value) {
    key(name);
    put(value);
  }
  /// Appends a list. `put_value(value)` appends one element.
  template <typename Values, typename PutValue>
  void list(std::string_view name, const Values& values, PutValue put_value) {
    key(name);
    line_ += '[';
    for (const auto& value : values) {
      separate();
      put_value(value);
    }
    line_ += ']';
  }
  void begin() { line_ += '{'; }
  void end() { line_ += '}'; }
  std::string take() { return std::move(line_); }

 private:
  void key(std::string_view name) {
    separate();
    put(name);
    line_ += ':';
  }
  void separate() {
    if (line_.back() != '{' && line_.back() != '[') line_ += ',';
  }

  std::string line_;
};

void put_fault(LineWriter& to, const Fault& fault, std::string_view state) {
  to.begin();
  for_each_field(fault, JsonText{state},
                 [&](std::string_view name, const auto& value) { to.field(name, value); });
  to.end();
}

void put_case(LineWriter& to, const CampaignPlan& plan, const CampaignCase& c) {
  to.field("case", c.number);
  to.field("design", to_string(plan.config(c.design).design));
  to.field("mode", to_string(c.mode));
  to.list("faults", c.faults,
          [&](const Fault& f) { put_fault(to, f, plan.state_text(c.design, f.state)); });
  if (c.mode != CaseMode::Random) return;
  to.field("seed", c.seed);
  to.field("jitter", c.jitter);
}

/// Parses a line in exactly the form in which LineWriter writes it.
class LineReader {
 public:
  explicit LineReader(std::string_view line) : rest_(line) {}

  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  void expect(std::string_view text) { good_ = take(text) && good_; }
  template <std::integral Number>
  Number number() {
    Number value{};
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    std::string_view digits = rest_.substr(0, static_cast<std::size_t>(end - rest_.data()));
    rest_.remove_prefix(digits.size());
    if (digits.starts_with('-')) digits.remove_prefix(1);
    good_ = good_ && error == std::errc{} && (digits.size() == 1 || digits.front() != '0');
    return value;
  }
  std::string_view word() {
    expect("\"");
    std::size_t size = 0;
    while (size < rest_.size() && is_plain(rest_[size])) ++size;
    const std::string_view word = rest_.substr(0, size);
    rest_.remove_prefix(size);
    expect("\"");
    return word;
  }
  /// Returns a word, or the digits of a number.
  std::string_view value() {
    if (rest_.starts_with('"')) return word();
    const std::string_view before = rest_;
    pass_value();
    return before.substr(0, before.size() - rest_.size());
  }
  void pass_value() {
    if (rest_.starts_with('"'))
      word();
    else if (!take("true") && !take("null"))
      number<std::int64_t>();
  }
  /// True when the whole line had the form in which LineWriter writes it.
  bool done() const { return good_ && rest_.empty(); }

 private:
  static bool is_plain(char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; }

  std::string_view rest_;
  bool good_ = true;
};

/// The part of a fault that a record keeps.
struct ReadFault {
  std::string_view kind;
  std::string_view state;      ///< name or number; empty: the fault strikes no callback
  std::string_view direction;  ///< empty: up, which lines leave out
};

std::string place_of(const ReadFault& fault) {
  if (fault.state.empty()) return {};
  std::string place(fault.state);
  return (place += ' ') += fault.direction.empty() ? "up" : fault.direction;
}

void add_fault(Record& record, const ReadFault& fault) {
  if (record.kinds.empty()) record.place = place_of(fault);
  record.kinds.emplace_back(fault.kind);
}

ReadFault read_fault(LineReader& from) {
  from.expect("{\"kind\":");
  ReadFault fault{.kind = from.word()};
  while (from.take(",")) {
    const std::string_view name = from.word();
    from.expect(":");
    const std::string_view value = from.value();
    if (name == "state") fault.state = value;
    if (name == "direction") fault.direction = value;
  }
  from.expect("}");
  return fault;
}

void add_fault(Record& record, const OrderedJson& fault) {
  const auto text = [&fault](const char* name) {
    const auto found = fault.find(name);
    if (found == fault.end()) return std::string();
    return found->is_string() ? found->get<std::string>() : found->dump();
  };
  const std::string kind = fault.at("kind"), state = text("state"), direction = text("direction");
  add_fault(record, ReadFault{kind, state, direction});
}

/// Reads a line without findings, as most lines are. Returns no value when the line has findings or
/// escapes.
std::optional<Record> read_plain_record(std::string_view line) {
  LineReader from(line);
  Record r;
  from.expect("{\"case\":");
  r.number = from.number<std::uint64_t>();
  from.expect(",\"design\":");
  r.design = from.word();
  from.expect(",\"mode\":");
  r.mode = from.word();
  from.expect(",\"faults\":[");
  if (!from.take("]")) {
    do add_fault(r, read_fault(from));
    while (from.take(","));
    from.expect("]");
  }
  if (from.take(",\"seed\":")) {
    from.number<std::uint64_t>();
    from.expect(",\"jitter\":");
    from.number<std::uint64_t>();
  }
  from.expect(",\"outcome\":");
  r.outcome = from.word();
  from.expect(",\"ret\":[");
  do from.pass_value();
  while (from.take(","));
  from.expect("],\"digest\":");
  from.word();
  from.expect(",\"findings\":[]}");
  return from.done() ? std::optional(std::move(r)) : std::nullopt;
}

}  // namespace

std::string record_line(const CampaignPlan& plan, const CampaignCase& c, const Verdict& verdict) {
  LineWriter to;
  to.begin();
  put_case(to, plan, c);
  to.field("outcome", to_string(verdict.outcome));
  to.list("ret", verdict.returns,
          [&](const std::optional<int>& ret) { ret ? to.put(*ret) : to.put(JsonText{"null"}); });
  to.field("digest", std::string_view(verdict.digest));
  to.list("findings",
          verdict.findings.empty() ? OrderedJson::array() : findings_json(verdict.findings),
          [&](const OrderedJson& f) { to.put(JsonText{f.dump()}); });
  to.end();
  return to.take();
}

std::string crash_line(const CampaignPlan& plan, const CampaignCase& c, const std::string& death) {
  Verdict crash{.outcome = Outcome::Crash};
  crash.findings.push_back({.invariant = std::string(kCrash),
                            .text = "cpuhp-sim itself crashed in this run: " + death,
                            .place = death});
  return record_line(plan, c, crash);
}

Record parse_record(std::string_view line) {
  if (auto plain = read_plain_record(line)) return *std::move(plain);
  try {
    const OrderedJson json = parse_shallow(line);
    // Assigns member by member. With a braced initializer, when an expression throws, g++ 12
    // destroys members that it has not constructed.
    Record r;
    r.number = whole_number<std::uint64_t>(json.at("case"));
    r.design = json.at("design");
    r.mode = json.at("mode");
    r.outcome = json.at("outcome");
    for (const OrderedJson& fault : json.at("faults")) add_fault(r, fault);
    r.findings = findings_from(json.at("findings"));
    return r;
  } catch (const OrderedJson::exception&) {
    throw BadInput{"expected a line that `cpuhp-sim faults` wrote, found: " +
                   std::string(line.substr(0, 80))};
  }
}

OrderedJson parse_shallow(std::string_view text) {
  constexpr int kDepthMax = 16;
  const auto shallow = [](int depth, OrderedJson::parse_event_t, OrderedJson&) {
    if (depth > kDepthMax)
      throw BadInput{
          "expected a line that `cpuhp-sim faults` wrote, found JSON with more than 16 levels"};
    return true;
  };
  return OrderedJson::parse(text, shallow);
}

}  // namespace cpuhp

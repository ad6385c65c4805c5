#include "sim/campaign/record.hpp"

#include <spdlog/fmt/fmt.h>

#include <charconv>
#include <optional>
#include <utility>

#include "model/faults/sites.hpp"
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

/// Appends what the certificate (sim/campaign/certificate.hpp) needs of a case.
void put_struck(LineWriter& to, const CampaignPlan& plan, const CampaignCase& c,
                const Verdict& verdict) {
  const auto state = [&](StateId id) {
    const auto own = verdict.registered.find(id);
    return JsonText{plan.state_text(c.design, own == verdict.registered.end() ? id : own->second)};
  };
  to.list("struck", verdict.struck, [&](const StruckFault& s) {
    to.begin();
    to.field("fault", s.fault);
    to.field("time", s.time);
    if (s.instance != kNoInstance) to.field("instance", s.instance);
    if (s.back >= 0) to.field("back", state(s.back));
    to.end();
  });
  to.list("turns", verdict.turns, [&](const Turn& turn) {
    to.begin();
    to.field("at", state(turn.at));
    to.field("direction", std::string_view(turn.up ? "up" : "down"));
    to.field("to", state(turn.to));
    to.end();
  });
  to.field("judged", std::string_view(fmt::format("{:x}", verdict.invariants)));
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
  bool good() const { return good_; }
  /// True when the whole line had the form in which LineWriter writes it.
  bool done() const { return good_ && rest_.empty(); }

 private:
  static bool is_plain(char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; }

  std::string_view rest_;
  bool good_ = true;
};

/// Returns the invariants of a line's "judged". Throws BadInput for another text.
std::uint64_t judged_bits(std::string_view text) {
  constexpr int kHex = 16;
  std::uint64_t bits = 0;
  const char* const end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, bits, kHex);
  if (error == std::errc{} && last == end) return bits;
  throw BadInput{"expected a line that `cpuhp-sim faults` wrote, found \"judged\": \"" +
                 std::string(text) + '"'};
}

/// The part of a fault that a record keeps.
struct ReadFault {
  std::string_view kind;
  std::string_view state;      ///< name or number; empty: the fault strikes no callback
  std::string_view direction;  ///< empty: up, which lines leave out
  std::string_view wakeup;     ///< empty: lines leave it out
  CpuId cpu = kNoCpu;
  Ns delay{};
};

std::string place_of(const ReadFault& fault) {
  if (fault.state.empty()) return {};
  std::string place(fault.state);
  return (place += ' ') += fault.direction.empty() ? "up" : fault.direction;
}

/// Returns the place of the fault's site (Certificate): that of its callback, or its handshake.
std::string site_place(const ReadFault& fault) {
  if (!fault.state.empty()) return place_of(fault);
  const FaultKindInfo* const kind = row_named(kFaultKindInfos, fault.kind);
  if (kind == nullptr) return {};
  const Named<Sleeper>* const sleeper = row_named(kSleepers, fault.wakeup);
  return std::string(
      handshake_name(site_of({.kind = kind->value,
                              .sleeper = sleeper == nullptr ? Sleeper::Any : sleeper->value,
                              .delay = fault.delay})));
}

/// Adds what the line says of one of its faults that has struck.
void add_struck(Record& record, const std::vector<ReadFault>& faults, std::size_t fault,
                StruckSite struck) {
  if (fault >= faults.size())
    throw BadInput{"expected a line that `cpuhp-sim faults` wrote, found a fault that it lacks"};
  struck.kind = faults[fault].kind;
  struck.place = site_place(faults[fault]);
  struck.cpu = faults[fault].cpu;
  record.struck.push_back(std::move(struck));
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
    if (name == "cpu") {
      fault.cpu = from.number<CpuId>();
    } else if (name == "delay_ns") {
      fault.delay = Ns{from.number<std::int64_t>()};
    } else {
      const std::string_view value = from.value();
      if (name == "state") fault.state = value;
      if (name == "direction") fault.direction = value;
      if (name == "wakeup") fault.wakeup = value;
    }
  }
  from.expect("}");
  return fault;
}

/// Reads the list of a list's elements: "[" was taken, "]" is taken.
template <typename Read>
void read_list(LineReader& from, Read read) {
  if (from.take("]")) return;
  do read();
  while (from.take(","));
  from.expect("]");
}

/// Reads what put_struck() wrote.
void read_struck(LineReader& from, Record& r, const std::vector<ReadFault>& faults) {
  read_list(from, [&] {
    StruckSite struck;
    from.expect("{\"fault\":");
    const auto fault = from.number<std::size_t>();
    from.expect(",\"time\":");
    struck.time = from.number<std::uint32_t>();
    if (from.take(",\"instance\":")) struck.instance = from.number<InstanceId>();
    if (from.take(",\"back\":")) struck.back = from.value();
    from.expect("}");
    if (from.good()) add_struck(r, faults, fault, std::move(struck));
  });
  from.expect(",\"turns\":[");
  read_list(from, [&] {
    RecordedTurn turn;
    from.expect("{\"at\":");
    turn.at = from.value();
    from.expect(",\"direction\":");
    turn.direction = from.word();
    from.expect(",\"to\":");
    turn.to = from.value();
    from.expect("}");
    r.turns.push_back(std::move(turn));
  });
  from.expect(",\"judged\":");
  r.judged = judged_bits(from.word());
}

/// The text of a field: a word, or the digits of a number; empty: there is no such field.
std::string field_text(const OrderedJson& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return {};
  return found->is_string() ? found->get<std::string>() : found->dump();
}

/// The texts of a fault, to which a ReadFault refers.
struct FaultTexts {
  std::string kind, state, direction, wakeup;
};

/// Reads the faults of a line, and which of them have struck.
void add_faults(Record& record, const OrderedJson& line) {
  std::vector<FaultTexts> texts;
  const OrderedJson& all = line.at("faults");
  texts.reserve(all.size());
  std::vector<ReadFault> faults;
  for (const OrderedJson& fault : all) {
    const FaultTexts& t =
        texts.emplace_back(FaultTexts{fault.at("kind"), field_text(fault, "state"),
                                      field_text(fault, "direction"), field_text(fault, "wakeup")});
    ReadFault& read = faults.emplace_back(ReadFault{t.kind, t.state, t.direction, t.wakeup});
    if (fault.contains("cpu")) read.cpu = whole_number<CpuId>(fault["cpu"]);
    if (fault.contains("delay_ns")) read.delay = Ns{whole_number<std::int64_t>(fault["delay_ns"])};
    add_fault(record, read);
  }
  if (!line.contains("judged")) return;
  for (const OrderedJson& s : line.at("struck")) {
    StruckSite struck{.time = whole_number<std::uint32_t>(s.at("time")),
                      .back = field_text(s, "back")};
    if (s.contains("instance")) struck.instance = whole_number<InstanceId>(s["instance"]);
    add_struck(record, faults, whole_number<std::size_t>(s.at("fault")), std::move(struck));
  }
  for (const OrderedJson& turn : line.at("turns"))
    record.turns.push_back({field_text(turn, "at"), turn.at("direction"), field_text(turn, "to")});
  record.judged = judged_bits(line.at("judged").get<std::string>());
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
  std::vector<ReadFault> faults;
  read_list(from, [&] {
    faults.push_back(read_fault(from));
    add_fault(r, faults.back());
  });
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
  if (from.take(",\"struck\":[")) read_struck(from, r, faults);
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
  put_struck(to, plan, c, verdict);
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
    add_faults(r, json);
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

// A validator of Chrome's trace event format, for the needs of ui.perfetto.dev and
// chrome://tracing: stamps exact to the nanosecond, nesting, flows, counters, names of every row.
// Errors read like "id 7 begins and never ends".
#pragma once

#include <cstdint>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cpuhp::test {

struct ChromeEvent {
  std::string ph, name, cat;
  std::int64_t pid = -1, tid = -1, id = -1, ts_ns = -1, dur_ns = -1;
  bool enclosing = false;  ///< "bp": "e"
  std::map<std::string, std::string> args;
};

struct ChromeTrace {
  std::vector<ChromeEvent> events;
  std::vector<std::string> errors;
};

/// Converts microseconds with three digits to nanoseconds by their characters, without rounding.
inline std::optional<std::int64_t> ns_of(const std::string& text) {
  const std::size_t point = text.find('.');
  if (point == std::string::npos || text.size() - point != 4) return std::nullopt;
  const std::string digits = text.substr(0, point) + text.substr(point + 1);
  if (digits.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  return std::strtoll(digits.c_str(), nullptr, 10);
}

/// Takes the events of "traceEvents" one by one, with numbers as they were written.
class ChromeSax : public nlohmann::json_sax<nlohmann::json> {
 public:
  ChromeTrace trace;

  bool null() override { return value("null"); }
  bool boolean(bool v) override { return value(v ? "true" : "false"); }
  bool number_integer(std::int64_t v) override { return value(std::to_string(v)); }
  bool number_unsigned(std::uint64_t v) override { return value(std::to_string(v)); }
  bool number_float(double, const std::string& text) override { return value(text); }
  bool string(std::string& v) override { return value(v); }
  bool binary(nlohmann::json::binary_t&) override { return false; }
  bool key(std::string& k) override {
    key_ = k;
    return true;
  }
  bool start_object(std::size_t) override {
    ++depth_;
    if (depth_ == 2 && in_events_) trace.events.emplace_back();
    if (depth_ == 3 && in_events_ && key_ != "args") error("object " + key_);
    return true;
  }
  bool end_object() override {
    --depth_;
    return true;
  }
  bool start_array(std::size_t) override {
    if (depth_ == 1 && key_ == "traceEvents") in_events_ = seen_ = true;
    return true;
  }
  bool end_array() override {
    in_events_ = false;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& e) override {
    error(e.what());
    return false;
  }
  void finish() {
    if (!seen_) error("no traceEvents");
    if (unit_ != "ns") error("displayTimeUnit is not ns");
  }

 private:
  void error(const std::string& text) { trace.errors.push_back(text); }
  bool value(const std::string& v) {
    if (depth_ == 1 && key_ == "displayTimeUnit") unit_ = v;
    if (!in_events_) return true;
    ChromeEvent& e = trace.events.back();
    if (depth_ == 3) {
      if (!e.args.emplace(key_, v).second) error("argument " + key_ + " is there twice");
      return true;
    }
    const auto number = [&] { return std::strtoll(v.c_str(), nullptr, 10); };
    if (key_ == "ph")
      e.ph = v;
    else if (key_ == "name")
      e.name = v;
    else if (key_ == "cat")
      e.cat = v;
    else if (key_ == "pid")
      e.pid = number();
    else if (key_ == "tid")
      e.tid = number();
    else if (key_ == "id")
      e.id = number();
    else if (key_ == "bp")
      e.enclosing = v == "e";
    else if (key_ == "ts" || key_ == "dur") {
      const auto ns = ns_of(v);
      if (!ns) error(key_ + " " + v + " is not microseconds with three digits");
      (key_ == "ts" ? e.ts_ns : e.dur_ns) = ns.value_or(0);
    } else if (key_ != "s")
      error("unknown key " + key_);
    return true;
  }

  std::string key_, unit_;
  int depth_ = 0;
  bool in_events_ = false, seen_ = false;
};

inline ChromeTrace parse_chrome(const std::string& text) {
  ChromeSax sax;
  nlohmann::json::sax_parse(text, &sax);
  sax.finish();
  return std::move(sax.trace);
}

/// One row: the begins of its open slices, and the end of the last closed one.
struct ChromeRow {
  std::vector<std::int64_t> open;  ///< begins
  std::int64_t now = 0;
  std::int64_t busy_until = -1;  ///< end of the last slice
};

class ChromeRules {
 public:
  explicit ChromeRules(const ChromeTrace& t) : t_(t), errors_(t.errors) {}

  std::vector<std::string> errors() {
    for (const ChromeEvent& e : t_.events) event(e);
    for (const auto& [row, state] : rows_)
      if (!state.open.empty()) error("a slice of row " + text(row) + " never ends");
    for (const auto& [id, flow] : flows_)
      if (!flow.second) error("flow " + std::to_string(id) + " begins and never ends");
    return std::move(errors_);
  }

 private:
  using Row = std::pair<std::int64_t, std::int64_t>;
  static std::string text(const Row& r) {
    return std::to_string(r.first) + '/' + std::to_string(r.second);
  }
  void error(const std::string& text) { errors_.push_back(text); }

  void event(const ChromeEvent& e) {
    const Row row{e.pid, e.tid};
    if (e.ph == "M") return name(e, row);
    if (e.pid < 0 || e.ts_ns < 0) return error("an event without row or date: " + e.name);
    if (processes_.count(e.pid) == 0) error("process " + std::to_string(e.pid) + " has no name");
    if (e.ph == "C") return counter(e);
    if (names_.count(row) == 0) error("row " + text(row) + " has no name");
    ChromeRow& state = rows_[row];
    if (e.ts_ns < state.now) error("row " + text(row) + " goes back in time, at " + e.name);
    state.now = e.ts_ns;
    if (e.ph == "B") {
      if (e.name.empty()) error("a slice without a name");
      if (state.open.empty() && e.ts_ns < state.busy_until) error("slices cross at " + e.name);
      state.open.push_back(e.ts_ns);
    } else if (e.ph == "E") {
      if (state.open.empty()) return error("row " + text(row) + " ends what it has not begun");
      state.open.pop_back();
      state.busy_until = e.ts_ns;
    } else if (e.ph == "X") {
      if (e.dur_ns < 0) error("a slice without a length: " + e.name);
      if (!state.open.empty() || e.ts_ns < state.busy_until) error("slices cross at " + e.name);
      state.busy_until = e.ts_ns + e.dur_ns;
    } else if (e.ph == "s" || e.ph == "f") {
      flow(e, state);
    } else if (e.ph != "i") {
      error("unknown phase " + e.ph);
    }
  }

  void name(const ChromeEvent& e, const Row& row) {
    const auto given = e.args.find("name");
    if (e.name == "process_sort_index") return;
    if (given == e.args.end() || given->second.empty()) return error("a row's name is empty");
    const bool first =
        e.name == "process_name" ? processes_.insert(e.pid).second : names_.insert(row).second;
    if (!first) error("a row has two names: " + given->second);
  }

  /// Checks an arrow: it leads from slice to slice, or the viewer does not draw it.
  void flow(const ChromeEvent& e, const ChromeRow& row) {
    const std::string what = e.name + ' ' + std::to_string(e.id);
    if (e.id < 0 || e.cat.empty()) error("a flow without id or category: " + e.name);
    if (row.open.empty() && row.busy_until != e.ts_ns) error("no slice holds flow " + what);
    const auto found = flows_.find(e.id);
    if (e.ph == "s") {
      if (found != flows_.end()) error("flow " + what + " begins twice");
      flows_[e.id] = {e, false};
      return;
    }
    if (!e.enclosing) error("flow " + what + " ends at the next slice, not in its own");
    if (found == flows_.end()) return error("flow " + what + " ends and never began");
    auto& [begin, ended] = found->second;
    if (ended) error("flow " + what + " ends twice");
    if (begin.name != e.name || begin.cat != e.cat) error("flow " + what + " changes its name");
    if (begin.ts_ns > e.ts_ns) error("flow " + what + " ends before it begins");
    ended = true;
  }

  void counter(const ChromeEvent& e) {
    auto& last = counters_[e.name];
    if (e.ts_ns < last) error("counter " + e.name + " goes back in time");
    last = e.ts_ns;
    if (e.args.empty()) error("counter " + e.name + " counts nothing");
    for (const auto& [key, value] : e.args)
      if (value.empty() || value.find_first_not_of("0123456789") != std::string::npos)
        error("counter " + e.name + " has " + key + " " + value);
  }

  const ChromeTrace& t_;
  std::vector<std::string> errors_;
  std::set<std::int64_t> processes_;
  std::set<Row> names_;
  std::map<Row, ChromeRow> rows_;
  std::map<std::int64_t, std::pair<ChromeEvent, bool>> flows_;
  std::map<std::string, std::int64_t> counters_;
};

inline std::vector<std::string> chrome_errors(const ChromeTrace& t) {
  return ChromeRules(t).errors();
}

}  // namespace cpuhp::test

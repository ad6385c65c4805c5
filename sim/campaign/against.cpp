#include "sim/campaign/against.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "sim/campaign/merge.hpp"
#include "sim/campaign/record.hpp"
#include "sim/campaign/tally.hpp"
#include "sim/error.hpp"
#include "sim/report/finding_report.hpp"
#include "sim/run/digest.hpp"

namespace cpuhp {
namespace {

constexpr std::string_view kOutcome = ",\"outcome\":", kReturns = ",\"ret\":",
                           kDigest = ",\"digest\":\"";

/// Returns what a line says between two texts, of which the first one begins it. A name has no
/// quotation mark that is not escaped, so neither text is found in one.
std::string_view between(std::string_view line, std::string_view begin, std::string_view end) {
  const std::size_t from = line.find(begin);
  if (from == std::string_view::npos) return {};
  const std::size_t at = from + begin.size();
  const std::size_t to = line.find(end, at);
  return to == std::string_view::npos ? std::string_view() : line.substr(at, to - at);
}

/// Returns what a case is, whatever its number: design, mode, faults and seed, as the line has them.
std::uint64_t identity_of(std::string_view line) {
  const std::size_t from = std::min(line.find(','), line.size());
  const std::size_t to = std::min(line.find(kOutcome), line.size());
  return std::stoull(digest_of(std::string(line.substr(from, to - from))), nullptr, 16);
}

std::uint64_t digest_in(std::string_view line) {
  const std::string_view text = between(line, kDigest, "\"");
  std::uint64_t digest = 0;
  std::from_chars(text.data(), text.data() + text.size(), digest, 16);
  return digest;
}

CaseResult result_of(const Record& record, std::string_view line) {
  CaseResult result{.number = record.number,
                    .outcome = record.outcome,
                    .returns = std::string(between(line, kReturns, kDigest)),
                    .findings = {}};
  for (const Finding& finding : record.findings) {
    if (!finding.is_cause()) continue;
    std::string title = finding_title(finding);
    if (std::ranges::find(result.findings, title) == result.findings.end())
      result.findings.push_back(std::move(title));
  }
  return result;
}

bool has(const std::vector<std::string>& titles, const std::string& title) {
  return std::ranges::find(titles, title) != titles.end();
}

bool lacks_one_of(const std::vector<std::string>& titles, const std::vector<std::string>& others) {
  return std::ranges::any_of(others, [&](const std::string& other) { return !has(titles, other); });
}

/// Returns how grave an outcome is, from 0.
std::size_t gravity(const std::string& outcome) {
  return static_cast<std::size_t>(std::ranges::find(kOutcomeNames, outcome) -
                                  kOutcomeNames.begin());
}

CaseChange change_of(const CaseResult& then, const CaseResult& now) {
  const std::size_t before = gravity(then.outcome), after = gravity(now.outcome);
  if (after > before || lacks_one_of(then.findings, now.findings)) return CaseChange::Worse;
  if (after < before || lacks_one_of(now.findings, then.findings)) return CaseChange::Better;
  return then.returns == now.returns ? CaseChange::Same : CaseChange::Otherwise;
}

std::string fault_words(const OrderedJson& fault) {
  const auto text = [&fault](const char* name) {
    const auto found = fault.find(name);
    if (found == fault.end()) return std::string();
    return found->is_string() ? found->get<std::string>() : found->dump();
  };
  std::string words = text("kind");
  if (const std::string state = text("state"); !state.empty()) words += " in " + state;
  if (const std::string cpu = text("cpu"); !cpu.empty()) words += " of CPU " + cpu;
  if (!text("state").empty())
    words += ", " + (text("direction").empty() ? std::string("up") : text("direction"));
  for (const char* more : {"nth", "during", "delay_ns"})
    if (const std::string value = text(more); !value.empty())
      words += fmt::format(", {} {}", more, value);
  return words;
}

/// Returns what a case is: "error in nic/queues:online of CPU 0, up", "seed 7: ...".
std::string case_words(std::string_view line) {
  const OrderedJson json = parse_shallow(line);
  std::string words;
  for (const OrderedJson& fault : json.at("faults"))
    words += (words.empty() ? "" : "; ") + fault_words(fault);
  if (words.empty()) words = "no fault";
  return json.contains("seed") ? "seed " + json["seed"].dump() + ": " + words : words;
}

}  // namespace

Against::Against(const std::string& path) : path_(path), old_(1) {
  const auto read = [this](const std::string& line) {
    const Record record = parse_record(line);
    const std::size_t row = row_of(record.design, row_name(record));
    ++rows_[row].then;
    const auto [found, fresh] =
        chains_.try_emplace(identity_of(line), Chain{old_.size(), old_.size()});
    if (!fresh) {
      old_[found->second.last].next = old_.size();
      found->second.last = old_.size();
    }
    old_.push_back({.result = result_of(record, line), .digest = digest_in(line), .row = row});
  };
  const Merged file = merge_campaign_files({path}, "", read);
  if (file.missing > 0)
    throw BadInput{
        fmt::format("{}: the file lacks {} of {} cases, so it is no campaign to compare "
                    "with: {}",
                    path, file.missing, file.cases, file.gaps.front())};
  header_ = parse_shallow(file.header);
}

void Against::set_header(const std::string& header) {
  const OrderedJson now = parse_shallow(header);
  for (const char* option : {"designs", "singles", "pairs", "random", "seed", "led", "kinds"}) {
    const auto text = [option](const OrderedJson& of) {
      return of.contains(option) ? of[option].dump() : std::string("nothing");
    };
    if (text(header_) != text(now))
      notes_.push_back(fmt::format("{} of the campaigns differ: {} then, {} now", option,
                                   text(header_), text(now)));
  }
}

std::string Against::made_by() const {
  const auto text = [this](const char* key) {
    const auto found = header_.find(key);
    return found != header_.end() && found->is_string() ? found->get<std::string>()
                                                        : std::string("?");
  };
  return text("scenario") + ", cpuhp-sim " + text("program");
}

std::size_t Against::row_of(const std::string& design, const std::string& faults) {
  const auto found = std::ranges::find_if(
      rows_, [&](const AgainstRow& row) { return row.design == design && row.faults == faults; });
  const auto index = static_cast<std::size_t>(found - rows_.begin());
  if (index == rows_.size()) rows_.push_back({.design = design, .faults = faults});
  return index;
}

void Against::keep(CaseChange change, std::string_view line, const CaseResult* then,
                   const CaseResult* now) {
  if (kept_[static_cast<std::size_t>(change)]++ >= kChangedKeptMax) return;
  changed_.push_back({.change = change,
                      .design = std::string(between(line, "\"design\":\"", "\"")),
                      .what = case_words(line),
                      .then = then != nullptr ? std::optional(*then) : std::nullopt,
                      .now = now != nullptr ? std::optional(*now) : std::nullopt});
}

void Against::note_fresh(const CaseResult& now, const std::vector<std::string>& before) {
  for (const std::string& title : now.findings) {
    if (has(before, title)) continue;
    auto known = std::ranges::find(fresh_, title, &FreshFinding::title);
    if (known == fresh_.end())
      known = fresh_.insert(known, {.title = title, .first_case = now.number});
    ++known->runs;
  }
}

void Against::add(const std::string& line) {
  const Record record = parse_record(line);
  const CaseResult now = result_of(record, line);
  AgainstRow& row = rows_[row_of(record.design, row_name(record))];
  ++row.now;
  const auto found = chains_.find(identity_of(line));
  Old* const old =
      found == chains_.end() || found->second.first == 0 ? nullptr : &old_[found->second.first];
  CaseChange change = now.findings.empty() ? CaseChange::Came : CaseChange::Worse;
  if (old != nullptr) {
    found->second.first = old->next;
    old->met = true;
    change = change_of(old->result, now);
    if (change == CaseChange::Same && old->digest != digest_in(line)) ++other_course_;
  }
  note_fresh(now, old != nullptr ? old->result.findings : std::vector<std::string>{});
  ++row.changes[static_cast<std::size_t>(change)];
  if (change != CaseChange::Same) keep(change, line, old != nullptr ? &old->result : nullptr, &now);
}

void Against::finish() {
  // The lines of those that went are no longer there, and are read again.
  std::uint64_t went = 0;
  for (std::size_t i = 1; i < old_.size(); ++i) {
    if (old_[i].met) continue;
    ++went;
    ++rows_[old_[i].row].changes[static_cast<std::size_t>(CaseChange::Went)];
  }
  if (went == 0) return;
  std::size_t i = 0;
  merge_campaign_files({path_}, "", [&](const std::string& line) {
    if (++i < old_.size() && !old_[i].met) keep(CaseChange::Went, line, &old_[i].result, nullptr);
  });
}

std::uint64_t Against::count(CaseChange change) const {
  std::uint64_t sum = 0;
  for (const AgainstRow& row : rows_) sum += row.of(change);
  return sum;
}

}  // namespace cpuhp

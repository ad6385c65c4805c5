#include "sim/campaign/tally.hpp"

#include <algorithm>
#include <numeric>
#include <set>

namespace cpuhp {

std::string row_name(const Record& record) {
  if (record.mode == to_string(CaseMode::FaultFree)) return "none";
  if (record.mode == to_string(CaseMode::Pair)) return "pairs";
  if (record.mode == to_string(CaseMode::Random)) return "random";
  return record.kinds.empty() ? "none" : record.kinds.front();
}

namespace {

std::size_t outcome_index(const std::string& outcome) {
  const auto found = std::find(kOutcomeNames.begin(), kOutcomeNames.end(), outcome);
  return static_cast<std::size_t>(std::min(found, kOutcomeNames.end() - 1) - kOutcomeNames.begin());
}

void add_design(std::vector<std::string>& designs, const std::string& design) {
  if (std::find(designs.begin(), designs.end(), design) == designs.end()) designs.push_back(design);
}

void add_follower(std::vector<Follower>& followers, const Follower& more) {
  const auto same = std::find_if(followers.begin(), followers.end(), [&](const Follower& f) {
    return f.invariant == more.invariant && f.place == more.place && f.why == more.why;
  });
  if (same == followers.end())
    followers.push_back(more);
  else
    same->count += more.count;
}

bool is_place(const Finding& f, const Follower& follower) {
  return f.invariant == follower.invariant && f.place == follower.place;
}

/// Adds `other` and its consequences to the consequences of `one`. Both show the same bug.
void join(UniqueFinding& one, const UniqueFinding& other) {
  for (const std::string& design : other.designs) add_design(one.designs, design);
  add_follower(one.followers,
               {other.first.invariant, other.first.place, Follows::Walk, other.runs});
  for (const Follower& f : other.followers)
    if (!is_place(one.first, f)) add_follower(one.followers, f);
}

}  // namespace

void Tally::add(const Record& record) {
  const std::string faults = row_name(record);
  auto row = std::find_if(rows_.begin(), rows_.end(), [&](const TallyRow& r) {
    return r.design == record.design && r.faults == faults;
  });
  if (row == rows_.end()) row = rows_.insert(row, {.design = record.design, .faults = faults});
  ++runs_;
  ++row->runs;
  const std::size_t outcome = outcome_index(record.outcome);
  if (row->outcomes[outcome]++ == 0) row->first_cases[outcome] = record.number;
  add_place(record, faults);
  certificate_.add(record);
  if (record.findings.empty()) return;
  ++row->with_findings;
  ++with_findings_;
  for (std::size_t i = 0; i < record.findings.size(); ++i)
    if (record.findings[i].is_cause()) {
      UniqueFinding& one = unique(record.findings[i], record);
      if (one.runs > 0 && one.last_case == record.number) continue;
      one.last_case = record.number;
      ++one.runs;
      add_design(one.designs, record.design);
      for (Follower f : followers_of(record.findings, i)) {
        f.count = 1;  // each consequence counts once for the run
        add_follower(one.followers, f);
      }
    }
}

void Tally::add_place(const Record& record, const std::string& faults) {
  const bool single = record.mode == to_string(CaseMode::Single);
  const std::string& name = single && !record.place.empty() ? record.place : faults;
  const auto [number, fresh] = place_numbers_.try_emplace({record.design, name}, places_.size());
  if (fresh) places_.push_back({.design = record.design, .place = name});
  TallyPlace& place = places_[number->second];
  ++place.runs;
  if (record.findings.empty()) return;
  ++place.with_findings;
  std::set<std::string> titles;  // each counts once for the run
  for (const Finding& f : record.findings)
    if (f.is_cause()) titles.insert(finding_title(f));
  for (const std::string& title : titles) {
    auto found = std::ranges::find(place.found, title, &TallyPlace::Found::title);
    if (found == place.found.end())
      found = place.found.insert(found, {.title = title, .first_case = record.number});
    ++found->runs;
  }
}

UniqueFinding& Tally::unique(const Finding& cause, const Record& record) {
  const auto same = std::find_if(findings_.begin(), findings_.end(), [&](const UniqueFinding& u) {
    return u.first.invariant == cause.invariant && u.first.place == cause.place;
  });
  if (same != findings_.end()) return *same;
  return findings_.emplace_back(UniqueFinding{.first = cause, .first_case = record.number});
}

std::vector<UniqueFinding> Tally::findings() const {
  std::vector<std::size_t> under(findings_.size());
  std::iota(under.begin(), under.end(), std::size_t{0});
  const auto top = [&under](std::size_t i) {
    while (under[i] != i) i = under[i];
    return i;
  };
  for (std::size_t i = 0; i < findings_.size(); ++i)
    for (const Follower& f : findings_[i].followers) {
      if (f.why != Follows::Walk || f.invariant != findings_[i].first.invariant) continue;
      for (std::size_t k = 0; k < findings_.size(); ++k) {
        if (!is_place(findings_[k].first, f)) continue;
        const auto [first, second] = std::minmax({top(i), top(k)});
        under[second] = first;
      }
    }
  std::vector<UniqueFinding> told;
  std::vector<std::size_t> place(findings_.size());
  for (std::size_t i = 0; i < findings_.size(); ++i) {
    if (under[i] == i) {
      place[i] = told.size();
      told.push_back(findings_[i]);
    } else {
      join(told[place[top(i)]], findings_[i]);
    }
  }
  return told;
}

}  // namespace cpuhp

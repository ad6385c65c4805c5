#include "sim/campaign/tally.hpp"

#include <algorithm>

namespace cpuhp {
namespace {

std::string row_name(const Record& record) {
  if (record.mode == to_string(CaseMode::FaultFree)) return "none";
  if (record.mode == to_string(CaseMode::Pair)) return "pairs";
  if (record.mode == to_string(CaseMode::Random)) return "random";
  return record.kinds.empty() ? "none" : record.kinds.front();
}

std::size_t outcome_index(const std::string& outcome) {
  const auto found = std::find(kOutcomeNames.begin(), kOutcomeNames.end(), outcome);
  return static_cast<std::size_t>(std::min(found, kOutcomeNames.end() - 1) - kOutcomeNames.begin());
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
  if (record.findings.empty()) return;
  ++row->with_findings;
  ++with_findings_;
  for (const Finding& f : record.findings) {
    auto unique = std::find_if(findings_.begin(), findings_.end(), [&](const UniqueFinding& u) {
      return u.first.invariant == f.invariant && u.first.place == f.place;
    });
    if (unique == findings_.end())
      unique = findings_.insert(unique, {.first = f, .first_case = record.number});
    if (unique->runs > 0 && unique->last_case == record.number) continue;
    unique->last_case = record.number;
    ++unique->runs;
    if (std::find(unique->designs.begin(), unique->designs.end(), record.design) ==
        unique->designs.end())
      unique->designs.push_back(record.design);
  }
}

}  // namespace cpuhp

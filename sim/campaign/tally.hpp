// Sums up a campaign: numbers of runs and outcomes by design and kind of fault, and the list of
// different findings.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/campaign/certificate.hpp"
#include "sim/campaign/record.hpp"
#include "sim/report/finding_report.hpp"

namespace cpuhp {

/// Returns in which row a case is: the kind of its fault ("error"), or "pairs", "random", "none".
std::string row_name(const Record& record);

struct TallyRow {
  std::string design;
  std::string faults;  ///< a kind of fault ("error"), or "pairs", "random", "none"
  std::uint64_t runs = 0;
  std::array<std::uint64_t, kOutcomeNames.size()> outcomes{};
  std::uint64_t with_findings = 0;  ///< number of runs with findings
  /// For each outcome, the first case with it.
  std::array<std::optional<std::uint64_t>, kOutcomeNames.size()> first_cases{};
};

/// The runs under one design with the fault in one place: a callback, such as "nic/queues:online
/// up", or what a row is named for when the fault strikes no callback ("never_alive", "none").
struct TallyPlace {
  /// A finding that is no consequence of another one in its run.
  struct Found {
    std::string title;
    std::uint64_t runs = 0;
    std::uint64_t first_case = 0;
  };
  std::string design;
  std::string place;
  std::uint64_t runs = 0;
  std::uint64_t with_findings = 0;  ///< number of runs with findings
  std::vector<Found> found = {};    ///< ordered by first occurrence
};

/// All findings that have the same invariant and place, and that are not consequences of others
/// (model/checks/explain.hpp).
struct UniqueFinding {
  Finding first;
  std::uint64_t first_case = 0;
  std::uint64_t last_case = 0;
  std::uint64_t runs = 0;            ///< number of runs with the finding
  std::vector<std::string> designs;  ///< ordered by first occurrence
  std::vector<Follower> followers;   ///< ordered by first occurrence; `count`: number of runs
};

class Tally {
 public:
  Tally() = default;
  /// `certificate`: one to which no record was added.
  explicit Tally(Certificate certificate) : certificate_(std::move(certificate)) {}

  void add(const Record& record);

  const std::vector<TallyRow>& rows() const { return rows_; }
  /// Returns the places in the order of their first cases.
  const std::vector<TallyPlace>& places() const { return places_; }
  /// Returns each finding once, in the order of first cases. The same bug may first show at
  /// different states in different cases. So two findings with the same invariant become one when
  /// in any case one is the consequence of the other (Follows::Walk). The finding with the earlier
  /// first case gets the other one as a consequence.
  std::vector<UniqueFinding> findings() const;
  const Certificate& certificate() const { return certificate_; }
  std::uint64_t runs() const { return runs_; }
  std::uint64_t runs_with_findings() const { return with_findings_; }

 private:
  UniqueFinding& unique(const Finding& cause, const Record& record);
  void add_place(const Record& record, const std::string& faults);

  std::vector<TallyRow> rows_;
  std::vector<TallyPlace> places_;
  std::map<std::pair<std::string, std::string>, std::size_t> place_numbers_;
  std::vector<UniqueFinding> findings_;
  Certificate certificate_;
  std::uint64_t runs_ = 0, with_findings_ = 0;
};

}  // namespace cpuhp

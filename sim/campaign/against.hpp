// Compares a campaign with an earlier one: of another version of a driver, a table or a kernel.
//
// Cases are matched by what they are (design, faults, seed), and not by their numbers, which are
// others as soon as one fault comes or goes.
//
//   const std::vector<std::string> lines;  // of the later campaign's file
//   Against against("old.jsonl");
//   against.set_header(lines[0]);
//   for (std::size_t i = 1; i < lines.size(); ++i) against.add(lines[i]);
//   against.finish();
//   const bool worse = against.is_worse();
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sim/scenario/scenario_json.hpp"

namespace cpuhp {

/// How a case differs from the same case of the earlier campaign.
enum class CaseChange : std::uint8_t {
  Same,       ///< outcome, return values and findings are the same
  Otherwise,  ///< return values differ, and the case is neither worse nor better
  Better,     ///< it has a milder outcome, or lacks a finding, and nothing is worse
  Worse,      ///< it has a graver outcome (ok, error, hang, panic, crash), or a finding that is new
  Came,       ///< the earlier campaign does not have it, and it has no finding
  Went,       ///< the later campaign does not have it
};
inline constexpr std::array<std::string_view, 6> kChangeNames{"same",  "otherwise", "better",
                                                              "worse", "came",      "went"};
constexpr std::string_view to_string(CaseChange change) {
  return kChangeNames[static_cast<std::size_t>(change)];
}

/// How a case came out.
struct CaseResult {
  std::uint64_t number = 0;
  std::string outcome;
  std::string returns;                ///< as JSON: "[0,0,-11]"
  std::vector<std::string> findings;  ///< titles of its causes, such as "I12 of rx:online"
};

struct ChangedCase {
  CaseChange change = CaseChange::Same;
  std::string design;
  std::string what;  ///< "error in nic/queues:online of CPU 0, up"
  std::optional<CaseResult> then, now;
};

/// The cases of one design and one kind of fault ("error", "pairs", "random", "none").
struct AgainstRow {
  std::string design;
  std::string faults;
  std::uint64_t then = 0, now = 0;  ///< numbers of cases
  std::array<std::uint64_t, kChangeNames.size()> changes{};
  std::uint64_t of(CaseChange change) const { return changes[static_cast<std::size_t>(change)]; }
};

/// A finding that cases have now and had not then.
struct FreshFinding {
  std::string title;
  std::uint64_t runs = 0;
  std::uint64_t first_case = 0;
};

/// So many changed cases of each kind of change are kept. All are counted.
inline constexpr std::size_t kChangedKeptMax = 1'000;

class Against {
 public:
  /// Reads the file of the earlier campaign. Needs some 230 bytes of memory a case. Throws BadInput when it
  /// is no such file, and when it lacks cases.
  explicit Against(const std::string& path);

  /// Notes where the campaigns' own options differ. `header`: first line of the later one.
  void set_header(const std::string& header);
  /// Takes a line of the later campaign.
  void add(const std::string& line);
  /// Has to be called after the last line: what is left of the earlier campaign went.
  void finish();

  const std::string& path() const { return path_; }
  /// Returns the version of cpuhp-sim and the name of the scenario of the earlier campaign.
  std::string made_by() const;
  const std::vector<std::string>& notes() const { return notes_; }
  const std::vector<AgainstRow>& rows() const { return rows_; }
  /// Returns the changed cases, in the order of their numbers now; then those that went.
  const std::vector<ChangedCase>& changed() const { return changed_; }
  const std::vector<FreshFinding>& fresh() const { return fresh_; }
  std::uint64_t count(CaseChange change) const;
  /// Returns how many cases are the same by other events: their digests differ.
  std::uint64_t other_course() const { return other_course_; }
  bool is_worse() const { return count(CaseChange::Worse) > 0; }

 private:
  struct Old {
    CaseResult result;
    std::uint64_t digest = 0;
    std::size_t next = 0;  ///< the next one that is the same case; 0: none
    std::size_t row = 0;
    bool met = false;
  };
  /// Cases that are the same, in their order: the one that is met next, and the last one.
  struct Chain {
    std::size_t first = 0;
    std::size_t last = 0;
  };

  std::size_t row_of(const std::string& design, const std::string& faults);
  void keep(CaseChange change, std::string_view line, const CaseResult* then,
            const CaseResult* now);
  void note_fresh(const CaseResult& now, const std::vector<std::string>& before);

  std::string path_;
  OrderedJson header_;
  std::vector<std::string> notes_;
  std::vector<Old> old_;  ///< from index 1 on
  std::unordered_map<std::uint64_t, Chain> chains_;
  std::vector<AgainstRow> rows_;
  std::vector<ChangedCase> changed_;
  std::array<std::size_t, kChangeNames.size()> kept_{};
  std::vector<FreshFinding> fresh_;
  std::uint64_t other_course_ = 0;
};

}  // namespace cpuhp

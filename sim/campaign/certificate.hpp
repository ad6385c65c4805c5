// What a campaign has put to the test: which sites of faults were struck, cannot be struck, or are
// left; how often each invariant had something to judge; where walks turned back.
//
// It follows from the first line of the campaign's file and from the lines of its cases alone, so
// the files of shards have one certificate when they are merged.
//
//   const OrderedJson first = OrderedJson::parse(R"({"designs": [], "invariants": []})");
//   Certificate certificate(first);
//   certificate.add(Record{});
//   const bool no_site_left = certificate.left() == 0;
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/campaign/record.hpp"
#include "sim/scenario/scenario_json.hpp"

namespace cpuhp {

/// Returns what a certificate needs to know before the first case: the sites of each design, the
/// names of the invariants, and the places where walks can turn back. It is part of a file's first
/// line.
OrderedJson certificate_plan(const CampaignPlan& plan);

/// Returns the place of a site as certificates name it: "nic/queues:online up", "takedown".
std::string place_word(const CampaignPlan& plan, std::size_t design, const FaultSite& site);

/// A place and a kind of fault under one design.
struct CertificateCell {
  /// The times that operations without faults pass the place: one site each.
  struct Passed {
    std::string cpus;                   ///< such as "1-3,5": each of them passes it so often
    InstanceId instance = kNoInstance;  ///< of a multi-instance state
    std::uint32_t passes = 0;
    std::vector<std::pair<CpuId, CpuId>> ranges;  ///< the same CPUs, both ends included

    bool has(CpuId cpu) const;
  };
  std::string design, place, kind;
  std::vector<Passed> passed;
  std::uint64_t sites = 0;   ///< CPUs, instances and times of `passed`
  std::uint64_t struck = 0;  ///< how many of them were struck
  /// Sites that only cases with other operations have struck, such as those of a way back.
  std::uint64_t beyond = 0;
  std::map<std::string, std::uint64_t> back;  ///< by state: runs in which the CPU rested there next
  std::uint64_t never_rested = 0;             ///< runs that ended before: a hang or a panic
};

/// Places and kinds at which no fault can strike, for one reason.
struct CertificateReason {
  std::string design;
  std::string why;
  std::vector<std::string> kinds;
  std::vector<std::string> places;
};

/// An invariant, and in how many runs it had something to judge.
struct CertificateInvariant {
  std::string name;
  std::string needs;  ///< what has to happen in a run
  std::uint64_t runs = 0;
};

/// A place where a walk turns back.
struct CertificateTurn {
  std::string design;
  std::string at;
  std::string direction;
  bool expected = true;  ///< the campaign has faults that turn walks there
  std::uint64_t runs = 0;
  std::map<std::string, std::uint64_t> back;  ///< by state in which the CPU then rested: runs
};

class Certificate {
 public:
  /// A certificate of nothing: of a file without one.
  Certificate() = default;
  /// `plan`: what certificate_plan() returned. Throws BadInput when it is damaged, which names
  /// `path`, the file that it was read from.
  explicit Certificate(const OrderedJson& plan, const std::string& path = {});

  void add(const Record& record);

  bool empty() const { return cells_.empty(); }
  const std::vector<CertificateCell>& cells() const { return cells_; }
  const std::vector<CertificateReason>& reasons() const { return reasons_; }
  const std::vector<CertificateInvariant>& invariants() const { return invariants_; }
  /// Returns the turns: first those that the campaign can make, then those that it met besides.
  const std::vector<CertificateTurn>& turns() const { return turns_; }
  /// True when the campaign has all kinds of faults.
  bool has_all_kinds() const;
  std::uint64_t sites() const;
  std::uint64_t struck() const;
  std::uint64_t left() const { return sites() - struck(); }

  /// True when that time of a site was struck on that CPU.
  bool was_struck(const std::string& design, const std::string& place, const std::string& kind,
                  CpuId cpu, std::uint32_t time) const;

  /// Some of the sites of one CPU that were not struck.
  struct Left {
    CpuId cpu = kNoCpu;
    InstanceId instance = kNoInstance;
    std::uint32_t sites = 0;   ///< how many there are
    std::uint32_t struck = 0;  ///< how many of them were struck
  };
  /// Returns what is left of a cell, by CPU and instance.
  std::vector<Left> left(std::size_t cell) const;

 private:
  using Time = std::pair<CpuId, std::uint32_t>;
  /// What was struck of one cell.
  struct Struck {
    std::set<Time> times;
    /// By CPU and instance: how many times, of those that operations without faults pass.
    std::map<std::pair<CpuId, InstanceId>, std::uint32_t> counts;
  };

  void read(const OrderedJson& plan);
  void read_design(const OrderedJson& design);
  void read_cell(const std::string& design, const OrderedJson& cell);
  void strike(std::size_t cell, const StruckSite& struck);
  void turn(const std::string& design, const RecordedTurn& turn);

  std::vector<CertificateCell> cells_;
  std::vector<Struck> struck_;  ///< by cell
  std::map<std::tuple<std::string, std::string, std::string>, std::size_t> numbers_;
  std::vector<CertificateReason> reasons_;
  std::vector<CertificateInvariant> invariants_;
  std::vector<CertificateTurn> turns_;
  std::set<std::string> kinds_;
};

}  // namespace cpuhp

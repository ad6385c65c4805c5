#include "sim/cli/campaign_pictures.hpp"

#include <spdlog/fmt/fmt.h>

#include <array>

#include "sim/report/fault_text.hpp"
#include "sim/report/finding_report.hpp"
#include "sim/report/html/run_picture.hpp"
#include "sim/scenario/scenario.hpp"

namespace cpuhp::cli {
namespace {

/// Upper limit of events on the page; each takes some 10 bytes.
constexpr std::uint64_t kEventsMax = 1'500'000;
/// Outcomes with pictures, most interesting first. Crash is not among them, because repeating a
/// crash would end this process.
constexpr std::array<Outcome, 4> kPictured{Outcome::Error, Outcome::Hang, Outcome::Panic,
                                           Outcome::Ok};

class Pictures {
 public:
  explicit Pictures(Simulator& simulator) : simulator_(simulator) {}

  void add(std::string key, std::string label, const MachineConfig& config) {
    if (events_ >= kEventsMax) {
      ++left_out_;
      return;
    }
    const RunResult result = simulator_.run(config);
    events_ += result.events;
    PictureGroup group{std::move(key), std::move(label), {}};
    group.runs.push_back(run_picture(std::string(to_string(config.design)), config, result));
    groups_.push_back(std::move(group));
  }
  std::vector<PictureGroup> groups() { return std::move(groups_); }
  std::size_t left_out() const { return left_out_; }

 private:
  Simulator& simulator_;
  std::vector<PictureGroup> groups_;
  std::uint64_t events_ = 0;
  std::size_t left_out_ = 0;
};

void add_finding(Pictures& pictures, const ReducedFinding& f) {
  if (f.finding.first.invariant == kCrash) return;
  pictures.add("", "finding: " + finding_title(f.finding.first), load_scenario(f.file).config);
}

void add_case(Pictures& pictures, Campaign& campaign, const TallyRow& row, Outcome outcome,
              std::uint64_t number) {
  const MachineConfig config = campaign.machine_of(number);
  const std::string word(to_string(outcome));
  std::string what;
  for (const Fault& f : config.faults) what += (what.empty() ? ": " : "; ") + fault_text(f, config);
  pictures.add(fmt::format("{} {} {}", row.design, row.faults, word),
               fmt::format("{}, {}, case {}{}", row.design, word, number, what), config);
}

}  // namespace

std::vector<PictureGroup> campaign_pictures(Campaign& campaign,
                                            const std::vector<ReducedFinding>& findings,
                                            std::size_t* left_out) {
  std::vector<PictureGroup> groups;
  with_bare_simulator([&](Simulator& simulator) {
    Pictures pictures(simulator);
    for (const ReducedFinding& f : findings) add_finding(pictures, f);
    for (const Outcome outcome : kPictured)
      for (const TallyRow& row : campaign.tally().rows())
        if (const auto& first = row.first_cases[static_cast<std::size_t>(outcome)])
          add_case(pictures, campaign, row, outcome, *first);
    groups = pictures.groups();
    *left_out = pictures.left_out();
  });
  return groups;
}

}  // namespace cpuhp::cli

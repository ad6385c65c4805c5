#include "sim/campaign/beginnings.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace cpuhp {

/// Simulates the machine of a CPU's cases without faults. All faults of these cases are on a plan
/// that never strikes, so that it counts how often each could have struck.
void Beginnings::learn(std::size_t design, CpuId victim, Simulator& simulator) {
  known_ = {.design = design, .victim = victim};
  known_.faults = plan_.single_faults(design, victim);
  CampaignCase c = plan_.fault_free(design, victim);
  c.faults = known_.faults;
  for (Fault& f : c.faults) f.nth = static_cast<std::uint32_t>(-1);
  RunChecks checks;
  Exercised exercised;
  simulator.run(
      plan_.configure(c),
      {.blueprint = plan_.blueprint(design), .at_rest = [&](RestingRun&& rest, EventStream&& part) {
         if (!rest.in_order) return;
         exercised.take(part, plan_.judged(design, true));
         checks.take(std::make_shared<const EventStream>(std::move(part)),
                     plan_.judged(design, true));
         known_.beginnings.push_back({std::move(rest), checks, exercised});
       }});
}

/// Cases come in the order of their faults, so the search begins where the last one ended.
std::size_t Beginnings::index_of(Fault fault) {
  fault.nth = 1;
  const auto begin = known_.faults.begin(), end = known_.faults.end();
  auto found = std::find(begin + static_cast<std::ptrdiff_t>(known_.last), end, fault);
  if (found == end) found = std::find(begin, end, fault);
  if (found != end) known_.last = static_cast<std::size_t>(found - begin);
  return static_cast<std::size_t>(found - begin);
}

/// Returns the latest rest before which no fault of the case can have struck; nullptr: there is
/// none. `counts`: for each fault of the case's machine, how often it could have struck by then.
const Beginnings::Beginning* Beginnings::latest(const CampaignCase& c,
                                                std::vector<std::uint32_t>& counts) {
  const auto own = static_cast<std::ptrdiff_t>(plan_.config(c.design).faults.size());
  std::vector<std::size_t> places;
  for (const Fault& f : c.faults) {
    places.push_back(index_of(f));
    if (places.back() == known_.faults.size()) return nullptr;
  }
  for (auto b = known_.beginnings.rbegin(); b != known_.beginnings.rend(); ++b) {
    const auto all = b->run.fault_counts.begin();
    counts.assign(all, all + own);
    for (const std::size_t place : places)
      counts.push_back(all[own + static_cast<std::ptrdiff_t>(place)]);
    const auto strikes_later = [&](const Fault& f) {
      const auto i = static_cast<std::ptrdiff_t>(&f - c.faults.data());
      return counts[static_cast<std::size_t>(own + i)] < std::max(f.nth, 1u);
    };
    if (std::ranges::all_of(c.faults, strikes_later)) return &*b;
  }
  return nullptr;
}

std::optional<CheckedRun> Beginnings::run(const CampaignCase& c, Simulator& simulator) {
  const bool of_one_cpu = c.mode != CaseMode::Random && c.probes.size() == 1;
  if (!of_one_cpu || c.faults.empty()) return std::nullopt;
  const CpuId victim = c.probes[0].cpu;
  if (known_.victim != victim || known_.design != c.design) learn(c.design, victim, simulator);
  RunOptions options{.blueprint = plan_.blueprint(c.design)};
  const Beginning* const from = latest(c, options.fault_counts);
  if (from == nullptr) return std::nullopt;
  options.from = &from->run;
  CheckedRun checked{.result = simulator.run(plan_.configure(c), options),
                     .exercised = from->exercised,
                     .whole = false};
  if (!checked.result.in_order) return std::nullopt;
  const Judged& judged = plan_.judged(c.design, checked.result.ok());
  checks_ = from->checks;
  // the checks end before `checked` does, so they need not own the events
  checked.exercised.take(checked.result.stream, judged);
  checked.findings = checks_.finish({std::shared_ptr<void>(), &checked.result.stream}, judged);
  return checked;
}

}  // namespace cpuhp

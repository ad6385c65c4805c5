// cpuhp-sim explore: runs a machine in every order of its events.
#include <spdlog/fmt/fmt.h>

#include <memory>
#include <optional>

#include "sim/cli/command.hpp"
#include "sim/cli/progress.hpp"
#include "sim/error.hpp"
#include "sim/explore/explore.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/stop.hpp"

namespace cpuhp::cli {
namespace {

struct ExploreWords {
  std::string scenario;
  std::vector<std::string> designs;
  std::vector<std::string> sets;
  std::string policy = "dpor";
  std::uint64_t most = 0;
  bool exact = false;
};

int execute_explore(const ExploreWords& o) {
  std::vector<SetOverride> sets = parse_sets(o.sets);
  if (!o.designs.empty()) sets.push_back({"/design", "\"" + o.designs[0] + "\""});
  const Scenario scenario = load_scenario(o.scenario, sets);
  const MachineConfig config = without_dates(scenario.config);
  ExploreOptions options;
  if (o.policy == "all") options.policy = [](std::size_t) { return make_all_orders(); };
  options.exact = o.exact;
  if (o.most > 0) options.most_orders = o.most;
  with_simulator(config.topology.nr_cpus(), [&](Simulator& simulator) {
    const Explored e = explore(simulator, config, options);
    for (const ExploredPart& p : e.parts)
      print(fmt::format("operations {}..{}: {} orders, {} redundant, {} turns, deepest {}: {}\n",
                        p.first, p.until, p.orders, p.redundant, p.turns, p.deepest,
                        p.complete ? "complete" : p.bound));
    print(fmt::format("{} rests, {} deaths\n", e.rests, e.deaths));
    for (const std::string& end : e.ends) print("  " + end + "\n");
    for (const FoundOrder& f : e.found)
    {
      print(fmt::format("{} x {}: {} (repeats {})\n", f.runs, f.finding.invariant, f.finding.text, f.repeats));
      for (const Hold& h : f.holds) {
        const auto say = [](const NamedTurn& t) { return fmt::format("{{\"operation\":{},\"cpu\":{},\"task\":\"{}\",\"point\":\"{}\",\"nth\":{}}}", t.operation, t.cpu, to_string(t.role), t.point, t.nth); };
        print("  {\"hold\":" + say(h.held) + ",\"until\":" + say(h.until) + "},\n");
      }
    }
  });
  return 0;
}

}  // namespace

Command add_explore(CLI::App& program) {
  auto o = std::make_shared<ExploreWords>();
  CLI::App* const app = program.add_subcommand("explore", "Run a machine in every order");
  add_input(*app, "SCENARIO", o->scenario, "Scenario");
  add_designs(*app, "--design", o->designs, "Design");
  add_sets(*app, "--set", o->sets, "Override");
  app->add_option("--policy", o->policy, "dpor or all");
  app->add_option("--most", o->most, "most runs");
  app->add_flag("--exact", o->exact, "each step");
  return {app, [o] { return execute_explore(*o); }};
}

}  // namespace cpuhp::cli

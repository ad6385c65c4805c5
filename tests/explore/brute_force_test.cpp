// The reduction is right: on machines small enough, every order without any reduction, and with each
// step as a point, comes to the same machines and the same findings. And where a kind of object is
// left out of what turns may depend on, this comparison says so.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <set>
#include <string>

#include "sim/explore/explore.hpp"
#include "tests/explore/tiny_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;

/// What an exploration has come to, in an order of its own.
std::set<std::string> seen(const Explored& explored) {
  std::set<std::string> all(explored.ends.begin(), explored.ends.end());
  for (const FoundOrder& f : explored.found)
    all.insert(f.finding.invariant + " " + f.finding.place);
  return all;
}

using MakePolicy = std::unique_ptr<Policy> (*)();

/// Explores the last operations with that policy, and those before in the order of the dates.
Explored explore_last(Simulator& s, const MachineConfig& config, MakePolicy make,
                      ExploreOptions options = {}) {
  std::size_t last = config.operations.size() - 1;
  while (config.operations[last].with) --last;
  options.policy = [last, make](std::size_t first) {
    return first == last ? make() : make_bounded(0);
  };
  options.reduce = std::getenv("RED") != nullptr;
  return explore(s, config, options);
}

bool last_is_complete(const Explored& explored) { return explored.parts.back().complete; }

TEST(BruteForce, Try) {
  with_bare_simulator([&](Simulator& s) {
    std::uint64_t compared = 0, skipped = 0;
    const std::uint64_t from = std::getenv("FROM") ? std::stoull(std::getenv("FROM")) : 0;
    const std::uint64_t n = std::getenv("N") ? std::stoull(std::getenv("N")) : 300;
    const bool exact = std::getenv("EXACT") != nullptr;
    for (std::uint64_t seed = from; seed < from + n; ++seed) {
      const MachineConfig c = without_dates(tiny_machine(seed));
      const Explored reduced = explore_last(s, c, make_dpor);
      ExploreOptions o{.most_orders = 20'000};
      o.exact = exact;
      const Explored all = explore_last(s, c, make_all_orders, o);
      const bool whole = last_is_complete(all);
      whole ? ++compared : ++skipped;
      const auto r = seen(reduced), a = seen(all);
      const bool ok = whole ? r == a : std::ranges::includes(r, a);
      if (!ok) {
        std::cout << "seed " << seed << " " << to_string(c.design) << " orders "
                  << reduced.orders() << " of " << all.orders() << "\n";
        for (const auto& x : r) if (!a.contains(x)) std::cout << "  dpor only: " << x << "\n";
        for (const auto& x : a) if (!r.contains(x)) std::cout << "  all only: " << x << "\n";
        for (const Operation& op : c.operations)
          std::cout << "  op " << to_string(op.kind) << " cpu " << int(op.cpu) << " target "
                    << (op.target ? *op.target : -1) << " " << op.path << "=" << op.text
                    << (op.with ? " with" : "") << " delay " << op.delay.v << "\n";
        for (const FoundOrder& f : all.found) {
          std::cout << "  found " << f.finding.invariant << " " << f.finding.text << "\n";
          for (const Hold& h : f.holds) {
            const auto say = [](const NamedTurn& t) {
              return std::to_string(t.operation) + " " + std::string(to_string(t.role)) + "@" +
                     std::to_string(t.cpu) + " " + t.point + " #" + std::to_string(t.nth);
            };
            std::cout << "    hold " << say(h.held) << "  until " << say(h.until) << "\n";
          }
        }
        ADD_FAILURE();
      }
    }
    std::cout << compared << " compared, " << skipped << " too large\n";
  });
}

}  // namespace
}  // namespace cpuhp

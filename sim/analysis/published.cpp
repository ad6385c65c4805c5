#include "sim/analysis/published.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "sim/analysis/bringup_calls.hpp"

namespace cpuhp {

namespace {

/// A row's simulated figures: the total of the row's CPUs, and the largest value of a single CPU.
struct Measured {
  Ns total{};
  Ns max{};
};

Measured measure(const PublishedRow& row, const RunResult& run,
                 const std::vector<BringupCalls>& calls) {
  if (row.quantity == Quantity::Bringup) return {run.bringup, {}};
  if (row.quantity == Quantity::Boot) return {run.boot, {}};
  Measured m;
  Ns max_prepare{}, max_online{};
  for (CpuId cpu = row.cpus.first(); cpu != kNoCpu; cpu = row.cpus.next(cpu + 1)) {
    const BringupCalls& c = calls[cpu];
    const Ns value = row.quantity == Quantity::Calls     ? c.sum
                     : row.quantity == Quantity::Prepare ? c.prepare
                                                         : c.online;
    m.total += value;
    m.max = std::max(m.max, value);
    max_prepare = std::max(max_prepare, c.prepare);
    max_online = std::max(max_online, c.online);
  }
  if (row.max_of_sums) m.max = max_prepare + max_online;
  return m;
}

std::string milliseconds(Ns t) {
  const std::int64_t us = (t.v + 500) / 1'000;
  return fmt::format("{}.{:03}", us / 1'000, us % 1'000);
}

std::string percent(std::int64_t permille) {
  const std::int64_t n = std::abs(permille);
  return fmt::format("{}{}.{} %", permille < 0 ? '-' : '+', n / 10, n % 10);
}

}  // namespace

std::int64_t Residual::permille() const {
  const std::int64_t difference = simulated.v - published.v;
  const std::int64_t away = (std::abs(difference) * 1'000 + published.v - 1) / published.v;
  return difference < 0 ? -away : away;
}

std::string_view Residual::standing() const {
  if (!fitted.empty()) return "fitted";
  if (!follows.empty()) return "follows";
  return tolerance ? "predicted" : "shown";
}

std::vector<Residual> residuals(const Published& published, Simulator& simulator) {
  std::vector<RunResult> results;
  std::vector<std::vector<BringupCalls>> calls;
  for (const PublishedRun& run : published.runs) {
    RunResult result = simulator.run(run.scenario.config);
    calls.push_back(bringup_calls(result.stream));
    result.stream = {};
    results.push_back(std::move(result));
  }
  std::vector<Residual> all;
  for (const PublishedRow& row : published.rows) {
    const Measured m = measure(row, results[row.run], calls[row.run]);
    if (row.total)
      all.push_back({row.id, row.what, false, *row.total, m.total, row.total_permille,
                     row.total_fitted, row.total_follows});
    if (row.max)
      all.push_back({row.id, row.what, true, *row.max, m.max, row.max_permille, row.max_fitted,
                     row.max_follows});
  }
  return all;
}

std::vector<std::string> order_breaks(const std::vector<Residual>& all) {
  std::vector<std::string> breaks;
  for (const Residual& a : all)
    for (const Residual& b : all) {
      const bool ordered = !a.max && !b.max && a.published.v * 102 < b.published.v * 100;
      if (ordered && a.simulated >= b.simulated)
        breaks.push_back(a.id + " " + a.what + " should be less than " + b.id + " " + b.what);
    }
  return breaks;
}

std::string residual_table(const std::vector<Residual>& all) {
  std::string text =
      "| row | what | | published, ms | simulated, ms | deviation | allowed | |\n"
      "|---|---|---|--:|--:|--:|--:|---|\n";
  for (const Residual& r : all) {
    const std::string& why = r.fitted.empty() ? r.follows : r.fitted;
    text += fmt::format("| {} | {} | {} | {} | {} | {}{} | {} | {}{} |\n", r.id, r.what,
                        r.max ? "max" : "total", milliseconds(r.published),
                        milliseconds(r.simulated), percent(r.permille()), r.ok() ? "" : " **no**",
                        r.tolerance ? percent(*r.tolerance).substr(1) : "no limit", r.standing(),
                        why.empty() ? "" : ": " + why);
  }
  return text;
}

}  // namespace cpuhp

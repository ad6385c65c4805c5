#include "sim/analysis/published.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "sim/analysis/bringup_calls.hpp"
#include "sim/analysis/run_time_figures.hpp"
#include "sim/analysis/traced_figures.hpp"
#include "sim/error.hpp"

namespace cpuhp {

namespace {

Measured measure(const PublishedRow& row, const RunResult& run) {
  const bool by_callbacks =
      !row.trace.empty() || row.quantity == Quantity::Up || row.quantity == Quantity::Down;
  if (by_callbacks) return measure_callbacks(row, run.stream);
  if (is_of_run_time(row.quantity)) return measure_run_time(row, run.stream);
  if (row.quantity == Quantity::Bringup) return {.total = run.bringup};
  if (row.quantity == Quantity::Boot) return {.total = run.boot};
  return measure_calls(row, bringup_calls(run.stream));
}

/// Returns what the row's values belong to, one after the other: "CPU 1", "CPU 2".
std::vector<std::string> places(const PublishedRow& row) {
  std::vector<std::string> all;
  const bool by_cpu = row.quantity != Quantity::Operations && row.quantity != Quantity::Die;
  CpuId cpu = row.cpus.first();
  for (std::size_t i = 0; i < row.values.size(); ++i, cpu = row.cpus.next(cpu + 1))
    all.push_back(by_cpu ? fmt::format("CPU {}", cpu) : fmt::format("value {}", i + 1));
  return all;
}

void add_figures(const PublishedRow& row, const Measured& m, std::vector<Residual>& all) {
  if (row.total)
    all.push_back({row.id, row.what, "total", *row.total, m.total, row.total_permille,
                   row.total_fitted, row.total_follows, row.total_repeats, row.not_predicted});
  if (row.max)
    all.push_back({row.id, row.what, "max", *row.max, m.max, row.max_permille, row.max_fitted,
                   row.max_follows, row.max_repeats, row.not_predicted});
  const std::vector<std::string> of = places(row);
  for (std::size_t i = 0; i < of.size(); ++i)
    all.push_back({.id = row.id,
                   .what = row.what,
                   .of = of[i],
                   .published = row.values[i],
                   .simulated = m.values[i],
                   .tolerance = row.values_permille,
                   .fitted = row.values_fitted,
                   .not_predicted = row.not_predicted});
}

/// True for a figure whose order is compared: one that may not deviate by more than 2.5 %, or that is
/// not judged itself.
bool has_order(const Residual& r) {
  return r.not_predicted.empty() && r.tolerance.value_or(0) <= 25;
}

std::string percent(std::int64_t permille) {
  const std::int64_t n = std::abs(permille);
  return fmt::format("{}{}.{} %", permille < 0 ? '-' : '+', n / 10, n % 10);
}

}  // namespace

std::int64_t Residual::permille() const {
  const std::int64_t difference = simulated.v - published.v;
  const std::int64_t whole = std::max<std::int64_t>(1, published.v);
  const std::int64_t away = (std::abs(difference) * 1'000 + whole - 1) / whole;
  return difference < 0 ? -away : away;
}

std::string_view Residual::standing() const {
  if (!not_predicted.empty()) return "not predicted";
  if (!tolerance) return "shown";
  if (!fitted.empty()) return "fitted";
  return follows.empty() && repeats.empty() ? "predicted" : "follows";
}

std::string Residual::role() const {
  const std::string standing(this->standing());
  if (standing == "fitted") return standing + ": " + fitted;
  if (standing == "not predicted") return standing + ": " + not_predicted;
  return standing == "follows" ? standing + ": " + (repeats.empty() ? follows : repeats) : standing;
}

std::string milliseconds(Ns t) {
  const std::int64_t us = (t.v + 500) / 1'000;
  return fmt::format("{}.{:03}", us / 1'000, us % 1'000);
}

std::vector<Residual> residuals(const Published& published, Simulator& simulator) {
  std::vector<Measured> figures(published.rows.size());
  for (std::size_t run = 0; run < published.runs.size(); ++run) {
    const RunResult result = simulator.run(published.runs[run].scenario.config);
    for (std::size_t i = 0; i < figures.size(); ++i)
      if (published.rows[i].run == run) figures[i] = measure(published.rows[i], result);
  }
  std::vector<Residual> all;
  for (std::size_t i = 0; i < figures.size(); ++i) {
    const PublishedRow& row = published.rows[i];
    const Measured& m = figures[i];
    if (row.traced_cpus != 0 && m.cpus != row.traced_cpus)
      throw BadInput{BadInputAt{
          .file = row.trace,
          .message = fmt::format("row {}, {}: the trace shows {} of its CPUs, the simulated run {}",
                                 row.id, row.what, row.traced_cpus, m.cpus)}};
    if (!row.values.empty() && m.values.size() != row.values.size())
      throw BadInput{BadInputAt{
          .file = published.file,
          .message = fmt::format("row {}, {}: \"values_ns\" has {} values, the simulated run {}",
                                 row.id, row.what, row.values.size(), m.values.size())}};
    add_figures(row, m, all);
  }
  return all;
}

std::vector<std::string> order_breaks(const std::vector<Residual>& all) {
  std::vector<std::string> breaks;
  for (const Residual& a : all)
    for (const Residual& b : all) {
      if (!has_order(a) || !has_order(b)) continue;
      const bool ordered =
          a.of == "total" && b.of == "total" && a.published.v * 102 < b.published.v * 100;
      if (ordered && a.simulated >= b.simulated)
        breaks.push_back(a.id + " " + a.what + " should be less than " + b.id + " " + b.what);
    }
  return breaks;
}

std::vector<std::size_t> shown_figures(const std::vector<Residual>& all) {
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Residual& r = all[i];
    const bool more = r.is_value() && i > 0 && all[i - 1].is_value() && all[i - 1].id == r.id &&
                      all[i - 1].what == r.what;
    if (!more)
      shown.push_back(i);
    else if (std::abs(r.permille()) > std::abs(all[shown.back()].permille()))
      shown.back() = i;
  }
  return shown;
}

std::string residual_table(const std::vector<Residual>& all,
                           const std::vector<std::string>& roles) {
  std::string text =
      "| row | what | | published, ms | simulated, ms | deviation | allowed | |\n"
      "|---|---|---|--:|--:|--:|--:|---|\n";
  for (const std::size_t i : shown_figures(all)) {
    const Residual& r = all[i];
    text += fmt::format("| {} | {} | {} | {} | {} | {}{} | {} | {} |\n", r.id, r.what,
                        r.is_value() ? "worst: " + r.of : r.of, milliseconds(r.published),
                        milliseconds(r.simulated), percent(r.permille()), r.ok() ? "" : " **no**",
                        r.tolerance ? percent(*r.tolerance).substr(1) : "no limit",
                        roles.empty() ? r.role() : roles[i]);
  }
  return text;
}

}  // namespace cpuhp

#include "sim/analysis/published.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

#include "sim/analysis/bringup_calls.hpp"
#include "sim/scenario/machine_section.hpp"
#include "sim/scenario/shape.hpp"
#include "sim/scenario/suggest.hpp"
#include "sim/scenario/table_shape.hpp"

namespace cpuhp {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPublishedBytesMax = std::size_t{1} << 20;
constexpr std::int64_t kPublishedMaxNs = 1'000'000'000'000'000;
constexpr std::array<std::string_view, 5> kQuantityWords{"calls", "prepare", "online", "bringup",
                                                         "boot"};

ShapePtr row_shape() {
  const ShapePtr quantity =
      words_of({{"calls", "all calls of cpu_up() for the row's CPUs"},
                {"prepare", "the first of two calls: PREPARE section and kick"},
                {"online", "the second of two calls: release, until the CPU is online"},
                {"bringup", "first prepare step to last CPU online"},
                {"boot", "that, and the control CPU's own boot work done"}});
  const ShapePtr permille = integer_of(0, 1'000, "permille");
  return object_of(
      "row", "One published row: a total, the largest of its CPUs, or both.",
      {{"id", text_of("a name", 1, 64), "Name of the row in its source."},
       {"what", text_of("a text", 1, 128), "What it is."},
       {"run", text_of("a run's name", 1, 64), "The run of `runs` that it is compared with."},
       {"quantity", quantity, "What is compared."},
       {"cpus", text_of("a CPU list"), "The CPUs that it is about.", {"\"all\"", ""}},
       {"total_ns", ns_of(kPublishedMaxNs), "Published total of these CPUs.", Optional{}},
       {"max_ns", ns_of(kPublishedMaxNs), "Published largest of these CPUs.", Optional{}},
       {"max_of_sums",
        boolean_of(),
        "The published maximum is the sum of the maxima of the two calls.",
        {"false", ""}},
       {"total_permille", permille, "Allowed deviation of the total.", {"", "it is only shown"}},
       {"max_permille", permille, "Allowed deviation of the maximum.", {"", "it is only shown"}},
       {"total_fitted",
        text_of("a text"),
        "The parameter that was fitted to this total.",
        {"\"\"", "predicted"}},
       {"max_fitted",
        text_of("a text"),
        "The parameter that was fitted to this maximum.",
        {"\"\"", "predicted"}}});
}

ShapePtr run_shape() {
  return object_of("run", "A scenario, and what is changed in it.",
                   {{"scenario", text_of("a path", 1), "Relative to this file.", Optional{}},
                    {"set",
                     array_of(text_of("/pointer=value", 2), 0, 64),
                     "Overrides, as `--set` takes them.",
                     {"[]", ""}}});
}

bool is_run_name(std::string_view text) { return !text.empty() && text.size() <= 64; }

ShapePtr published_shape() {
  std::vector<Field> fields = file_header("cpuhp-published");
  const std::vector<Field> own{
      {"name", text_of("a name", 1, 128), "Name of the measurement."},
      {"source", text_of("a text", 1), "Who published it, where."},
      {"scenario", text_of("a path", 1), "The scenario, relative to this file."},
      {"runs", map_of("a run's name", "^.{1,64}$", is_run_name, run_shape()),
       "What has to be run."},
      {"rows", array_of(row_shape(), 1, 1'024), "The published figures, in their order."},
      {"notes", array_of(text_of("a text"), 0, 256), "Free text.", {"[]", ""}}};
  fields.insert(fields.end(), own.begin(), own.end());
  return object_of("published", "Published figures of one machine and the runs beside them.",
                   std::move(fields));
}

PublishedRun read_run(const std::string& file, const JsonRef& root, const JsonMember& member) {
  const JsonRef run{&member.value, json_pointer(json_pointer("", "runs"), member.key)};
  const JsonRef own = run.find("scenario");
  const JsonRef path = own ? own : root.at("scenario");
  std::vector<SetOverride> overrides;
  for (const JsonNode& set : run.at("set")->array())
    overrides.push_back(parse_set_override(set.string()));
  const fs::path scenario = fs::path(file).parent_path() / path->string();
  if (!fs::is_regular_file(scenario)) path.fail("no such file: " + scenario.string());
  return {member.key, load_scenario(scenario.string(), overrides)};
}

std::size_t read_run_name(const JsonRef& value, const std::vector<PublishedRun>& runs) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].name == value->string()) return i;
    names.push_back(runs[i].name);
  }
  value.fail("there is no run " + value->shown(), nearest(value->string(), names));
}

std::optional<std::int64_t> integer(const JsonRef& value) {
  if (!value) return std::nullopt;
  return value->integer();
}

std::optional<Ns> ns(const JsonRef& value) {
  if (!value) return std::nullopt;
  return Ns{value->integer()};
}

PublishedRow read_row(const JsonRef& object, const std::vector<PublishedRun>& runs) {
  PublishedRow row{.id = object.at("id")->string(), .what = object.at("what")->string()};
  row.run = read_run_name(object.at("run"), runs);
  const auto word =
      std::find(kQuantityWords.begin(), kQuantityWords.end(), object.at("quantity")->string());
  row.quantity = static_cast<Quantity>(word - kQuantityWords.begin());
  row.cpus = read_cpulist(object.at("cpus"), runs[row.run].scenario.config.topology.nr_cpus());
  row.total = ns(object.find("total_ns"));
  row.max = ns(object.find("max_ns"));
  row.max_of_sums = object.at("max_of_sums")->boolean();
  row.total_permille = integer(object.find("total_permille"));
  row.max_permille = integer(object.find("max_permille"));
  row.total_fitted = object.at("total_fitted")->string();
  row.max_fitted = object.at("max_fitted")->string();
  if (!row.total && !row.max) object.fail("expected \"total_ns\" or \"max_ns\"");
  const bool whole = row.quantity == Quantity::Bringup || row.quantity == Quantity::Boot;
  if (row.max && whole) object.at("max_ns").fail("a whole boot has no largest CPU");
  return row;
}

/// What a run made of a row: its total and its largest CPU.
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
  std::string fraction = std::to_string(us % 1'000);
  return std::to_string(us / 1'000) + "." + std::string(3 - fraction.size(), '0') + fraction;
}

std::string percent(std::int64_t permille) {
  const std::int64_t n = std::abs(permille);
  return (permille < 0 ? "-" : "+") + std::to_string(n / 10) + "." + std::to_string(n % 10) + " %";
}

}  // namespace

CpuId Published::max_cpus() const {
  CpuId most = 1;
  for (const PublishedRun& run : runs)
    most = std::max(most, run.scenario.config.topology.nr_cpus());
  return most;
}

Published load_published(const std::string& path) {
  JsonDocument document = parse_json_file(path, {.bytes_max = kPublishedBytesMax});
  check_shape(document.root, *published_shape());
  const JsonRef root{&document.root, {}};
  Published p{
      .file = path, .name = root.at("name")->string(), .source = root.at("source")->string()};
  for (const JsonMember& run : root.at("runs")->object())
    p.runs.push_back(read_run(path, root, run));
  const JsonRef rows = root.at("rows");
  for (std::size_t i = 0; i < rows->array().size(); ++i)
    p.rows.push_back(read_row(rows.at(i), p.runs));
  for (const JsonNode& note : root.at("notes")->array()) p.notes.push_back(note.string());
  return p;
}

std::int64_t Residual::permille() const {
  const std::int64_t difference = simulated.v - published.v;
  const std::int64_t away = (std::abs(difference) * 1'000 + published.v - 1) / published.v;
  return difference < 0 ? -away : away;
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
      all.push_back(
          {row.id, row.what, false, *row.total, m.total, row.total_permille, row.total_fitted});
    if (row.max)
      all.push_back({row.id, row.what, true, *row.max, m.max, row.max_permille, row.max_fitted});
  }
  return all;
}

std::vector<std::string> order_breaks(const std::vector<Residual>& all) {
  std::vector<std::string> breaks;
  for (const Residual& a : all) {
    for (const Residual& b : all) {
      const bool ordered = !a.max && !b.max && a.published.v * 102 < b.published.v * 100;
      if (ordered && a.simulated >= b.simulated)
        breaks.push_back(a.id + " " + a.what + " before " + b.id + " " + b.what);
    }
  }
  return breaks;
}

std::string residual_table(const std::vector<Residual>& all) {
  std::string text =
      "| row | what | | published, ms | simulated, ms | deviation | allowed | |\n"
      "|---|---|---|--:|--:|--:|--:|---|\n";
  for (const Residual& r : all) {
    text += "| " + r.id + " | " + r.what + " | " + (r.max ? "max" : "total") + " | " +
            milliseconds(r.published) + " | " + milliseconds(r.simulated) + " | " +
            percent(r.permille()) + (r.ok() ? "" : " **no**") + " | " +
            (r.tolerance ? percent(*r.tolerance).substr(1) : "shown") + " | " +
            (r.fitted.empty() ? "predicted" : "fitted: " + r.fitted) + " |\n";
  }
  return text;
}

}  // namespace cpuhp

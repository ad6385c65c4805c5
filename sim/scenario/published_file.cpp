#include "sim/scenario/published_file.hpp"

#include <algorithm>
#include <array>

#include "sim/scenario/costs_shape.hpp"
#include "sim/scenario/file_beside.hpp"
#include "sim/scenario/machine_section.hpp"
#include "sim/scenario/published_shape.hpp"
#include "sim/scenario/suggest.hpp"
#include "sim/scenario/table_shape.hpp"

namespace cpuhp {

namespace {

struct QuantityInfo {
  Quantity value;
  std::string_view name, doc;
};
constexpr std::array<QuantityInfo, 5> kQuantities{
    {{Quantity::Calls, "calls", "all calls of cpu_up() for the row's CPUs"},
     {Quantity::Prepare, "prepare",
      "the first of the two calls of cpu_up() for each CPU in a parallel bring-up: PREPARE section "
      "and kick"},
     {Quantity::Online, "online",
      "the second of these two calls: from the release until the CPU is online"},
     {Quantity::Bringup, "bringup", "from the first PREPARE step until the last CPU is online"},
     {Quantity::Boot, "boot",
      "the date at which the last CPU is online and `boot_work_ns` is done"}}};

ShapePtr row_shape() {
  const ShapePtr permille = integer_of(0, 1'000, "permille"), fitted = text_of("a text");
  const Optional none{"\"\"", "predicted"};
  return object_of(
      "row",
      "One published row: the total of the quantity, the largest value of a single CPU, or both.",
      {{"id", text_of("a name", 1, 64), "Name of the row in its source."},
       {"what", text_of("a text", 1, 128), "What the row measures."},
       {"run", text_of("a run's name", 1, 64), "The run of `runs` with which the row is compared."},
       {"quantity", words_of(kQuantities), "The quantity that is compared."},
       {"cpus", text_of("a CPU list"),
        "The CPUs that the row covers; ignored for `bringup` and `boot`.", by_default("\"all\"")},
       {"total_ns", ns_of(kDateMaxNs), "The published total.", Optional{}},
       {"max_ns", ns_of(kDateMaxNs), "The largest of the published values of these CPUs.",
        Optional{}},
       {"max_of_sums", boolean_of(),
        "The published maximum is the largest `prepare` plus the largest `online`, perhaps of "
        "different CPUs.",
        by_default("false")},
       {"total_permille", permille, "Allowed deviation of the total.", otherwise("no limit")},
       {"max_permille", permille, "Allowed deviation of the maximum.", otherwise("no limit")},
       {"total_fitted", fitted, "The parameter that was fitted to this total.", none},
       {"max_fitted", fitted, "The parameter that was fitted to this maximum.", none},
       {"total_follows", fitted,
        "The figures that this total repeats or adds up: when they come out, so does this one, "
        "and it is no prediction of its own.",
        none},
       {"max_follows", fitted, "As `total_follows`, of the maximum.", none}});
}

ShapePtr run_shape() {
  return object_of("run", "A scenario and the values that are changed in this scenario.",
                   {{"scenario", text_of("a path", 1),
                     "Path of the scenario, relative to this file.", Optional{}},
                    {"set", array_of(text_of("/pointer=value", 2), 0, 64),
                     "Overrides in the format of `--set`.", by_default("[]")}});
}

bool is_run_name(std::string_view text) { return !text.empty() && text.size() <= 64; }

PublishedRun read_run(const std::string& file, const JsonRef& root, const JsonMember& member) {
  const JsonRef run{&member.value, json_pointer(json_pointer("", "runs"), member.key)};
  const JsonRef own = run.find("scenario");
  const JsonRef path = own ? own : root.at("scenario");
  std::vector<SetOverride> overrides;
  for (const JsonNode& set : run.at("set")->array())
    overrides.push_back(parse_set_override(set.string()));
  return {member.key, load_scenario(file_beside(file, path), overrides)};
}

std::size_t read_run_name(const JsonRef& value, const std::vector<PublishedRun>& runs) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].name == value->string()) return i;
    names.push_back(runs[i].name);
  }
  value.fail("\"runs\" has no run " + value->shown(), nearest(value->string(), names));
}

PublishedRow read_row(const JsonRef& object, const std::vector<PublishedRun>& runs) {
  PublishedRow row;
  object.read("id", row.id);
  object.read("what", row.what);
  row.run = read_run_name(object.at("run"), runs);
  row.quantity = value_of(object.at("quantity"), kQuantities);
  row.cpus = read_cpulist(object.at("cpus"), runs[row.run].scenario.config.topology.nr_cpus());
  object.read("total_ns", row.total);
  object.read("max_ns", row.max);
  object.read("max_of_sums", row.max_of_sums);
  object.read("total_permille", row.total_permille);
  object.read("max_permille", row.max_permille);
  object.read("total_fitted", row.total_fitted);
  object.read("max_fitted", row.max_fitted);
  object.read("total_follows", row.total_follows);
  object.read("max_follows", row.max_follows);
  if (!row.total && !row.max) object.fail("expected \"total_ns\" or \"max_ns\"");
  const bool whole = row.quantity == Quantity::Bringup || row.quantity == Quantity::Boot;
  if (row.max && whole)
    object.at("max_ns").fail(
        "\"max_ns\" needs \"quantity\" to be \"calls\", \"prepare\" or \"online\", because "
        "\"bringup\" and \"boot\" have no value for each CPU");
  return row;
}

}  // namespace

ShapePtr published_shape() {
  return file_of(
      "published", "Published figures of one machine, and the runs with which they are compared.",
      {{"name", text_of("a name", 1, 128), "Name of the measurement."},
       {"source", text_of("a text", 1), "Who published the figures, and where."},
       {"scenario", text_of("a path", 1), "Path of the scenario, relative to this file."},
       {"runs", map_of("a run's name", "^.{1,64}$", is_run_name, run_shape()),
        "The runs that the rows are compared with."},
       {"rows", array_of(row_shape(), 1, 1'024),
        "The published figures; reports show them in this order."},
       {"notes", array_of(text_of("a text"), 0, 256), "Free text.", by_default("[]")}});
}

CpuId Published::max_cpus() const {
  CpuId most = 1;
  for (const PublishedRun& run : runs)
    most = std::max(most, run.scenario.config.topology.nr_cpus());
  return most;
}

Published load_published(const std::string& path) {
  JsonDocument document = parse_json_file(path, JsonLimits{});
  check_shape(document.root, *published_shape());
  const JsonRef root{&document.root, {}};
  Published p{
      .file = path, .name = root.at("name")->string(), .source = root.at("source")->string()};
  for (const JsonMember& run : root.at("runs")->object())
    p.runs.push_back(read_run(path, root, run));
  for (const JsonRef& row : root.at("rows").items()) p.rows.push_back(read_row(row, p.runs));
  for (const JsonNode& note : root.at("notes")->array()) p.notes.push_back(note.string());
  return p;
}

}  // namespace cpuhp

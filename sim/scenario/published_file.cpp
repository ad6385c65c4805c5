#include "sim/scenario/published_file.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "sim/scenario/costs_shape.hpp"
#include "sim/scenario/file_beside.hpp"
#include "sim/scenario/machine_section.hpp"
#include "sim/scenario/published_shape.hpp"
#include "sim/scenario/scenario_shape.hpp"
#include "sim/scenario/suggest.hpp"
#include "sim/scenario/table_shape.hpp"

namespace cpuhp {

namespace {

struct QuantityInfo {
  Quantity value;
  std::string_view name, doc;
};
constexpr std::array<QuantityInfo, 10> kQuantities{
    {{Quantity::Calls, "calls", "all calls of cpu_up() for the row's CPUs"},
     {Quantity::Prepare, "prepare",
      "the first of the two calls of cpu_up() for each CPU in a parallel bring-up: PREPARE section "
      "and kick"},
     {Quantity::Online, "online",
      "the second of these two calls: from the release until the CPU is online"},
     {Quantity::Bringup, "bringup", "from the first PREPARE step until the last CPU is online"},
     {Quantity::Boot, "boot",
      "the date at which the last CPU is online and `boot_work_ns` is done"},
     {Quantity::Up, "up",
      "a CPU's way up at run time, after it went down: from its first callback to its last one; "
      "the mean of all such ways of a CPU"},
     {Quantity::Down, "down", "the same of a CPU's way down"},
     {Quantity::Operations, "operations", "the operations that the key `operations` names"},
     {Quantity::Interval, "interval",
      "in the operations that the key `operations` names: from where the CPU before is up, down or "
      "given up until this CPU is; for the first CPU, from the begin of the operation"},
     {Quantity::Die, "die",
      "from where a dying CPU is in its idle task (idle:dead) until it has got the lock of its "
      "phase "
      "`die`, which stands for the firmware's queue; without a lock, until it reports that it is "
      "dead; the values are in ascending order"}}};

ShapePtr row_shape() {
  const ShapePtr permille = integer_of(0, 1'000, "permille"), fitted = text_of("a text");
  const Optional none{"\"\"", "predicted"};
  return object_of(
      "row",
      "One published row: the total of the quantity, the largest value of a single CPU, or both; "
      "or "
      "the value of each CPU, and with it the total.",
      {{"id", text_of("a name", 1, 64), "Name of the row in its source."},
       {"what", text_of("a text", 1, 128), "What the row measures."},
       {"run", text_of("a run's name", 1, 64), "The run of `runs` with which the row is compared."},
       {"quantity", words_of(kQuantities), "The quantity that is compared."},
       {"cpus", text_of("a CPU list"),
        "The CPUs that the row covers; ignored for `bringup`, `boot` and `operations`.",
        by_default("\"all\"")},
       {"operations", either_of({}, {}, {integer_of(0, kOperationsMax - 1), words_of(kOperations)}),
        "For `operations` and `interval`: all operations of a kind, or the one with this number, "
        "counted from 0.",
        Optional{}},
       {"trace", text_of("a path", 1),
        "A trace of the machine, in place of `total_ns` and `max_ns`, which are measured in this "
        "trace: ftrace text, trace.dat or a recording, relative to this file. The simulated "
        "figures are measured by the same callbacks.",
        Optional{}},
       {"log", text_of("a path", 1),
        "A kernel log of the machine's boot, in place of `total_ns`; for `bringup`.", Optional{}},
       {"total_ns", ns_of(kDateMaxNs), "The published total.", Optional{}},
       {"max_ns", ns_of(kDateMaxNs), "The largest of the published values of these CPUs.",
        Optional{}},
       {"values_ns", array_of(ns_of(kDateMaxNs), 1, kMaxCpus),
        "The published value of each CPU of `cpus` in ascending order, or of each operation; their "
        "sum is the total.",
        Optional{}},
       {"max_of_sums", boolean_of(),
        "The published maximum is the largest `prepare` plus the largest `online`, perhaps of "
        "different CPUs.",
        by_default("false")},
       {"total_permille", permille, "Allowed deviation of the total.", otherwise("no limit")},
       {"max_permille", permille, "Allowed deviation of the maximum.", otherwise("no limit")},
       {"values_permille", permille, "Allowed deviation of each of `values_ns`.",
        otherwise("no limit")},
       {"total_fitted", fitted, "The parameter that was fitted to this total.", none},
       {"max_fitted", fitted, "The parameter that was fitted to this maximum.", none},
       {"values_fitted", fitted, "The parameters that were fitted to these values.", none},
       {"total_follows", fitted,
        "With the profiles of this file: the figures from which this total follows. When they come "
        "out, so does this one, and it is no prediction of its own.",
        none},
       {"max_follows", fitted, "As `total_follows`, of the maximum.", none},
       {"total_repeats",
        fitted,
        "Published figures that this total repeats, such as their sum: it is no measurement of its "
        "own, and `calibrate` does not fit it.",
        {"\"\"", "independent"}},
       {"max_repeats", fitted, "As `total_repeats`, of the maximum.", {"\"\"", "independent"}},
       {"not_predicted", fitted,
        "Why the model does not say these figures: they are shown, and not compared.",
        otherwise("it does")}},
      {{"trace", "total_ns"},
       {"trace", "max_ns"},
       {"trace", "log"},
       {"log", "total_ns"},
       {"log", "max_ns"},
       {"values_ns", "total_ns"},
       {"values_ns", "max_ns"},
       {"values_ns", "trace"},
       {"values_ns", "log"},
       {"not_predicted", "total_permille"},
       {"not_predicted", "max_permille"},
       {"not_predicted", "values_permille"}});
}

ShapePtr parameter_shape() {
  return object_of(
      "parameter", "A value of the model that `cpuhp-sim calibrate` finds from the rows.",
      {{"name", text_of("a name", 1, 64), "Name of the parameter in reports."},
       {"at", array_of(text_of("FILE#/pointer", 3), 1, 64),
        "Where the value stands: the path of a scenario or cost profile, relative to this file, "
        "`#` and the JSON pointer of an integer in ns. The value that stands there is not used."},
       {"low_ns", ns_of(kCostMaxNs), "The smallest possible value."},
       {"high_ns", ns_of(kCostMaxNs), "The largest possible value."},
       {"source", text_of("a text", 1), "Where the bounds come from."}});
}

ShapePtr run_shape() {
  return object_of("run", "A scenario and the values that are changed in this scenario.",
                   {{"scenario", text_of("a path", 1),
                     "Path of the scenario, relative to this file.", Optional{}},
                    {"set", array_of(text_of("/pointer=value", 2), 0, 64),
                     "Overrides in the format of `--set`.", by_default("[]")}});
}

bool is_run_name(std::string_view text) { return !text.empty() && text.size() <= 64; }

PublishedRun read_run(const std::string& file, const JsonRef& root, const JsonMember& member,
                      const std::vector<FileOverride>& in_files) {
  const JsonRef run{&member.value, json_pointer(json_pointer("", "runs"), member.key)};
  const JsonRef own = run.find("scenario");
  const JsonRef path = own ? own : root.at("scenario");
  std::vector<SetOverride> overrides;
  for (const JsonNode& set : run.at("set")->array())
    overrides.push_back(parse_set_override(set.string()));
  return {member.key, load_scenario(file_beside(file, path), overrides, in_files)};
}

std::size_t read_run_name(const JsonRef& value, const std::vector<PublishedRun>& runs) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].name == value->string()) return i;
    names.push_back(runs[i].name);
  }
  value.fail("\"runs\" has no run " + value->shown(), nearest(value->string(), names));
}

/// Reads the files in which the row is measured.
void read_files(const std::string& file, const JsonRef& object, PublishedRow& row) {
  if (const JsonRef trace = object.find("trace")) row.trace = file_beside(file, trace);
  if (const JsonRef log = object.find("log")) row.log = file_beside(file, log);
  const bool unseen = row.quantity == Quantity::Boot || row.quantity == Quantity::Operations ||
                      row.quantity == Quantity::Interval || row.quantity == Quantity::Die;
  if (!row.trace.empty() && unseen)
    object.at("trace").fail("a trace does not show " + object.at("quantity")->shown());
  if (!row.log.empty() && row.quantity != Quantity::Bringup)
    object.at("log").fail("a log shows \"bringup\" only");
}

/// Reads which operations the row is about.
void read_operations_of_row(const JsonRef& object, const PublishedRun& run, PublishedRow& row) {
  const JsonRef which = object.find("operations");
  const bool needed = row.quantity == Quantity::Operations || row.quantity == Quantity::Interval;
  if (needed != static_cast<bool>(which))
    (which ? which : object)
        .fail(
            "the quantities \"operations\" and \"interval\" need the key \"operations\", and no "
            "other quantity has it");
  if (!which) return;
  const std::vector<Operation>& all = run.scenario.config.operations;
  if (which->is_string())
    row.kind = value_of(which, kOperations);
  else
    row.operation = static_cast<std::uint32_t>(which->integer());
  const bool any =
      row.kind ? std::ranges::any_of(all, [&](const Operation& op) { return op.kind == *row.kind; })
               : row.operation < all.size();
  if (!any) which.fail("run " + run.name + " has no operation " + which->shown());
}

/// Reads the value of each CPU or operation. The row's total is their sum.
void read_values(const JsonRef& object, PublishedRow& row) {
  const JsonRef values = object.find("values_ns");
  object.read("values_permille", row.values_permille);
  object.read("values_fitted", row.values_fitted);
  object.read("not_predicted", row.not_predicted);
  if (!values) return;
  row.total = Ns{};
  for (const JsonNode& value : values->array()) {
    row.values.push_back(Ns{value.integer()});
    *row.total += row.values.back();
    if (row.total->v > kDateMaxNs)
      values.fail("expected a sum of at most " + std::to_string(kDateMaxNs) + " ns");
  }
  const bool by_cpu = row.quantity == Quantity::Interval || row.quantity == Quantity::Die ||
                      row.quantity == Quantity::Up || row.quantity == Quantity::Down;
  if (!by_cpu && row.quantity != Quantity::Operations)
    values.fail(
        "expected \"quantity\" to be \"operations\", \"interval\", \"die\", \"up\" or "
        "\"down\"");
  if (by_cpu && row.values.size() != row.cpus.weight())
    values.fail("expected one value for each of the " + std::to_string(row.cpus.weight()) +
                " CPUs of \"cpus\", found " + std::to_string(row.values.size()));
}

PublishedRow read_row(const std::string& file, const JsonRef& object,
                      const std::vector<PublishedRun>& runs) {
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
  object.read("total_repeats", row.total_repeats);
  object.read("max_repeats", row.max_repeats);
  read_operations_of_row(object, runs[row.run], row);
  read_values(object, row);
  read_files(file, object, row);
  if (!row.total && !row.max && row.trace.empty() && row.log.empty())
    object.fail("expected \"total_ns\", \"max_ns\", \"values_ns\", \"trace\" or \"log\"");
  const bool whole = row.quantity == Quantity::Bringup || row.quantity == Quantity::Boot;
  for (const char* key : {"max_ns", "max_permille"})
    if (const JsonRef max = object.find(key); max && whole)
      max.fail('"' + std::string(key) +
               "\" needs another \"quantity\", because \"bringup\" and \"boot\" have no value "
               "for each CPU");
  return row;
}

/// Adds all integers in `value`, by their pointers.
void add_integers(const JsonNode& value, const std::string& pointer,
                  std::map<std::string, std::int64_t>& integers) {
  if (value.is_integer()) integers[pointer] = value.integer();
  if (value.is_object())
    for (const JsonMember& member : value.object())
      add_integers(member.value, json_pointer(pointer, member.key), integers);
  if (value.is_array())
    for (std::size_t i = 0; i < value.array().size(); ++i)
      add_integers(value.array()[i], json_pointer(pointer, std::to_string(i)), integers);
}

/// Adds a place of the parameter.
void read_place(const std::string& file, const JsonRef& text, Parameter& parameter) {
  const std::size_t hash = text->string().find('#');
  if (hash == std::string::npos)
    text.fail("expected FILE#/pointer, such as costs.json#/phases/kick");
  const JsonNode name{text->string().substr(0, hash), text->at};
  FileOverride place{file_beside(file, {&name, text.pointer}),
                     {text->string().substr(hash + 1), {}}};
  const JsonDocument document = parse_json_file(place.file, {.bytes_max = kTableBytesMax});
  std::map<std::string, std::int64_t> integers;
  add_integers(document.root, {}, integers);
  const auto found = integers.find(place.set.pointer);
  if (found == integers.end()) {
    std::vector<std::string> pointers;
    for (const auto& [pointer, value] : integers) pointers.push_back(pointer);
    text.fail(name.string() + " has no integer at \"" + place.set.pointer + '"',
              nearest(place.set.pointer, pointers));
  }
  if (parameter.at.empty()) parameter.filed = Ns{found->second};
  parameter.at.push_back(std::move(place));
}

Parameter read_parameter(const std::string& file, const JsonRef& object,
                         const std::vector<Parameter>& others) {
  Parameter p{.name = object.at("name")->string(), .source = object.at("source")->string()};
  for (const Parameter& other : others)
    if (other.name == p.name) object.at("name").fail("another parameter has this name");
  for (const JsonRef& place : object.at("at").items()) read_place(file, place, p);
  object.read("low_ns", p.low);
  object.read("high_ns", p.high);
  if (p.high <= p.low) object.at("high_ns").fail("expected more than \"low_ns\"");
  return p;
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
       {"parameters", array_of(parameter_shape(), 0, 64),
        "The values that `cpuhp-sim calibrate` finds.", by_default("[]")},
       {"notes", array_of(text_of("a text"), 0, 256), "Free text.", by_default("[]")}});
}

CpuId Published::max_cpus() const {
  CpuId most = 1;
  for (const PublishedRun& run : runs)
    most = std::max(most, run.scenario.config.topology.nr_cpus());
  return most;
}

Published load_published(const std::string& path, const std::vector<FileOverride>& in_files) {
  JsonDocument document = parse_json_file(path, JsonLimits{}, "published figures");
  check_shape(document.root, *published_shape());
  const JsonRef root{&document.root, {}};
  Published p{
      .file = path, .name = root.at("name")->string(), .source = root.at("source")->string()};
  for (const JsonMember& run : root.at("runs")->object())
    p.runs.push_back(read_run(path, root, run, in_files));
  for (const JsonRef& row : root.at("rows").items()) p.rows.push_back(read_row(path, row, p.runs));
  for (const JsonRef& parameter : root.at("parameters").items())
    p.parameters.push_back(read_parameter(path, parameter, p.parameters));
  for (const JsonNode& note : root.at("notes")->array()) p.notes.push_back(note.string());
  return p;
}

}  // namespace cpuhp

#include "sim/report/bystanders_report.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <utility>

#include "sim/report/chain_text.hpp"
#include "sim/report/run_report.hpp"
#include "sim/report/text_table.hpp"
#include "sim/scenario/cpulist.hpp"
#include "sim/units.hpp"

namespace cpuhp {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kShown = 40;
constexpr std::size_t kWidth = 28;

/// Returns the operation's name, as `op` of the scenario and the table of operations have it.
std::string name_of(const OperationToll& toll, const MachineConfig& config) {
  return toll.operation < config.operations.size()
             ? operation_text(config.operations[toll.operation], config)
             : std::string();
}

/// The units of a table's durations and dates.
struct Units {
  Unit duration, date;
};

std::vector<TextColumn> toll_columns(std::string first, const Units& units) {
  const auto in = [&](const char* what) {
    return fmt::format("{} ({})", what, units.duration.name);
  };
  return {{"#", Align::Right},
          {"operation"},
          {std::move(first)},
          {"CPUs", Align::Right},
          {"stops", Align::Right},
          {in("longest"), Align::Right},
          {fmt::format("at ({})", units.date.name), Align::Right},
          {in("stopped"), Align::Right},
          {"interrupts", Align::Right},
          {in("handlers"), Align::Right}};
}

std::vector<std::string> toll_cells(const Toll& toll, const Units& units) {
  const bool stopped = toll.stops > 0;
  return {std::to_string(toll.stops),
          stopped ? in_unit(toll.longest, units.duration) : "-",
          stopped ? in_unit(toll.longest_at, units.date) : "-",
          stopped ? in_unit(toll.stopped, units.duration) : "-",
          std::to_string(toll.interrupts),
          toll.interrupts > 0 ? in_unit(toll.interrupted, units.duration) : "-"};
}

Units units_of(const Bystanders& all) {
  Ns largest{}, latest{};
  const auto take = [&](const Toll& toll) {
    largest = std::max({largest, toll.stopped, toll.interrupted});
    latest = std::max(latest, toll.longest_at);
  };
  for (const OperationToll& o : all.operations) {
    for (const AlikeCpus& alike : o.bystanders) take(alike.toll);
    for (const auto& group : {o.isolated, o.housekeeping})
      if (group) take(group->toll);
  }
  return {unit_for(largest), unit_for(latest)};
}

/// Adds a row; the operation is named in its first row only.
void add_row(TextTable& table, const std::string& number, const std::string& name,
             const std::string& first, CpuId cpus, std::vector<std::string> cells) {
  std::vector<std::string> row{number, name, clipped(first, kWidth), std::to_string(cpus)};
  row.insert(row.end(), std::make_move_iterator(cells.begin()),
             std::make_move_iterator(cells.end()));
  table.add(std::move(row));
}

std::string alike_table(const Bystanders& all, const MachineConfig& config, const Units& units) {
  TextTable table(toll_columns("bystanders", units));
  for (const OperationToll& o : ShownRows{.top = kShown}.of(all.operations)) {
    std::string number = std::to_string(o.operation), name = name_of(o, config);
    if (o.bystanders.empty()) add_row(table, number, name, "none", 0, {});
    for (const AlikeCpus& alike : o.bystanders)
      add_row(table, std::exchange(number, ""), std::exchange(name, ""), print_cpulist(alike.cpus),
              alike.cpus.weight(), toll_cells(alike.toll, units));
  }
  return table.print("  ");
}

/// Adds what one more operation costs a group.
void add_to(GroupToll& sum, const GroupToll& more) {
  if (more.toll.stops > 0 && (sum.toll.stops == 0 || more.toll.longest > sum.toll.longest)) {
    sum.toll.longest = more.toll.longest;
    sum.toll.longest_at = more.toll.longest_at;
  }
  sum.toll.stops += more.toll.stops;
  sum.toll.stopped += more.toll.stopped;
  sum.toll.interrupts += more.toll.interrupts;
  sum.toll.interrupted += more.toll.interrupted;
  sum.work += more.work;
}

std::string groups_table(const Bystanders& all, const MachineConfig& config, const Units& units) {
  std::vector<TextColumn> columns = toll_columns("group", units);
  columns.push_back({fmt::format("work ({})", units.duration.name), Align::Right});
  TextTable table(std::move(columns));
  const CpuId keep = config.housekeeping.weight();
  GroupToll isolated, housekeeping;
  const auto add = [&](const std::string& number, const std::string& name, const GroupToll& first,
                       const GroupToll& second) {
    const auto cells = [&](const GroupToll& group) {
      std::vector<std::string> row = toll_cells(group.toll, units);
      row.push_back(in_unit(group.work, units.duration));
      return row;
    };
    add_row(table, number, name, "isolated", config.topology.nr_cpus() - keep, cells(first));
    add_row(table, "", "", "housekeeping", keep, cells(second));
  };
  for (const OperationToll& o : all.operations) {
    add_to(isolated, *o.isolated);
    add_to(housekeeping, *o.housekeeping);
  }
  for (const OperationToll& o : ShownRows{.top = kShown}.of(all.operations))
    add(std::to_string(o.operation), name_of(o, config), *o.isolated, *o.housekeeping);
  add("", "all together", isolated, housekeeping);
  return table.print("  ");
}

std::string worst_text(const Bystanders& all, const MachineConfig& config) {
  const OperationToll* const worst = all.worst();
  if (worst == nullptr) return "  no bystander was ever stopped\n";
  const Toll& toll = worst->bystanders[0].toll;
  return fmt::format("  longest stop of a bystander: {} at {}, in operation {} ({})\n",
                     readable(toll.longest), readable(toll.longest_at), worst->operation,
                     name_of(*worst, config));
}

void add_toll(Json& json, const Toll& toll) {
  json["stops"] = toll.stops;
  json["stopped_ns"] = toll.stopped.v;
  json["longest_stop_ns"] = toll.longest.v;
  json["longest_stop_at_ns"] = toll.stops > 0 ? Json(toll.longest_at.v) : Json(nullptr);
  json["interrupts"] = toll.interrupts;
  json["interrupted_ns"] = toll.interrupted.v;
}

Json group_json(const GroupToll& group) {
  Json json = Json::object();
  add_toll(json, group.toll);
  json["work_ns"] = group.work.v;
  return json;
}

Json operation_json(const OperationToll& o) {
  Json json{{"operation", o.operation}, {"alike", Json::array()}};
  for (const AlikeCpus& alike : o.bystanders) {
    Json one{{"cpus", print_cpulist(alike.cpus)}, {"count", alike.cpus.weight()}};
    add_toll(one, alike.toll);
    json["alike"].push_back(std::move(one));
  }
  if (o.isolated) json["isolated"] = group_json(*o.isolated);
  if (o.housekeeping) json["housekeeping"] = group_json(*o.housekeeping);
  return json;
}

}  // namespace

std::string bystanders_text(const Bystanders& bystanders, const MachineConfig& config) {
  const Units units = units_of(bystanders);
  std::string text = "what each operation costs each bystander\n" +
                     alike_table(bystanders, config, units) + worst_text(bystanders, config);
  if (!config.housekeeping.empty())
    text += "\nwhat each operation costs the isolated and the housekeeping CPUs together\n" +
            groups_table(bystanders, config, units);
  if (bystanders.operations.size() > kShown)
    text += fmt::format("  and {} more operations (--format json has them all)\n",
                        bystanders.operations.size() - kShown);
  return text;
}

Json bystanders_json(const Bystanders& bystanders) {
  Json json{{"operations", Json::array()}, {"worst", nullptr}};
  for (const OperationToll& o : bystanders.operations)
    json["operations"].push_back(operation_json(o));
  if (const OperationToll* const worst = bystanders.worst())
    json["worst"] = {{"operation", worst->operation},
                     {"longest_stop_ns", worst->bystanders[0].toll.longest.v},
                     {"longest_stop_at_ns", worst->bystanders[0].toll.longest_at.v}};
  return json;
}

}  // namespace cpuhp

#include "sim/conform/traced_twin.hpp"

#include <algorithm>

#include "sim/conform/traced_machine.hpp"
#include "sim/conform/twin.hpp"
#include "sim/error.hpp"
#include "sim/trace/import_costs.hpp"

namespace cpuhp {

std::string twin_of_traces(Import& made, const std::string& machine, const std::string& table_path,
                           const std::string& costs_path, const std::string& why) {
  const auto boots = [](const PowerOn& on) { return on.design.has_value(); };
  const auto on = std::ranges::find_if(made.evidence.power_ons, boots);
  if (on == made.evidence.power_ons.end())
    throw BadInput{why + "no trace with time stamps shows a boot that brings CPUs up"};
  if (!of_one_machine(made.evidence))
    throw BadInput{why + "the traces are of several machines, and a scenario has one"};
  return make_scenario(recording_of(*on, machine, made.warnings), made.state_table,
                       {.name = made.table["name"].get<std::string>(),
                        .table_path = table_path,
                        .costs_path = costs_path,
                        .design = *on->design});
}

OrderedJson twin_of_traces(Import& made, const std::string& machine) {
  OrderedJson twin = OrderedJson::parse(twin_of_traces(made, machine, "", ""));
  twin["table"] = made.table;
  twin["costs"] = *made.costs;
  for (const char* part : {"table", "costs"})
    for (const char* header : {"$schema", "version", "kind"}) twin[part].erase(header);
  return twin;
}

}  // namespace cpuhp

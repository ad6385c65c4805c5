// Converts loaded structures back to the JSON of a scenario file.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "model/config.hpp"
#include "sim/scenario/errno_names.hpp"

namespace cpuhp {

using OrderedJson = nlohmann::ordered_json;

/// Calls `put(name, value)` for each field of a fault that differs from its default. For the name
/// "state", passes `state` as the value.
template <typename State, typename Put>
void for_each_field(const Fault& fault, const State& state, Put put) {
  const Fault usual;
  put("kind", to_string(fault.kind));
  if (fault.cpu != kNoCpu) put("cpu", fault.cpu);
  if (fault.state >= 0) put("state", state);
  if (fault.direction != usual.direction) put("direction", std::string_view("down"));
  if (fault.phase) put("phase", to_string(*fault.phase));
  if (fault.instance != usual.instance) put("instance", fault.instance);
  if (fault.nth != usual.nth) put("nth", fault.nth);
  if (fault.during) put("during", *fault.during);
  if (fault.rollback) put("rollback", true);
  if (fault.chance_ppm != usual.chance_ppm) put("chance_ppm", fault.chance_ppm);
  if (fault.sleeper != usual.sleeper) put("wakeup", row_of(kSleepers, fault.sleeper).name);
  if (info(fault.kind).error != 0) {
    const std::string_view name = errno_name(-fault.error);
    name.empty() ? put("errno", -fault.error) : put("errno", name);
  }
  if (fault.delay != Ns{}) put("delay_ns", fault.delay.v);
}
OrderedJson fault_json(const Fault& fault, const MachineConfig& config);
/// Returns the JSON of a reader that no callback waits for.
OrderedJson reader_json(const LockReader& reader);
/// Returns `rcu` of a scenario.
OrderedJson rcu_json(const RcuConfig& rcu);
/// Returns the JSON of a boot, shutdown, up, down, suspend or resume.
OrderedJson operation_json(const Operation& operation, const MachineConfig& config);
/// Returns an operation's result as in `expect`: a number, or an error's name such as "-EBUSY".
OrderedJson return_json(int ret);
/// Returns a state's name. Returns its number when it has no name, or when the name refers to
/// another state. `effective`: the result of effective_table().
OrderedJson state_json(StateId id, const MachineConfig& config, const StateTable& effective);
OrderedJson state_json(StateId id, const MachineConfig& config);

/// Returns the scenario with its table and cost profiles included, so that it needs no other file,
/// and with one entry for each operation.
/// Throws BadInput.
OrderedJson self_contained_scenario(const std::string& path);

/// Returns a scenario as readable text: each object of a list on its own line.
std::string scenario_text(const OrderedJson& document);

}  // namespace cpuhp

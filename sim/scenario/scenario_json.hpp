// Parts of a scenario as its file would have them: the way back from what the loader has read.
//
//   fault_json(fault, config);   // {"kind": "error", "cpu": 3, "state": "workqueue:online", ...}
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "model/config.hpp"

namespace cpuhp {

using OrderedJson = nlohmann::ordered_json;

/// Fields that have their default are left out.
OrderedJson fault_json(const Fault& fault, const MachineConfig& config);
/// Boot, shutdown, up, down, suspend, resume.
OrderedJson operation_json(const Operation& operation, const MachineConfig& config);
/// 0, a number of a state, or an error's name: as `expect` has it.
OrderedJson return_json(int ret);
/// A name where it means that state, otherwise the number.
OrderedJson state_json(StateId id, const MachineConfig& config);

/// The scenario's file with its table and cost profiles in it: it needs no other file. Throws
/// BadInput.
OrderedJson self_contained_scenario(const std::string& path);

/// As people lay out a scenario: lists of objects with one object a line.
std::string scenario_text(const OrderedJson& document);

}  // namespace cpuhp

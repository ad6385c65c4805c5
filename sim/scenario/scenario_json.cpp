#include "sim/scenario/scenario_json.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "sim/error.hpp"
#include "sim/input_file.hpp"
#include "sim/scenario/cpulist.hpp"
#include "sim/scenario/errno_names.hpp"
#include "sim/scenario/file_beside.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/scenario/table_file.hpp"

namespace cpuhp {
namespace {

namespace fs = std::filesystem;

/// Reads a file that the loader has checked before, so that error messages need no details.
OrderedJson read_json(const std::string& path) {
  std::ifstream in(path_to_open(path, kTableBytesMax), std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  OrderedJson document = OrderedJson::parse(text, nullptr, false);
  if (!in || document.is_discarded()) throw BadInput{"cannot read " + path};
  return document;
}

/// Returns the contents of a table or profile file without the file's header.
OrderedJson content_of(const std::string& scenario, const OrderedJson& path) {
  OrderedJson content = read_json(file_beside(scenario, path.get<std::string>()));
  for (const char* key : {"$schema", "version", "kind"}) content.erase(key);
  return content;
}

bool is_list_of_objects(const OrderedJson& value) {
  return value.is_array() && !value.empty() &&
         std::all_of(value.begin(), value.end(),
                     [](const OrderedJson& v) { return v.is_object(); });
}

/// Returns a value on one line, with blanks as a person would write them.
std::string in_line(const OrderedJson& value) {
  if (!value.is_structured()) return value.dump();
  const bool map = value.is_object();
  std::string text = map ? "{" : "[";
  for (auto it = value.begin(); it != value.end(); ++it) {
    if (it != value.begin()) text += ", ";
    if (map) text += OrderedJson(it.key()).dump() + ": ";
    text += in_line(*it);
  }
  return text + (map ? "}" : "]");
}

/// Appends a value to `text`: each object of a list, and each member of a long object, on its own
/// line.
void lay_out(const OrderedJson& value, std::size_t depth, std::string& text) {
  const std::string indent(2 * (depth + 1), ' ');
  const bool list = is_list_of_objects(value);
  const bool object = value.is_object() && depth < 2 && value.dump().size() > 80;
  if (!list && !object) {
    text += in_line(value);
    return;
  }
  text += list ? "[" : "{";
  for (auto it = value.begin(); it != value.end(); ++it) {
    text += (it == value.begin() ? "\n" : ",\n") + indent;
    if (list) {
      text += in_line(*it);
      continue;
    }
    text += OrderedJson(it.key()).dump() + ": ";
    lay_out(*it, depth + 1, text);
  }
  text += '\n' + indent.substr(2) + (list ? "]" : "}");
}

/// Writes an operation with `cpus` as one for each CPU, so that each can be left out or numbered.
void write_single_operations(OrderedJson& document, const std::string& path) {
  if (!document.contains("operations")) return;
  const auto has_cpus = [](const OrderedJson& op) { return op.contains("cpus"); };
  OrderedJson& all = document["operations"];
  if (std::none_of(all.begin(), all.end(), has_cpus)) return;
  const CpuId nr_cpus = parse_scenario(document.dump(), path).config.topology.nr_cpus();
  OrderedJson single = OrderedJson::array();
  for (OrderedJson op : all) {
    if (!has_cpus(op)) {
      single.push_back(op);
      continue;
    }
    const CpuMask cpus = parse_cpulist(op["cpus"].get<std::string>(), nr_cpus).mask.value();
    op.erase("cpus");
    for (CpuId cpu = cpus.first(); cpu != kNoCpu; cpu = cpus.next(cpu + 1)) {
      op["cpu"] = cpu;
      single.push_back(op);
    }
  }
  all = std::move(single);
}

}  // namespace

OrderedJson state_json(StateId id, const MachineConfig& config, const StateTable& effective) {
  if (is_declared(id)) return config.declared.at(declared_index(id)).name;
  const std::string& name = effective.at(id).name;
  const bool declared = std::any_of(config.declared.begin(), config.declared.end(),
                                    [&](const DeclaredState& d) { return d.name == name; });
  if (!name.empty() && effective.find(name) == id && !declared) return name;
  return id;
}

OrderedJson state_json(StateId id, const MachineConfig& config) {
  return state_json(id, config, effective_table(config));
}

OrderedJson return_json(int ret) {
  const std::string_view name = ret < 0 ? errno_name(-ret) : std::string_view();
  if (name.empty()) return ret;
  return '-' + std::string(name);
}

OrderedJson fault_json(const Fault& fault, const MachineConfig& config) {
  OrderedJson json;
  const OrderedJson state = fault.state >= 0 ? state_json(fault.state, config) : OrderedJson();
  for_each_field(fault, state, [&](const char* name, const auto& value) { json[name] = value; });
  return json;
}

OrderedJson operation_json(const Operation& operation, const MachineConfig& config) {
  OrderedJson json{{"op", to_string(operation.kind)}};
  if (operation.cpu != kNoCpu) json["cpu"] = operation.cpu;
  if (operation.target) json["target"] = state_json(*operation.target, config);
  if (operation.at) json["at_ns"] = operation.at->v;
  if (operation.with) json["with"] = *operation.with;
  if (operation.delay != Ns{}) json["delay_ns"] = operation.delay.v;
  return json;
}

OrderedJson reader_json(const LockReader& reader) {
  const auto duration = [](const Dist& dist) {
    OrderedJson quantiles = OrderedJson::array();
    for (const Ns quantile : dist.quantiles) quantiles.push_back(quantile.v);
    if (quantiles.size() > 1) return quantiles;
    return quantiles.empty() ? OrderedJson(0) : quantiles.front();
  };
  OrderedJson json{{"name", reader.name},
                   {"lock", row_of(kReaderLocks, reader.lock).name},
                   {"every", duration(reader.every)}};
  if (reader.cpu != kNoCpu) json["cpu"] = reader.cpu;
  json["hold"] = reader.hold ? duration(*reader.hold) : OrderedJson("forever");
  if (reader.work) json["work"] = true;
  if (reader.from) json["from"] = reader.from->v;
  if (reader.rounds != LockReader::kNoEnd) json["rounds"] = reader.rounds;
  return json;
}

OrderedJson rcu_json(const RcuConfig& rcu) {
  return {{"policy", row_of(kRcuPolicies, rcu.policy).name}, {"busy", rcu.busy}};
}

OrderedJson self_contained_scenario(const std::string& path) {
  OrderedJson document = read_json(path);
  if (document["table"].is_string()) document["table"] = content_of(path, document["table"]);
  if (document.contains("costs")) {
    OrderedJson& costs = document["costs"];
    if (costs.is_string()) costs = content_of(path, costs);
    if (costs.is_array())
      for (OrderedJson& one : costs)
        if (one.is_string()) one = content_of(path, one);
  }
  write_single_operations(document, path);
  return document;
}

std::string scenario_text(const OrderedJson& document) {
  std::string text = "{";
  for (auto it = document.begin(); it != document.end(); ++it) {
    text += (it == document.begin() ? "\n  " : ",\n  ") + OrderedJson(it.key()).dump() + ": ";
    lay_out(*it, 1, text);
  }
  return text + "\n}\n";
}

}  // namespace cpuhp

#include "sim/campaign/renumber.hpp"

#include <algorithm>
#include <charconv>
#include <functional>

namespace cpuhp {
namespace {

/// Calls f(N, remaining text) when the object's "path" begins with "cpuN".
template <typename Json, typename F>
void for_path(Json& object, F f) {
  if (!object.contains("path")) return;
  const auto path = object["path"].template get<std::string>();
  CpuId cpu = 0;
  if (!path.starts_with("cpu")) return;
  const auto [end, error] = std::from_chars(path.data() + 3, path.data() + path.size(), cpu);
  if (error == std::errc{}) f(cpu, std::string(end, path.data() + path.size()));
}

/// Calls f for every object that may refer to CPUs.
template <typename Json, typename F>
void for_each_object(Json& scenario, F f) {
  for (const char* list : {"operations", "faults"}) {
    if (!scenario.contains(list)) continue;
    const std::function<void(Json&)> visit = [&](Json& value) {
      if (value.is_object()) f(value);
      if (value.is_structured())
        for (auto& inner : value) visit(inner);
    };
    visit(scenario[list]);
  }
}

constexpr std::array<const char*, 2> kCpuKeys{"cpu", "on"};

}  // namespace

std::set<CpuId> named_cpus(const OrderedJson& scenario) {
  std::set<CpuId> cpus{scenario["machine"].value("boot_cpu", CpuId{0})};
  for_each_object(scenario, [&](const OrderedJson& object) {
    for (const char* key : kCpuKeys)
      if (object.contains(key) && object[key].is_number_unsigned())
        cpus.insert(object[key].get<CpuId>());
    for_path(object, [&](CpuId cpu, const std::string&) { cpus.insert(cpu); });
  });
  return cpus;
}

OrderedJson on_machine(const OrderedJson& scenario, OrderedJson machine,
                       const std::vector<CpuId>& cpus) {
  const auto number = [&](CpuId old) {
    return static_cast<CpuId>(std::find(cpus.begin(), cpus.end(), old) - cpus.begin());
  };
  OrderedJson smaller = scenario;
  const CpuId boot_cpu = number(scenario["machine"].value("boot_cpu", CpuId{0}));
  if (boot_cpu != 0) machine["boot_cpu"] = boot_cpu;
  smaller["machine"] = std::move(machine);
  for_each_object(smaller, [&](OrderedJson& object) {
    for (const char* key : kCpuKeys)
      if (object.contains(key) && object[key].is_number_unsigned())
        object[key] = number(object[key].get<CpuId>());
    for_path(object, [&](CpuId cpu, const std::string& rest) {
      object["path"] = "cpu" + std::to_string(number(cpu)) + rest;
    });
  });
  return smaller;
}

}  // namespace cpuhp

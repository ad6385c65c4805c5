#include "sim/campaign/renumber.hpp"

#include <algorithm>
#include <charconv>
#include <functional>

namespace cpuhp {
namespace {

/// Replaces each number N of a CPU in `value`, and in all values within it, by renamed(N).
void rename_cpus(OrderedJson& value, const std::function<CpuId(CpuId)>& renamed) {
  for (const char* key : {"cpu", "on"})
    if (value.contains(key) && value[key].is_number_unsigned())
      value[key] = renamed(value[key].get<CpuId>());
  if (value.contains("path")) {
    const auto path = value["path"].get<std::string>();
    const char* const end = path.data() + path.size();
    CpuId cpu = 0;
    if (path.starts_with("cpu"))
      if (const auto [rest, error] = std::from_chars(path.data() + 3, end, cpu);
          error == std::errc{})
        value["path"] = "cpu" + std::to_string(renamed(cpu)) + std::string(rest, end);
  }
  if (value.is_structured())
    for (OrderedJson& inner : value) rename_cpus(inner, renamed);
}

void rename_all_cpus(OrderedJson& scenario, const std::function<CpuId(CpuId)>& renamed) {
  for (const char* list : {"operations", "faults", "readers"})
    if (scenario.contains(list)) rename_cpus(scenario[list], renamed);
}

}  // namespace

std::set<CpuId> named_cpus(OrderedJson scenario) {
  std::set<CpuId> cpus{scenario["machine"].value("boot_cpu", CpuId{0})};
  rename_all_cpus(scenario, [&cpus](CpuId cpu) { return *cpus.insert(cpu).first; });
  return cpus;
}

OrderedJson on_machine(OrderedJson scenario, OrderedJson machine, const std::vector<CpuId>& cpus) {
  const auto number = [&](CpuId old) {
    return static_cast<CpuId>(std::find(cpus.begin(), cpus.end(), old) - cpus.begin());
  };
  const CpuId boot_cpu = number(scenario["machine"].value("boot_cpu", CpuId{0}));
  if (boot_cpu != 0) machine["boot_cpu"] = boot_cpu;
  scenario["machine"] = std::move(machine);
  rename_all_cpus(scenario, number);
  return scenario;
}

}  // namespace cpuhp

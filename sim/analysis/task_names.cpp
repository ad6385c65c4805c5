// Checks that a kernel thread named after a CPU runs on that CPU.
#include <charconv>
#include <map>
#include <optional>

#include "sim/analysis/check_trace.hpp"

namespace cpuhp {
namespace {

constexpr const char* kTasks = "docs/kernel.md 4.3";

/// Returns a task's CPU: "cpuhp/3" -> 3, "kworker/3:1H" -> 3; no value for other tasks.
std::optional<CpuId> cpu_of(std::string_view comm) {
  for (const std::string_view kind : {"cpuhp/", "migration/", "kworker/"}) {
    if (!comm.starts_with(kind)) continue;
    comm.remove_prefix(kind.size());
    CpuId cpu = 0;
    const auto [end, error] = std::from_chars(comm.data(), comm.data() + comm.size(), cpu);
    if (error != std::errc{} || (end != comm.data() + comm.size() && *end != ':'))
      return std::nullopt;
    return cpu;
  }
  return std::nullopt;
}

bool is_hotplug_thread(std::string_view comm) {
  return comm.starts_with("cpuhp/") || comm.starts_with("migration/");
}

}  // namespace

std::vector<Finding> check_task_names(const Ftrace& trace) {
  std::vector<Finding> found;
  std::map<std::int32_t, NameId> names;  ///< first name of each pid
  const auto find = [&](std::size_t i, const std::string& text) {
    const Event& e = trace.stream.events[i];
    found.push_back({"task", kTasks, e.cpu, e.time, text, "task", i});
  };
  for (std::size_t i = 0; i < trace.sources.size(); ++i) {
    const TraceSource& source = trace.sources[i];
    const Event& e = trace.stream.events[i];
    const std::string& comm = trace.stream.names[source.comm];
    if (const auto cpu = cpu_of(comm); cpu && *cpu != e.on)
      find(i, comm + " runs on CPU " + std::to_string(e.on));
    if (source.pid == 0 || comm == "<...>") continue;
    const auto [known, first] = names.try_emplace(source.pid, source.comm);
    if (first || known->second == source.comm) continue;
    const std::string& before = trace.stream.names[known->second];
    // Tasks of user space and kworkers may change their names, but hotplug threads don't.
    if (is_hotplug_thread(before) || is_hotplug_thread(comm))
      find(i, "pid " + std::to_string(source.pid) + " is " + comm + " here, but was " + before +
                  " earlier in the trace");
  }
  return found;
}

}  // namespace cpuhp

#include "sim/library/seen.hpp"

#include <algorithm>

namespace cpuhp::api {
namespace {

std::optional<unsigned> number(CpuId cpu) {
  return cpu == kNoCpu ? std::nullopt : std::optional<unsigned>(cpu);
}

Event seen(const ::cpuhp::Event& e, const Names& names) {
  return {.time_ns = e.time.v,
          .kind = std::string(to_string(e.kind)),
          .cpu = number(e.cpu),
          .on = number(e.on),
          .role = std::string(to_string(e.role)),
          .name = names[e.name],
          .state = e.step < 0 ? std::nullopt : std::optional<int>(e.step),
          .ret = e.ret,
          .instance = e.instance};
}

}  // namespace

Finding seen(const ::cpuhp::Finding& f) {
  return {.invariant = f.invariant,
          .text = f.text,
          .cpu = number(f.cpu),
          .time_ns = f.time.v,
          .place = f.place,
          .cause = f.is_cause()};
}

std::vector<Finding> seen(const std::vector<::cpuhp::Finding>& findings) {
  std::vector<Finding> all;
  for (const ::cpuhp::Finding& f : findings) all.push_back(seen(f));
  return all;
}

Run seen(const RunResult& result, const MachineConfig& config,
         const std::vector<::cpuhp::Finding>& findings) {
  Run run{.design = std::string(to_string(result.design)),
          .seed = result.seed,
          .cpus = result.cpus,
          .online = result.online,
          .bringup_ns = result.bringup.v,
          .end_ns = result.end.v,
          .hung = !result.hung.empty(),
          .panic = result.panic,
          .digest = result.digest};
  for (std::size_t i = 0; i < config.operations.size(); ++i) {
    const ::cpuhp::Operation& op = config.operations[i];
    Operation& shown = run.operations.emplace_back(
        Operation{.kind = std::string(to_string(op.kind)), .cpu = number(op.cpu)});
    if (!result.begun(i)) continue;
    shown.begin_ns = result.operations[i].begin.v;
    const OpResult* const returned = result.operation(i);
    if (returned == nullptr) continue;
    shown.ret = returned->ret;
    shown.end_ns = returned->end.v;
  }
  run.events.reserve(result.stream.events.size());
  for (const ::cpuhp::Event& e : result.stream.events)
    run.events.push_back(seen(e, result.stream.names));
  run.findings = seen(findings);
  return run;
}

void check(Run& run, const std::vector<Invariant>& invariants) {
  for (const Invariant& invariant : invariants)
    for (Breach& breach : invariant.check(run))
      run.findings.push_back({.invariant = invariant.name,
                              .text = std::move(breach.text),
                              .cpu = breach.cpu,
                              .time_ns = breach.time_ns});
}

}  // namespace cpuhp::api

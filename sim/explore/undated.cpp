#include "sim/explore/undated.hpp"

namespace cpuhp {
namespace {

void forget_dates(CpuRecord& st) {
  for (Completion* c :
       {&st.no_general, &st.done_up, &st.done_down, &st.alive, &st.callin, &st.came_up, &st.dead})
    c->forget_date();
}

void forget_dates(RestingEngine& engine) {
  const auto cpus = std::exchange(engine.cpus, {});
  const Asker asker = engine.asker;
  engine = {};
  for (const RestingCpu& cpu : cpus) {
    RestingCpu kept;
    kept.stoppable_since = cpu.stoppable_since == kNever ? kNever : Ns{};
    kept.mode = cpu.mode;
    kept.idle_spins = cpu.idle_spins;
    kept.active = cpu.active;
    engine.cpus.push_back(kept);
  }
  engine.asker = {.cpu = asker.cpu, .role = asker.role};
}

}  // namespace

RestingRun undated(RestingRun rest) {
  static_cast<SoFar&>(rest) = {};
  forget_dates(rest.engine);
  for (CpuRecord& st : rest.machine.cpus) forget_dates(st);
  for (OpResult& op : rest.machine.operations.results) op.begin = op.end = {};
  rest.machine.async.all_done.forget_date();
  rest.machine.async.news = {};
  rest.core.names = {};
  rest.core.polling = {};
  for (Mutex& lock : rest.core.locks) lock.forget_date();
  for (auto& [name, lock] : rest.core.driver_locks) lock.forget_date();
  return rest;
}

}  // namespace cpuhp

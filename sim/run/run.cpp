#include "sim/run/run.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>
#include <stdexcept>

#include "model/hotplug/boot.hpp"
#include "model/machine.hpp"
#include "sim/engine/scheduler.hpp"
#include "sim/run/digest.hpp"
#include "sim/run/merge.hpp"

namespace cpuhp {
namespace {

/// The times at which the first PREPARE callback of the first boot began, and at which this boot
/// ended. Both are read from the boot CPU's log. Callbacks of earlier registrations don't count.
struct BootSpan {
  std::optional<Ns> first_step, done;
};

BootSpan boot_span(const CpuLog& log, const Names& names) {
  BootSpan span;
  bool registers = false;
  for (std::size_t b = 0; !log.block(b).empty(); ++b)
    for (const Event& e : log.block(b)) {
      if (e.kind == EventKind::OpBegin) registers = is_registration(names[e.name]);
      if (!span.first_step && !registers &&
          (e.kind == EventKind::Enter || e.kind == EventKind::MultiEnter))
        span.first_step = e.time;
      if (e.kind != EventKind::BootDone) continue;
      span.done = e.time;
      return span;
    }
  return span;
}

/// Returns a limit for queue entries that only an endless run can reach: an operation needs some
/// hundred for each CPU.
std::uint64_t turns_of(const MachineConfig& config) {
  constexpr std::uint64_t kOnce = 10'000'000, kEach = 100'000;
  const std::uint64_t cpus = config.topology.nr_cpus(), operations = config.operations.size();
  return kOnce + kEach * cpus * (operations + 1);
}

/// Returns only the events that change CPU masks, in the same order as in the merged stream. They
/// are few, so sorting them is faster than merging all events.
EventStream masks_of(const std::vector<CpuLog>& logs) {
  EventStream stream;
  stream.nr_cpus = static_cast<CpuId>(logs.size());
  const auto is_of_mask = [](const Event& e) {
    return e.kind == EventKind::MaskSet || e.kind == EventKind::MaskClear;
  };
  for (const CpuLog& log : logs)
    for (std::size_t b = 0; !log.block(b).empty(); ++b)
      std::ranges::copy_if(log.block(b), std::back_inserter(stream.events), is_of_mask);
  std::stable_sort(stream.events.begin(), stream.events.end(),
                   [](const Event& a, const Event& b) { return a.time < b.time; });
  return stream;
}

/// Measures how every CPU spends its time in the window, as the difference of two ledgers.
class LedgerWindow {
 public:
  LedgerWindow(const Scheduler& scheduler, std::pair<Ns, Ns> window)
      : scheduler_(scheduler), window_(window) {}

  /// Has to be called before the clock advances to `next`.
  bool turn(Ns next) {
    if (!before_ && next > window_.first) before_ = ledgers(window_.first);
    if (!after_ && next > window_.second && next != kNever) after_ = ledgers(window_.second);
    return next != kNever && !after_;
  }

  std::vector<Ledger> difference(const std::vector<Ledger>& at_end) const {
    std::vector<Ledger> all = after_.value_or(at_end);
    for (std::size_t cpu = 0; before_ && cpu < all.size(); ++cpu) {
      Ledger& l = all[cpu];
      const Ledger& b = (*before_)[cpu];
      l.useful -= b.useful;
      l.spinning -= b.spinning;
      l.sleeping -= b.sleeping;
      l.idle -= b.idle;
      l.stopped -= b.stopped;
    }
    return all;
  }

 private:
  std::vector<Ledger> ledgers(Ns date) const {
    std::vector<Ledger> all;
    for (CpuId cpu = 0; cpu < scheduler_.logs().size(); ++cpu)
      all.push_back(scheduler_.ledger_at(cpu, date));
    return all;
  }

  const Scheduler& scheduler_;
  std::pair<Ns, Ns> window_;
  std::optional<std::vector<Ledger>> before_, after_;
};

}  // namespace

Simulator::Simulator(Stacks& stacks, Hosts hosts)
    : scheduler_(std::make_unique<Scheduler>(stacks)), hosts_(hosts) {}
Simulator::~Simulator() = default;

RunResult Simulator::run(const MachineConfig& config, const RunOptions& options) {
  if (options.plain && (hosts_ == Hosts::None || options.outside != nullptr || options.ledgers_of))
    throw std::logic_error("this run is not possible on the plain engine");
  const std::unique_ptr<Engine> plain = options.plain ? make_plain_engine() : nullptr;
  Engine& engine = plain ? *plain : *scheduler_;
  RunResult r;
  r.design = config.design;
  r.seed = config.seed;
  r.cpus = config.present.weight();
  std::optional<Machine> machine;
  std::size_t fixed_names = 0;
  SchedulerConfig sc{.cpus = config.topology.nr_cpus(),
                     .boot_cpu = config.boot_cpu,
                     .exact = options.exact,
                     .boot_work = config.boot_work,
                     .dropped = options.dropped,
                     .max_turns = turns_of(config)};
  if (options.outside != nullptr) {
    sc.outside = [&](Ns next) { return options.outside->turn(next); };
    // a live session may be of any length
    sc.max_turns = std::numeric_limits<std::uint64_t>::max();
  }
  std::optional<LedgerWindow> window;
  if (options.ledgers_of) {
    window.emplace(*scheduler_, *options.ledgers_of);
    sc.outside = [&](Ns next) { return window->turn(next); };
  }
  RunOutcome out = engine.run(sc, [&] {
    machine.emplace(
        config, options.blueprint ? options.blueprint : std::make_shared<const Blueprint>(config),
        engine);
    fixed_names = machine->core.names.size();
    if (options.outside != nullptr) options.outside->begin(*machine, *scheduler_);
    power_on(*machine);
  });
  const std::vector<CpuLog>& logs = engine.logs();
  r.end = out.end;
  r.hung = std::move(out.hung);
  r.panic = std::move(out.panic);
  r.control_cpu = out.boot_ledger.value_or(out.ledgers[config.boot_cpu]);
  r.ledgers = window ? window->difference(out.ledgers) : std::move(out.ledgers);
  r.control_cpu_time = std::move(out.boot_cpu_time);
  r.engine_events = out.engine_events;
  r.operations = machine->operations.results;
  r.fault_counts = machine->core.plan.counts();
  r.online = machine->core.online.weight();
  for (CpuId cpu = 0; cpu < sc.cpus; ++cpu) {
    const CpuRecord& st = machine->cpus[cpu];
    r.final.push_back({st.state, st.target, st.fail, machine->core.online.test(cpu),
                       machine->active.test(cpu), machine->dying.test(cpu)});
  }
  const BootSpan span = boot_span(logs[config.boot_cpu], machine->core.names);
  if (span.first_step && span.done) {
    r.bringup = *span.done - *span.first_step;
    r.boot = std::max(*span.done, out.boot_work_done.value_or(Ns{}));
  }
  for (const CpuLog& log : logs) r.events += log.size();
  r.digest = digest_of(logs, machine->core.names, fixed_names);
  if (options.keep_events) r.stream = options.only_masks ? masks_of(logs) : merged(logs);
  r.stream.names = std::move(machine->core.names);
  return r;
}

void with_simulator(CpuId max_cpus, const std::function<void(Simulator&)>& body, Hosts hosts) {
  const std::unique_ptr<Stacks> stacks = make_simgrid_stacks(max_cpus, hosts);
  stacks->run([&] {
    Simulator simulator(*stacks, hosts);
    body(simulator);
  });
}

void with_bare_simulator(const std::function<void(Simulator&)>& body) {
  const std::unique_ptr<Stacks> stacks = make_bare_stacks();
  stacks->run([&] {
    Simulator simulator(*stacks);
    body(simulator);
  });
}

}  // namespace cpuhp

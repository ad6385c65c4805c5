#include "sim/run/run.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>
#include <stdexcept>

#include "model/hotplug/boot.hpp"
#include "model/machine.hpp"
#include "sim/engine/scheduler.hpp"
#include "sim/error.hpp"
#include "sim/log.hpp"
#include "sim/run/digest.hpp"
#include "sim/run/held_order.hpp"
#include "sim/run/merge.hpp"
#include "sim/run/resting_run.hpp"

namespace cpuhp {
namespace {

/// Returns a limit for queue entries that only an endless run can reach, or one whose readers have a
/// great many rounds: an operation needs some hundred for each CPU.
std::uint64_t turns_of(const MachineConfig& config) {
  constexpr std::uint64_t kOnce = 10'000'000, kEach = 100'000, kReaders = 50'000'000;
  const std::uint64_t cpus = config.topology.nr_cpus(), operations = config.operations.size();
  return kOnce + kEach * cpus * (operations + 1) + (config.readers.empty() ? 0 : kReaders);
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

/// One run: its machine, and what is left of the events that are forgotten.
class Run {
 public:
  Run(const MachineConfig& config, const RunOptions& options, Engine& engine)
      : config_(config), options_(options), engine_(engine) {}

  void make_machine() {
    machine_.emplace(config_, blueprint(), engine_);
    so_far_.fixed_names = machine_->core.names.size();
  }

  /// Makes the machine of a run that goes on.
  void make_machine(const RestingRun& from) {
    const bool counted = !options_.fault_counts.empty();
    machine_.emplace(config_, blueprint(), engine_, from.machine, from.core,
                     counted ? options_.fault_counts : from.fault_counts);
    so_far_ = from;
    rest_ = {from.engine.clock, from.engine.asker.cpu};
  }

  /// Where the machine is at rest, gives what the run has come to, and forgets its events.
  void between(Scheduler& scheduler, std::size_t next) {
    const char* why = unrest(*machine_);
    if (why == nullptr) why = scheduler.unrest();
    if (why != nullptr) {
      if (options_.not_at_rest) options_.not_at_rest(next, why);
      return;
    }
    RestingRun rest;
    rest.engine = scheduler.at_rest();
    EventStream part = take_events(machine_->core.names);
    rest_ = {rest.engine.clock, rest.engine.asker.cpu};
    scheduler.forget();
    static_cast<SoFar&>(rest) = so_far_;
    rest.next = next;
    rest.machine = *machine_;
    rest.core = machine_->core;
    rest.fault_counts = machine_->core.plan.counts();
    options_.at_rest(std::move(rest), std::move(part));
  }

  /// Gives the events before `date` away. The latest event stays, so that no part is empty.
  void hand_out(Ns date) {
    std::vector<CpuLog>& logs = engine_.logs();
    Ns latest{};
    for (const CpuLog& log : logs)
      if (log.size() > 0) latest = std::max(latest, log[log.size() - 1].time);
    std::vector<std::vector<Event>> later;
    for (CpuLog& log : logs) later.push_back(log.take_tail(std::min(date, latest) - 1_ns));
    EventStream part = take_events(machine_->core.names);
    for (CpuId cpu = 0; cpu < logs.size(); ++cpu)
      for (const Event& e : later[cpu]) logs[cpu].append(e);
    if (!part.events.empty()) options_.take_part(std::move(part));
  }

  Machine& machine() { return *machine_; }

  /// `ledgers`: those that the result gets instead of the whole run's.
  RunResult result(RunOutcome out, std::optional<std::vector<Ledger>> ledgers) {
    RunResult r;
    r.design = config_.design;
    r.seed = config_.seed;
    r.cpus = config_.present.weight();
    r.end = out.end;
    r.hung = std::move(out.hung);
    r.panic = std::move(out.panic);
    r.control_cpu = out.at_boot ? out.at_boot->ledger : out.ledgers[config_.boot_cpu];
    if (out.at_boot && config_.background > Ns{}) r.background_left = out.at_boot->background_left;
    r.ledgers = ledgers ? std::move(*ledgers) : std::move(out.ledgers);
    r.control_cpu_time = std::move(out.boot_cpu_time);
    r.engine_events = out.engine_events;
    r.operations = std::move(machine_->operations.results);
    r.fault_counts = machine_->core.plan.counts();
    r.fault_hits = machine_->core.plan.hits();
    r.online = machine_->core.online.weight();
    for (CpuId cpu = 0; cpu < config_.topology.nr_cpus(); ++cpu) {
      const CpuRecord& st = machine_->cpus[cpu];
      r.final.push_back({st.state, st.target, st.fail, machine_->core.online.test(cpu),
                         machine_->active.test(cpu), machine_->dying.test(cpu)});
    }
    r.stream = take_events(std::move(machine_->core.names));
    if (const BootSpan& boot = so_far_.boot; boot.first_step && boot.done) {
      r.bringup = *boot.done - *boot.first_step;
      r.up = *boot.done;
      r.boot = out.at_boot ? out.at_boot->ledger.total() : *boot.done;
    }
    r.events = so_far_.events;
    r.in_order = so_far_.in_order;
    r.digest = digest_of(std::move(so_far_.digest));
    return r;
  }

 private:
  std::shared_ptr<const Blueprint> blueprint() const {
    return options_.blueprint ? options_.blueprint : std::make_shared<const Blueprint>(config_);
  }
  /// Adds the events since the last call to what the run has come to, and returns them.
  EventStream take_events(Names names) {
    std::vector<CpuLog>& logs = engine_.logs();
    const std::uint64_t before = so_far_.events;
    for (CpuId cpu = 0; cpu < rest_.asker; ++cpu)
      if (logs[cpu].size() > 0 && logs[cpu][0].time == rest_.date) so_far_.in_order = false;
    so_far_.boot.take(logs[config_.boot_cpu], names);
    add_to_digest(so_far_.digest, logs, names, so_far_.fixed_names);
    for (const CpuLog& log : logs) so_far_.events += log.size();
    EventStream part;
    if (options_.keep_events) part = options_.only_masks ? masks_of(logs) : merged_and_freed(logs);
    part.names = std::move(names);
    part.first = before;
    return part;
  }

  const MachineConfig& config_;
  const RunOptions& options_;
  Engine& engine_;
  std::optional<Machine> machine_;
  SoFar so_far_;
  struct Rest {
    Ns date{-1};
    CpuId asker = 0;  ///< CPU of the task that asked
  };
  Rest rest_;  ///< the latest one
};

}  // namespace

void BootSpan::take(const CpuLog& log, const Names& names) {
  for (std::size_t b = 0; !done && !log.block(b).empty(); ++b)
    for (const Event& e : log.block(b)) {
      if (e.kind == EventKind::OpBegin) registers = is_registration(names[e.name]);
      if (!first_step && !registers &&
          (e.kind == EventKind::Enter || e.kind == EventKind::MultiEnter))
        first_step = e.time;
      if (e.kind != EventKind::BootDone) continue;
      done = e.time;
      return;
    }
}

Simulator::Simulator(Stacks& stacks, Hosts hosts)
    : scheduler_(std::make_unique<Scheduler>(stacks)), hosts_(hosts) {}
Simulator::~Simulator() = default;

namespace {

void tell(const MachineConfig& config, const RunOptions& options) {
  logger()->debug("engine: {} CPUs under {}, seed {}, {} operations, {}", config.topology.nr_cpus(),
                  to_string(config.design), config.seed, config.operations.size(),
                  options.plain   ? "plain"
                  : options.exact ? "exact"
                                  : "ahead");
}

[[noreturn]] void refuse_rounds() {
  throw BadInput(
      "the readers of the scenario have more rounds than can be simulated in one run: give them "
      "longer pauses (\"every\") or fewer \"rounds\"");
}

/// Sets what is done between operations. `held`: the order of the run, if its configuration has one;
/// `part`: the operation from which its turns are counted.
void hook_rests(Run& run, Scheduler& scheduler, const RunOptions& options, HeldOrder* held,
                std::size_t* part) {
  auto& between = run.machine().runner.between;
  if (held != nullptr) {
    held->begin(run.machine().core.names);
    between = [&scheduler, held, part](Machine&, std::size_t next) {
      if (next <= *part) return;  // within a boot
      scheduler.come_to_rest();
      held->come_to(static_cast<std::uint32_t>(*part = next));
    };
  } else if (options.order != nullptr) {
    options.order->begin(run.machine().core.names);
    between = [&run, &scheduler, &options](Machine&, std::size_t next) {
      if (next < options.until) return;
      scheduler.come_to_rest();
      run.between(scheduler, next);
      scheduler.end_run();
    };
  } else if (options.at_rest) {
    between = [&run, &scheduler](Machine&, std::size_t next) { run.between(scheduler, next); };
  }
}

}  // namespace

MachineConfig without_dates(MachineConfig config) {
  config.jitter = 1;
  config.costs.grace_periods_by_law = false;
  config.costs.phase(Phase::RcuSync).parts.clear();
  config.background = {};
  return config;
}

RunResult Simulator::run(const MachineConfig& given, const RunOptions& options) {
  const std::optional<MachineConfig> undated = given.order.empty() || options.order != nullptr
                                                   ? std::nullopt
                                                   : std::optional(without_dates(given));
  const MachineConfig& config = undated ? *undated : given;
  if (options.plain && (hosts_ == Hosts::None || options.outside != nullptr || options.ledgers_of ||
                        options.at_rest || options.take_part || options.from != nullptr))
    throw std::logic_error("this run is not possible on the plain engine");
  if (options.plain && !config.order.empty())
    throw BadInput("the plain engine follows the dates, and cannot run a scenario with \"order\"");
  const std::unique_ptr<Engine> plain = options.plain ? make_plain_engine() : nullptr;
  Engine& engine = plain ? *plain : *scheduler_;
  SchedulerConfig sc{.cpus = config.topology.nr_cpus(),
                     .boot_cpu = config.boot_cpu,
                     .exact = options.exact,
                     .background = config.background,
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
  tell(config, options);
  Run run(config, options, engine);
  if (options.take_part) {
    sc.take_final = [&](Ns date) { run.hand_out(date); };
    sc.part = options.part_size;
  }
  sc.order = options.order;
  sc.timeouts = options.timeouts;
  std::optional<HeldOrder> held;
  std::size_t part = 0;
  if (!config.order.empty() && options.order == nullptr) sc.order = &held.emplace(config.order);
  const auto hook = [&] { hook_rests(run, *scheduler_, options, held ? &*held : nullptr, &part); };
  const auto simulate = [&] {
    if (options.from != nullptr)
      return scheduler_->go_on(
          sc, options.from->engine,
          [&] {
            run.make_machine(*options.from);
            hook();
          },
          [&] { run_operations(run.machine(), options.from->next); });
    return engine.run(sc, [&] {
      run.make_machine();
      hook();
      if (options.outside != nullptr) options.outside->begin(run.machine(), *scheduler_);
      power_on(run.machine());
    });
  };
  RunOutcome out;
  try {
    out = simulate();
  } catch (const EndlessRun&) {
    if (config.readers.empty()) throw;
    refuse_rounds();
  }
  std::optional<std::vector<Ledger>> ledgers;
  if (window) ledgers = window->difference(out.ledgers);
  RunResult result = run.result(std::move(out), std::move(ledgers));
  logger()->debug("engine: {} events of {} of its own, until {} ns, digest {}", result.events,
                  result.engine_events, result.end.v, result.digest);
  return result;
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

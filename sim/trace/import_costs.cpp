#include "sim/trace/import_costs.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace cpuhp {
namespace {

using nlohmann::ordered_json;

std::int64_t quantile(const std::vector<std::int64_t>& sorted, std::size_t quarter) {
  return sorted[((sorted.size() - 1) * quarter + 2) / 4];
}

std::int64_t median(std::vector<std::int64_t> samples) {
  if (samples.empty()) return 0;
  std::sort(samples.begin(), samples.end());
  return quantile(samples, 2);
}

std::string in_ms(Ns length) {
  const std::int64_t tenths = (length.v + 50'000) / 100'000;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

/// Where a duration was measured.
struct Place {
  CpuId cpu = kNoCpu;
  std::uint32_t occurrence = 0;
  std::uint16_t instance = 0;
  auto operator<=>(const Place&) const = default;
};

/// The durations of one cost.
class Durations {
 public:
  bool empty() const { return by_place_.empty() && samples_[0].empty() && samples_[1].empty(); }

  /// Adds a duration. Of two at one place the first one counts there. `first`: it is of the CPU's
  /// first bring-up. `typical`: false for a call that failed.
  void add(Place at, Ns length, bool first, bool typical = true) {
    const std::int64_t ns = std::max<std::int64_t>(0, length.v);
    by_place_.try_emplace(at, ns, first);
    if (typical) samples_[first ? 0 : 1].push_back(ns);
  }

  std::vector<std::int64_t> samples() const {
    std::vector<std::int64_t> all = samples_[0];
    all.insert(all.end(), samples_[1].begin(), samples_[1].end());
    return all;
  }

  /// Returns the cost: what the CPU works, or, if `asleep`, how long its task sleeps. `places`:
  /// with each duration's place.
  ordered_json cost(bool places, bool asleep = false, const char* lock = nullptr) const {
    const bool both = !samples_[0].empty() && !samples_[1].empty();
    ordered_json parts = ordered_json::array();
    for (const bool first : {true, false}) {
      if (both || (first ? samples_[1].empty() : samples_[0].empty() && !samples_[1].empty()))
        parts.push_back(part(both ? samples_[first ? 0 : 1] : samples(),
                             both ? std::optional(first) : std::nullopt, places, asleep, lock));
      if (both) parts.back() = with_condition(first, parts.back());
    }
    if (parts.size() > 1) return parts;
    const bool plain = parts[0].size() == 1 && parts[0].contains("work");
    return plain && parts[0]["work"].is_number() ? parts[0]["work"] : parts[0];
  }

  /// Returns the cost of what happens in a CPU's first bring-up only.
  ordered_json cost_of_first(bool places) const {
    return with_condition(true, part(samples(), std::nullopt, places, false, nullptr));
  }

 private:
  static ordered_json with_condition(bool first, const ordered_json& part) {
    ordered_json out{{"when", first ? "first" : "again"}};
    out.update(part);
    return out;
  }

  ordered_json part(std::vector<std::int64_t> samples, std::optional<bool> first, bool places,
                    bool asleep, const char* lock) const {
    ordered_json dist = quantiles(std::move(samples));
    std::map<CpuId, ordered_json> by_cpu;
    for (const auto& [at, seen] : by_place_) {
      if (at.occurrence == 0 || (first && seen.second != *first)) continue;
      ordered_json& list = by_cpu.try_emplace(at.cpu, ordered_json::array()).first->second;
      while (list.size() < at.occurrence) list.push_back(kNothing);
      // Places are in order. An instance that was not called gets a duration that nothing takes.
      ordered_json& entry = list.back();
      while (entry.size() < at.instance) entry.push_back(0);
      entry.push_back(seen.first);
    }
    ordered_json out;
    if (places && !by_cpu.empty() && !same_everywhere(by_cpu, dist)) {
      ordered_json& cpus = out[asleep ? "wait" : "work"];
      cpus["quantiles"] = dist.is_array() ? dist : ordered_json::array({dist});
      for (auto& [cpu, list] : by_cpu) {
        for (ordered_json& entry : list)
          if (entry.size() == 1) entry = entry.front().get<std::int64_t>();
        cpus["by_cpu"][std::to_string(cpu)] = std::move(list);
      }
    } else {
      out[asleep ? "wait" : "work"] = std::move(dist);
    }
    if (lock != nullptr) out["lock"] = lock;
    return out;
  }

  /// True when the distribution is one number, which every place has.
  static bool same_everywhere(const std::map<CpuId, ordered_json>& by_cpu,
                              const ordered_json& dist) {
    if (!dist.is_number()) return false;
    for (const auto& [cpu, list] : by_cpu)
      for (const ordered_json& entry : list)
        for (const ordered_json& ns : entry)
          if (ns != dist) return false;
    return true;
  }

  inline static const ordered_json kNothing = ordered_json::array();

  std::map<Place, std::pair<std::int64_t, bool>> by_place_;
  std::array<std::vector<std::int64_t>, 2> samples_;  ///< of first bring-ups, and of all others
};

/// The start of an AP, from the end of the kick to its first callback, as the model spends it.
struct Start {
  Ns kick{}, alive{}, init{}, tsc{};
  Ns rest{};  ///< `alive`, `init`, and for how long nobody looked
};

/// Makes a profile. The parts of each way that the model spends otherwise than the trace shows them
/// are put where the model spends time, so that their sum is the traced one: docs/reference/import.md.
class CostMaker {
 public:
  CostMaker(const StateTable& table, const Evidence& e) : table_(table), e_(e) {
    one_machine_ = of_one_machine(e);
    // The power-on whose places count has a boot.
    for (const PowerOn& on : e.power_ons) order_.push_back(&on);
    std::ranges::stable_sort(order_, {}, [](const PowerOn* on) { return !on->design; });
    for (const PowerOn* on : order_)
      if (on->design) designs_.insert(*on->design);
    find_wake_up();
    find_released();
    for (const PowerOn* on : order_) add(*on);
  }

  ordered_json make(const std::string& name) const {
    ordered_json out;
    out["version"] = 1;
    out["kind"] = "cpuhp-costs";
    out["name"] = name;
    out["source"] = "measured from " + std::to_string(e_.events) + " traced events of kernel " +
                    table_.kernel() + "; default: median of the measured callbacks";
    out["measured_under"] = e_.emulated ? "emulation" : "hardware";
    if (replays())
      out["replay"] = {
          {"design", to_string(*order_.front()->design)}, {"cpus", cpus()}, {"seed", 1}};
    out["default"]["startup"] = typical(0);
    if (walked_[1]) out["default"]["teardown"] = typical(1);
    out["phases"] = phases();
    ordered_json states = ordered_json::object();
    for (const State& s : table_.all())
      if (ordered_json c = state_costs(s); !s.name.empty() && !c.empty())
        states[s.name] = std::move(c);
    out["states"] = std::move(states);
    if (ordered_json other = other_reading(); !other.is_null()) out["other_reading"] = other;
    if (ordered_json others = further_boots(); !others.empty()) out["traced"] = others;
    if (ordered_json none = no_figure(); !none.empty()) out["no_figure"] = none;
    return out;
  }

 private:
  bool replays() const { return one_machine_ && order_.front()->design.has_value(); }

  /// Returns the number of possible CPUs.
  CpuId cpus() const {
    const PowerOn& on = *order_.front();
    if (on.machine) return on.machine->possible.back() + 1;
    CpuId last = kBootCpu;
    for (const RecordedWalk& w : on.walks) last = std::max(last, w.cpu);
    for (const SetupCall& s : on.setups) last = std::max(last, s.cpu);
    return last + 1;
  }

  // --- what is added up

  /// True when the control CPU polls a state that it shares with the AP, as far as its design has one.
  bool shares_sync_state(const RecordedWalk& w) const {
    return w.design == Design::Parallel ||
           (w.design != Design::Notifier && table_.rules().core_sync == CoreSync::Full);
  }

  /// Returns how often the model wakes a task between the kick and the AP's first callback: the
  /// control CPU if it sleeps, and the AP's thread. A control CPU that spins until the AP is online
  /// finds it in its idle loop.
  int wake_ups(const RecordedWalk& w) const {
    const bool shares = shares_sync_state(w);
    if (w.design == Design::Async) return 2;
    const bool spins =
        !shares && (table_.rules().bringup_spins || table_.rules().core_sync == CoreSync::Full);
    return (spins ? 0 : 1) + (w.idle || w.design == Design::Notifier ? 0 : 1);
  }

  /// The wake-up of a task, which the model adds to what it spends, is the shortest that the traces
  /// allow.
  void find_wake_up() {
    const auto see = [this](Ns length) {
      if (length > Ns{} && (wake_up_ == Ns{} || length < wake_up_)) wake_up_ = length;
    };
    for (const PowerOn& on : e_.power_ons)
      for (const RecordedWalk& w : on.walks) {
        see(w.woken);
        see(w.done);
        // A start alone does not tell how much of it is wake-ups.
        const bool brackets = w.design != Design::Notifier && w.design != Design::Async;
        if (const int wakes = wake_ups(w); w.started && wakes > 0 && brackets)
          see(Ns{w.started->v / wakes});
      }
  }

  /// Returns what of an AP's start the model does not spend as wake-ups. Where the clock stood still
  /// after the AP's last callback, this has the control CPU's wake-up as well.
  Ns start_of(const RecordedWalk& w) const {
    const bool waits = !w.idle && w.design != Design::Notifier && w.design != Design::Async;
    const Ns late = waits ? std::max(Ns{}, wake_up_ - w.done) : Ns{};
    return std::max(Ns{}, *w.started - wake_up_ * wake_ups(w) - late);
  }

  /// Finds how long each AP takes from its release on: a boot in which CPUs wait for their release
  /// shows it.
  void find_released() {
    for (const PowerOn* on : order_)
      for (const RecordedWalk& w : on->walks) {
        if (!w.started || !w.in_boot) continue;
        if (w.hidden())
          released_.try_emplace(w.cpu, Released{start_of(w), w.waited});
        else if (on->design != Design::Parallel)
          serial_.try_emplace(w.cpu, start_of(w));
      }
  }

  /// True when the AP, by its whole start, may have come alive only after its release was due.
  bool may_be_late(CpuId cpu, Ns whole) const {
    constexpr Ns kNear = 10_us, kSleeps = 2_ms;
    const auto r = released_.find(cpu);
    return r == released_.end() || whole + kSleeps + kNear >= r->second.waited + r->second.took;
  }

  bool splits() const { return !serial_.empty() && !released_.empty(); }

  /// Divides the start of an AP, as far as the traces tell. What they do not tell apart is all time
  /// to the first sign of life, unless that is hidden.
  Start divide(const RecordedWalk& w) const {
    const auto logged = [&w](StartPart part) { return w.logged[static_cast<std::size_t>(part)]; };
    const Ns whole = start_of(w);
    Start s{.kick = logged(StartPart::Kick).value_or(Ns{}),
            .alive = logged(StartPart::Alive).value_or(Ns{}),
            .tsc = logged(StartPart::TscSync).value_or(Ns{})};
    if (w.hidden()) {
      s.kick = {};
      s.tsc = std::min(s.tsc, whole);
      s.init = whole - s.tsc;
      if (const auto serial = serial_.find(w.cpu); splits() && serial != serial_.end())
        s.alive = std::max(Ns{}, serial->second - whole);
      return s;
    }
    const Ns rest = std::max(Ns{}, whole - s.kick - s.tsc);
    if (splits() && w.in_boot)
      s.init = may_be_late(w.cpu, rest) ? Ns{} : std::min(rest, released_.at(w.cpu).took);
    else if (logged(StartPart::Alive))
      s.init = std::max(Ns{}, rest - s.alive);
    else if (w.design == Design::Async)
      s.init = rest;
    s.alive = rest - s.init;
    s.rest = rest;
    polled(w, s);
    return s;
  }

  /// A control CPU that shares a sync state with the AP looks at it all the time for 1 ms, and then
  /// every 2 ms. So what it sees late is not the AP's work.
  void polled(const RecordedWalk& w, Start& s) const {
    constexpr Ns kSpins = 1_ms, kSleeps = 2_ms, kEarly = 1_us;
    if (!shares_sync_state(w) || s.alive <= kSpins || w.design == Design::Async) return;
    const auto seen_after = [&](Ns alive) {
      return alive <= kSpins ? alive
                             : kSpins + kSleeps * ((alive - kSpins + kSleeps - 1_ns).v / kSleeps.v);
    };
    // A trace in microseconds may round up.
    Ns seen = seen_after(s.alive - kEarly * 2);
    if (seen > s.rest) seen = std::max(kSpins, seen - kSleeps);
    s.alive = std::min(s.alive, seen - kEarly);
    s.init = s.rest - (seen > kSpins ? seen + 1_ns : s.alive);
  }

  void add(const PowerOn& on) {
    for (const RecordedWalk& w : on.walks) add(w);
    for (const SetupCall& s : on.setups)
      states_[{s.state, s.way}].add({s.cpu, s.occurrence, s.nth}, s.took,
                                    s.way == Direction::Up && is_first(s.cpu, s.occurrence));
  }

  static bool is_first(CpuId cpu, std::uint32_t occurrence) {
    return occurrence == 1 && cpu != kBootCpu;
  }

  void add(const RecordedWalk& w) {
    const bool first = w.up() && is_first(w.cpu, w.occurrence);
    const auto phase = [&](const char* name, Ns length) {
      phases_[name].add({w.cpu, w.occurrence, 0}, length, first);
    };
    if (w.in_boot && w.up()) phase("cpu_up", w.before);
    if (w.kick > Ns{}) phase("kick", w.kick);
    if (w.started) {
      const Start s = divide(w);
      if (s.kick > Ns{}) phase("kick", s.kick);
      phase("alive", s.alive);
      phase("cpu_init", s.init);
      if (s.tsc > Ns{}) phase("tsc_sync", s.tsc);
      const bool waits = w.design != Design::Notifier && w.design != Design::Async && !w.idle;
      if (waits) phase("bringup_done", std::max(Ns{}, w.done - wake_up_) + w.after);
      const bool told = w.logged[static_cast<std::size_t>(StartPart::Alive)].has_value() ||
                        (splits() && (w.hidden() || !may_be_late(w.cpu, s.rest)));
      const Place at{w.cpu, w.occurrence, 0};
      other_["alive"].add(at, told ? s.alive : w.hidden() ? w.waited : Ns{}, first);
      other_["cpu_init"].add(at, told || w.hidden() ? s.init : s.rest, first);
      untold_ = untold_ || !told;
      hidden_ = hidden_ || (w.hidden() && !told);
    }
    if (w.takedown > Ns{} && w.ret == 0) phase("idle_dead", w.takedown - wake_up_);
    if (w.takedown > Ns{} && w.ret != 0 && w.idle) phase("idle_dead", w.takedown - wake_up_);
    add_calls(w);
  }

  /// What passes between a request to a CPU's thread and its callbacks, belongs to the callbacks.
  void add_calls(const RecordedWalk& w) {
    const WalkCall *first = nullptr, *last = nullptr;
    for (const WalkCall& c : w.calls) {
      if (!c.in_thread) continue;
      if (first == nullptr) first = &c;
      last = &c;
    }
    for (const WalkCall& c : w.calls) {
      Ns took = c.took;
      if (&c == first && w.woken > Ns{}) took += w.woken - wake_up_;
      if (&c == last && w.woken > Ns{}) took += w.done - wake_up_;
      const bool up = c.way == Direction::Up;
      walked_[up ? 0 : 1] = true;
      states_[{c.state, c.way}].add({w.cpu, w.occurrence, instance_of(c)}, took,
                                    up && is_first(w.cpu, w.occurrence), c.ret == 0);
    }
  }

  /// Returns the number of the instance. The list of instances begins with the one added last.
  std::uint16_t instance_of(const WalkCall& c) const {
    const auto state = e_.states.find(c.state);
    if (!c.multi || state == e_.states.end()) return 0;
    const auto& run = state->second.run;
    const int count = std::max({run[0].instances, run[1].instances, c.nth + 1});
    return static_cast<std::uint16_t>(count - 1 - c.nth);
  }

  // --- the profile

  ordered_json phases() const {
    // The measured parts contain these, so they cost nothing of their own.
    std::map<std::string, ordered_json> known;
    for (const char* inside :
         {"kick", "alive", "microcode", "cpu_init", "callin", "calibrate", "tsc_sync", "idle_entry",
          "kick_cleanup", "spin_exit", "ipi", "ipi_handler", "park_thread"})
      known[inside] = 0;
    if (walked_[1])
      for (const char* inside :
           {"stop_machine", "rcu_sync", "irq_migrate", "idle_dead", "die", "domain_rebuild"})
        known[inside] = 0;
    known["wake_up"] = wake_up_.v;
    for (const auto& [name, durations] : phases_)
      known[name] =
          name == "cpu_up" ? durations.cost_of_first(replays()) : durations.cost(replays());
    ordered_json out = ordered_json::object();
    for (const std::string_view name : kPhaseNames)
      if (const auto found = known.find(std::string(name)); found != known.end())
        out[found->first] = found->second;
    return out;
  }

  /// Returns the median of all states' medians, for a callback without a measurement.
  std::int64_t typical(std::size_t side) const {
    std::vector<std::int64_t> medians;
    for (const auto& [place, durations] : states_)
      if (static_cast<std::size_t>(place.second) == side && !durations.samples().empty())
        medians.push_back(median(durations.samples()));
    return median(std::move(medians));
  }

  /// Returns the costs of one state, as far as they are known.
  ordered_json state_costs(const State& s) const {
    ordered_json out;
    for (const Direction way : {Direction::Up, Direction::Down}) {
      const bool up = way == Direction::Up;
      const std::string& symbol = up ? s.startup : s.teardown;
      const auto found = states_.find({s.id, way});
      if (symbol.empty()) continue;
      ordered_json& cost = out[up ? "startup" : "teardown"];
      const bool walked = walked_[up ? 0 : 1];
      // A STARTING callback is part of cpu_init, or of idle_dead.
      const bool within = walked && s.section == Section::Starting;
      const bool passed = walked && (up ? s.startup_assumed : s.teardown_assumed);
      if (!within && found != states_.end() && !found->second.empty())
        // sched_cpu_deactivate waits for an RCU grace period (docs/kernel.md 4.1, v4.8).
        cost = found->second.cost(replays(), symbol == "sched_cpu_deactivate");
      else if (within || passed)
        cost = 0;
      else
        out.erase(up ? "startup" : "teardown");
    }
    return out;
  }

  ordered_json other_reading() const {
    if (e_.emulated || !untold_) return {};
    ordered_json phases{{"alive", other_.at("alive").cost(replays())},
                        {"cpu_init", other_.at("cpu_init").cost(replays(), false, "tsc_partner")}};
    const char* const why =
        hidden_ ? "this trace does not show when an AP came alive while others were kicked"
                : "alive and what follows the release are one interval in this trace";
    return {{"why", why}, {"phases", std::move(phases)}};
  }

  /// Returns the bring-up of boots under a design other than that of the run that is replayed.
  ordered_json further_boots() const {
    ordered_json out = ordered_json::object();
    if (!replays()) return out;
    for (const PowerOn* on : order_) {
      if (!on->design || *on->design == *order_.front()->design) continue;
      const WalksSpan span = boot_span(on->walks);
      out.emplace(std::string(to_string(*on->design)), (span.end - span.begin).v);
    }
    return out;
  }

  ordered_json no_figure() const {
    ordered_json out = ordered_json::object();
    if (designs_.empty()) return out;
    const WalksSpan span = boot_span(order_.front()->walks);
    for (const Named<Design>& d : kDesigns) {
      if (designs_.contains(d.value)) continue;
      const bool serial = d.value == Design::Symmetric || d.value == Design::Notifier;
      if (e_.emulated)
        out[std::string(d.name)] =
            "an emulator ran the machine, whose CPUs share the host's: how long they take when "
            "more of them run at once, the trace does not tell";
      else if (serial && hidden_)
        out[std::string(d.name)] =
            "the trace is of a parallel boot, which hides how long APs take to come alive: at "
            "least " +
            in_ms(span.end - span.begin) + " ms";
    }
    return out;
  }

  const StateTable& table_;
  const Evidence& e_;
  bool one_machine_ = false;
  std::vector<const PowerOn*> order_;
  std::set<Design> designs_;  ///< of the boots
  Ns wake_up_{};
  /// By CPU: its whole start in a serial boot, and that from its release on in a parallel boot.
  std::map<CpuId, Ns> serial_;
  struct Released {
    Ns took{}, waited{};
  };
  std::map<CpuId, Released> released_;
  bool hidden_ = false;           ///< a boot hides the time to an AP's first sign of life
  std::array<bool, 2> walked_{};  ///< by Direction: CPUs went this way
  bool untold_ = false;           ///< a bring-up may be read in two ways
  std::map<std::string, Durations> phases_, other_;
  std::map<std::pair<StateId, Direction>, Durations> states_;
};

}  // namespace

ordered_json quantiles(std::vector<std::int64_t> samples) {
  if (samples.empty()) return 0;
  std::sort(samples.begin(), samples.end());
  if (samples.front() == samples.back()) return samples.front();
  ordered_json out = ordered_json::array();
  for (std::size_t quarter = 0; quarter <= 4; ++quarter) out.push_back(quantile(samples, quarter));
  return out;
}

bool of_one_machine(const Evidence& evidence) {
  const RecordedMachine* machine = nullptr;
  for (const PowerOn& on : evidence.power_ons) {
    if (!on.machine) continue;
    if (machine == nullptr) machine = &*on.machine;
    if (on.machine->possible != machine->possible || on.machine->present != machine->present ||
        on.machine->online != machine->online || on.machine->topology != machine->topology)
      return false;
  }
  return !evidence.power_ons.empty();
}

ordered_json make_costs(const std::string& name, const StateTable& table,
                        const Evidence& evidence) {
  return CostMaker(table, evidence).make(name);
}

}  // namespace cpuhp

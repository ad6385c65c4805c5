#include "sim/trace/trace_table.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <utility>

#include "sim/trace/catalogue.hpp"
#include "sim/trace/failed_setups.hpp"
#include "sim/trace/text_file.hpp"

namespace cpuhp {
namespace {

/// Counts how often each value occurs. Among the most frequent values, top() takes the smallest.
template <typename T>
class Tally {
 public:
  void add(const T& value) { ++counts_[value]; }
  std::size_t of(const T& value) const {
    const auto found = counts_.find(value);
    return found == counts_.end() ? 0 : found->second;
  }
  bool empty() const { return counts_.empty(); }
  std::size_t most() const {
    std::size_t n = 0;
    for (const auto& [value, count] : counts_) n = std::max(n, count);
    return n;
  }
  T top(T otherwise) const {
    std::size_t n = 0;
    for (const auto& [value, count] : counts_)
      if (count > n) n = count, otherwise = value;
    return otherwise;
  }
  /// least() and greatest() ignore values that occur only once, if any occurs more often.
  T least(T otherwise) const {
    for (const auto& [value, count] : counts_)
      if (count > 1 || most() == 1) return value;
    return otherwise;
  }
  T greatest(T otherwise) const {
    for (const auto& [value, count] : counts_)
      if (count > 1 || most() == 1) otherwise = value;
    return otherwise;
  }

 private:
  std::map<T, std::size_t> counts_;
};

/// The callbacks that ran in one state.
struct Ran {
  Tally<NameId> startup, teardown, installed;
  std::size_t multi = 0, single = 0;
};

constexpr StateId kUnknown = -1;

/// Statistics of the callbacks in the trace.
class Shown {
 public:
  explicit Shown(const LooseTrace& t)
      : events_(t.trace.stream.events), names_(t.trace.stream.names) {
    const std::vector<std::size_t> pairs = match_pairs(t.trace);
    const std::vector<bool> failed = failed_setup_calls(t.trace, pairs);
    for (std::size_t i = 0; i < events_.size(); ++i) {
      if (events_[i].kind != EventKind::Exit && pairs[i] != kNoPair) count_ways(i, pairs[i]);
      if (failed[i]) taken_away.insert(events_[i].step);
    }
    for (std::size_t i = 0; i < events_.size(); ++i)
      if (events_[i].kind != EventKind::Exit) add(i, pairs[i]);
  }

  std::map<StateId, Ran> ran;
  /// States of registrations that failed. They are not in hotplug/states, unless another
  /// registration has set them up.
  std::set<StateId> taken_away;
  Tally<StateId> kick_ap, bringup, teardown, threads_prepare, online, idle_dead, idle;
  Tally<StateId> thread_steps, control_steps;
  /// Hotplug threads' calls on the way down. `before` counts those before which the CPU's state was
  /// decremented, and `after` those after which it was.
  std::size_t before = 0, after = 0;
  std::size_t bringups = 0, kicks = 0, takedowns = 0, own_takedowns = 0, thread_walks = 0,
              own_walks = 0, control_walks = 0;

  bool decrement_first() const { return before >= after; }
  /// True for a trace of the asynchronous design: CPUs bring themselves up and down. No kernel has
  /// it. There, too, a task sends a CPU on that stays above cpu:teardown.
  bool async() const {
    if (takedowns > 0) return own_takedowns * 2 > takedowns;
    return !kick_ap.empty() && bringups == 0 && own_walks > 0;
  }
  /// True for a trace of the notifier design, which no kernel has since 4.6: no hotplug thread
  /// calls callbacks, and no callback contains others, as bringup_cpu and takedown_cpu do.
  bool notifier() const {
    return thread_walks == 0 && bringups == 0 && kicks == 0 && takedowns == 0 && kick_ap.empty() &&
           control_walks > 0;
  }

 private:
  void count_ways(std::size_t enter, std::size_t exit) {
    const Event& e = events_[enter];
    if (e.name == kick_work_ || e.name == takedown_cpu_ || e.value >= e.step) return;
    if (e.role != Role::CpuhpThread) return;
    if (events_[exit].value == e.step - 1) ++before;
    if (events_[exit].value == e.step) ++after;
  }

  void add(std::size_t i, std::size_t pair) {
    const Event& e = events_[i];
    const Event* exit = pair == kNoPair ? nullptr : &events_[pair];
    if (e.name == kick_work_) {
      ++kicks;
      sent_until_[e.cpu] = pair;
      online.add(std::max(e.step, e.value));
      return;
    }
    anchor(e, exit);
    Ran& r = ran[e.step];
    (e.kind == EventKind::MultiEnter ? r.multi : r.single) += 1;
    const bool installed =
        exit != nullptr && exit->value > e.step && e.name != bringup_cpu_ && e.name != bringup_ap_;
    if (installed) {
      r.installed.add(e.name);
      online.add(exit->value);
      return;
    }
    const bool down = exit != nullptr && exit->value == e.step - 1;
    const bool up = !down && e.value >= e.step;
    (up ? r.startup : r.teardown).add(e.name);
    if (up) online.add(e.value);
    if (e.name == takedown_cpu_ || e.name == bringup_cpu_ || e.name == bringup_ap_) return;
    const bool thread = e.role == Role::CpuhpThread;
    ++(thread ? thread_walks : control_walks);
    const auto sent = sent_until_.find(e.cpu);
    if (thread && (sent == sent_until_.end() || sent->second < i)) ++own_walks;
    (thread ? thread_steps : control_steps).add(e.step);
  }

  void anchor(const Event& e, const Event* exit) {
    if (e.name == kick_alive_) kick_ap.add(e.step);
    if (e.name == create_threads_) threads_prepare.add(e.step);
    if (e.name == bringup_cpu_ || e.name == bringup_ap_ || e.name == finish_cpu_)
      bringup.add(e.step);
    if (e.name == bringup_cpu_ || e.name == bringup_ap_) {
      ++bringups;
      if (exit != nullptr && exit->ret != 0 && exit->value > e.step) idle.add(exit->value);
      if (exit != nullptr && exit->ret == 0) online.add(exit->value);
    }
    if (e.name != takedown_cpu_) return;
    ++takedowns;
    own_takedowns += e.role == Role::CpuhpThread ? 1 : 0;
    teardown.add(e.step);
    if (exit != nullptr && exit->ret == 0) idle_dead.add(exit->value);
  }

  const std::vector<Event>& events_;
  const Names& names_;
  /// By CPU: the exit of its latest cpuhp_kick_ap_work; kNoPair: it has none.
  std::map<CpuId, std::size_t> sent_until_;
  // An id is 0 when the trace lacks the name, and then matches no callback in the trace.
  const NameId kick_work_ = names_.find("cpuhp_kick_ap_work"),
               kick_alive_ = names_.find("cpuhp_kick_ap_alive"),
               bringup_cpu_ = names_.find("bringup_cpu"),
               bringup_ap_ = names_.find("cpuhp_bringup_ap"),
               finish_cpu_ = names_.find("finish_cpu"), takedown_cpu_ = names_.find("takedown_cpu"),
               create_threads_ = names_.find("smpboot_create_threads");
};

class Maker {
 public:
  Maker(const LooseTrace& trace, const TraceTable& known)
      : t_(trace), known_(known), shown_(trace), names_(trace.trace.stream.names) {
    states_ = known.states.empty() ? trace.states : known.states;
  }

  Judged make() {
    Judged judged;
    judged.async = shown_.async();
    judged.notifier = !judged.async && shown_.notifier();
    judged.traced_only = true;
    judged.inferred = known_.table == nullptr;
    judged.marks = t_.marks;
    Rules rules = known_.table != nullptr    ? known_.table->rules()
                  : shown_.decrement_first() ? Rules::of({6, 1})
                                             : Rules::of({4, 6});
    rules.parallel_bringup = !shown_.kick_ap.empty();
    try {
      judged.table = StateTable("trace", t_.kernel, rules, states());
    } catch (const std::invalid_argument& error) {
      refuse(known_.file, 0, error.what());
    }
    if (judged.async && judged.table.anchors().kick_ap < 0) judged.async = false;
    judged.rules = rules;
    const Anchors& at = judged.table.anchors();
    for (Mark& mark : judged.marks) {
      if (mark.state == kOnline) mark.state = at.online;
      if (mark.kind != Mark::Kind::Asked) continue;
      const bool overshot = mark.state >= at.idle_dead && mark.state < at.ap_online_idle;
      mark.kind = overshot ? Mark::Kind::Unseen : Mark::Kind::Rest;
    }
    return judged;
  }

 private:
  std::vector<State> states() {
    std::map<StateId, State> all;
    if (known_.table != nullptr)
      for (const State& s : known_.table->all())
        if (!s.name.empty()) all[s.id] = s;
    if (!states_.empty())
      by_names(all);
    else if (known_.table == nullptr)
      anchors(all);
    if (known_.table != nullptr) {
      same_kernel(*known_.table);
      split(all);
    }
    for (const auto& [id, ran] : shown_.ran) add(all, id, ran);
    std::vector<State> list;
    for (auto& [id, s] : all) list.push_back(std::move(s));
    return list;
  }

  /// Keeps only states that hotplug/states lists, because others do not exist in this kernel. Adds
  /// the listed states that the table lacks.
  void by_names(std::map<StateId, State>& all) const {
    std::map<StateId, State> kept;
    for (const NamedState& n : states_) {
      const auto same = all.find(n.id);
      if (same != all.end() && same->second.name == n.name) {
        kept[n.id] = same->second;
        continue;
      }
      if (const auto core = core_number(n.name); core != kUnknown && core != n.id)
        refuse(known_.file, 0,
               "the number of state \"" + n.name + "\" is " + std::to_string(n.id) + " here, but " +
                   std::to_string(core) + " in the table: the table belongs to another kernel");
      const CatalogueEntry* entry = find_in_catalogue(n.name, kernel_version(t_.kernel));
      kept[n.id] = {.id = n.id, .name = n.name, .cant_stop = entry != nullptr && entry->cant_stop};
    }
    all = std::move(kept);
  }

  /// Adds cpu:kick_ap if the trace has it and the table lacks it. In a simulated trace this is
  /// possible, because some designs add this state to a table.
  void split(std::map<StateId, State>& all) const {
    const StateId id = shown_.kick_ap.top(kUnknown);
    if (known_.table->anchors().kick_ap < 0 && states_.empty() && id > 0 && !all.contains(id))
      all[id] = State{.id = id, .name = "cpu:kick_ap", .startup = "cpuhp_kick_ap_alive"};
  }

  StateId core_number(const std::string& name) const {
    const bool core =
        name == "cpu:bringup" || name == "ap:online" || name == "cpu:teardown" || name == "online";
    return core && known_.table != nullptr ? known_.table->find(name) : kUnknown;
  }

  /// Compares the states in which the hotplug core's callbacks ran with those of the table.
  void same_kernel(const StateTable& table) const {
    const auto compare = [&](const Tally<StateId>& seen, StateId wanted, const char* what) {
      const StateId found = seen.top(wanted);
      if (found == wanted || wanted < 0) return;
      refuse(t_.trace.file, 0,
             std::string(what) + " is step " + std::to_string(found) + " here, but " +
                 std::to_string(wanted) + " in the table \"" + table.name() + "\" of kernel " +
                 table.kernel() + ": the table belongs to another kernel");
    };
    compare(shown_.bringup, table.anchors().bringup, "cpu:bringup");
    compare(shown_.teardown, table.anchors().teardown, "cpu:teardown");
  }

  /// Adds the hotplug core's states. The number of a state is that at which its callback ran.
  /// Without a callback, the number is guessed from the states before and after it.
  void anchors(std::map<StateId, State>& all) const {
    const StateId first_thread = shown_.thread_steps.least(kUnknown);
    const StateId last_control = std::max<StateId>(shown_.control_steps.greatest(0), 1);
    StateId teardown = shown_.teardown.top(kUnknown);
    if (teardown < 0 && !shown_.idle.empty()) teardown = shift(shown_.idle.top(0), -1);
    StateId bringup = shown_.bringup.top(kUnknown);
    if (bringup < 0 && !shown_.idle_dead.empty()) bringup = shift(shown_.idle_dead.top(0), -1);
    if (bringup < 0)
      bringup = shown_.kick_ap.empty() ? last_control : shift(shown_.kick_ap.top(0), 1);
    if (teardown < 0) {
      teardown = first_thread < 0 ? shift(bringup, 4) : shift(first_thread, -2);
      teardown = std::max(teardown, shift(bringup, 4));
    }
    const StateId last = shown_.ran.empty() ? teardown : shown_.thread_steps.greatest(teardown);
    const StateId online =
        std::max({shown_.online.greatest(0), shift(last, 1), shift(teardown, 2)});
    const auto put = [&](StateId id, const char* name, bool cant_stop) {
      all[id] = State{.id = id, .name = name, .cant_stop = cant_stop};
    };
    put(0, "offline", false);
    if (const StateId id = shown_.threads_prepare.top(kUnknown); id > 0)
      put(id, "threads:prepare", true);
    if (const StateId id = shown_.kick_ap.top(kUnknown); id > 0 && id < bringup)
      put(id, "cpu:kick_ap", false);
    put(bringup, "cpu:bringup", true);
    put(shift(bringup, 1), "idle:dead", false);
    put(shift(bringup, 2), "ap:offline", true);
    put(shift(teardown, -1), "ap:online", false);
    put(teardown, "cpu:teardown", true);
    put(online, "online", false);
  }

  static StateId shift(StateId id, int by) { return static_cast<StateId>(id + by); }

  /// Adds the callbacks that the trace shows for a state, unless the table has callbacks for it.
  void add(std::map<StateId, State>& all, StateId id, const Ran& ran) const {
    if (id <= 0 || id >= kMaxStates || (!all.empty() && id >= all.rbegin()->first)) return;
    const auto there = all.find(id);
    const bool told = there != all.end() && there->second.has_callbacks();
    if (told && known_.table != nullptr) return;
    const bool named = there != all.end();
    const bool taken_away = !named && shown_.taken_away.contains(id);
    if (!named && !states_.empty() && !taken_away) return;  // not in hotplug/states
    State s = named ? there->second : State{.id = id};
    s.startup = names_[ran.startup.top(0)];
    s.teardown = names_[ran.teardown.top(0)];
    if (s.startup.empty()) s.startup = registered(ran, s.teardown);
    if (s.teardown.empty()) s.teardown = registered(ran, s.startup);
    s.multi = ran.multi > ran.single;
    if (s.name.empty()) s.name = s.startup.empty() ? s.teardown : s.startup;
    // a single call may be an error in the trace
    if (known_.table != nullptr && !named && !taken_away && ran.multi + ran.single < 2) return;
    all[id] = std::move(s);
  }

  /// Returns the callback that ran most often when the state was set up or removed, except `other`,
  /// its callback in the other direction. A setup or removal calls the callback for several CPUs,
  /// so a single call may be an error. It counts only if `other` is empty.
  std::string registered(const Ran& ran, const std::string& other) const {
    std::string found;
    std::size_t most = other.empty() ? 0 : 1;
    for (NameId id = 1; id < names_.size(); ++id) {
      const std::size_t n = ran.installed.of(id);
      if (n > most && names_[id] != other) most = n, found = names_[id];
    }
    return found;
  }

  const LooseTrace& t_;
  const TraceTable& known_;
  const Shown shown_;
  const Names& names_;
  std::vector<NamedState> states_;
};

}  // namespace

Judged judged_by_trace(const LooseTrace& trace, const TraceTable& known) {
  return Maker(trace, known).make();
}

}  // namespace cpuhp

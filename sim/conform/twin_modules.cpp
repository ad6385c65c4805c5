#include "sim/conform/twin_modules.hpp"

#include <algorithm>
#include <set>

#include "sim/trace/brackets.hpp"
#include "sim/trace/bringup_evidence.hpp"

namespace cpuhp {
namespace {

using Kind = Registration::Kind;

/// Names a state whose registration failed, so that no list has its name then: as a state with the
/// same callback that another load brought, or by the callback, without the module in brackets.
std::string name_by(const std::string& symbol, const std::map<std::string, ModuleState>& known) {
  for (const auto& [name, state] : known)
    if (state.startup == symbol) return name;
  return symbol.substr(0, symbol.find(" ["));
}

/// Follows the registrations of one operation, callback by callback.
class RegistrationFollower {
 public:
  RegistrationFollower(const std::map<std::string, ModuleState>& states, bool load)
      : states_(states), load_(load) {}

  void callback(const std::string& name, const Event& enter, const Event& exit,
                const std::string& symbol) {
    const ModuleState& state = states_.at(name);
    // A module that leaves calls teardowns alone, and one that comes begins with a startup.
    const bool up = state.startup == state.teardown ? load_ : symbol == state.startup;
    Progress& p = progress_[name];
    if (up)
      startup(name, state, p, enter, exit.ret);
    else if (!way_back(p, enter.cpu))
      teardown(name, state, p, enter);
  }

  /// Adds what no callback shows, and orders the numbers as the kernel gives them.
  std::vector<Registration> finish(const RecordedOperation& op, const StateTable& table,
                                   const std::map<std::string, std::uint16_t>& instances) {
    std::set<std::string> stay;
    for (const StateChange& change : op.changes)
      if (change.added) stay.insert(change.state.name);
    for (const StateChange& change : op.changes) {
      Progress& p = progress_[change.state.name];
      if (change.added && !p.there) silent_setup(change.state.name, p, change.state.id);
      if (!change.added && !p.removed) silent_remove(op, change.state, p, instances);
    }
    // Registered and, without a callback, removed again: something else in the module failed.
    for (auto& [name, p] : progress_)
      if (load_ && p.there && !stay.contains(name)) remove(name, states_.at(name).id, false, p);
    order_numbers(table);
    return std::move(found_);
  }

 private:
  /// How far the registrations of one state are.
  struct Progress {
    bool there = false;               ///< registered in this operation
    bool removed = false;             ///< removed in this operation
    std::optional<std::size_t> open;  ///< the registration whose calls go on
    std::set<CpuId> called;           ///< CPUs that it has called
    bool failed = false;              ///< it failed: its way back may follow
    std::set<CpuId> undone;           ///< CPUs that the way back has called
  };

  Registration& begin(Kind kind, const std::string& name, StateId id, Progress& p) {
    p.open = found_.size();
    p.called.clear();
    p.undone.clear();
    p.failed = false;
    return found_.emplace_back(Registration{.kind = kind, .state = name, .id = id});
  }

  static CpuId task_cpu(const Event& e) { return e.role == Role::Control ? e.on : kNoCpu; }

  void startup(const std::string& name, const ModuleState& state, Progress& p, const Event& e,
               int ret) {
    if (!p.there) {
      Registration& setup = begin(Kind::Setup, name, state.id, p);
      setup.calls = !state.multi;
      setup.on = task_cpu(e);
      p.there = true;
      if (state.multi) p.open.reset();
    }
    const bool again = !p.open || p.failed || p.called.contains(e.cpu) ||
                       found_[*p.open].kind == Kind::RemoveInstance;
    if (state.multi && again) begin(Kind::AddInstance, name, state.id, p).on = task_cpu(e);
    if (!p.open) return;
    p.called.insert(e.cpu);
    if (ret == 0) return;
    found_[*p.open].error = ret;
    found_[*p.open].failed_on = e.cpu;
    p.failed = true;
    // The kernel takes a state away whose setup failed; an instance is only not added.
    if (!state.multi) p.there = false, p.removed = true;
  }

  /// True for a teardown that undoes a registration that failed: for the CPUs before the one where
  /// it failed, once for each.
  bool way_back(Progress& p, CpuId cpu) const {
    return p.failed && p.open && cpu < found_[*p.open].failed_on && p.undone.insert(cpu).second;
  }

  void teardown(const std::string& name, const ModuleState& state, Progress& p, const Event& e) {
    const Kind kind = state.multi ? Kind::RemoveInstance : Kind::Remove;
    const bool goes_on =
        p.open && found_[*p.open].kind == kind && !p.failed && !p.called.contains(e.cpu);
    if (!goes_on) begin(kind, name, state.id, p).on = task_cpu(e);
    p.called.insert(e.cpu);
    if (!state.multi) p.there = false, p.removed = true;
  }

  void silent_setup(const std::string& name, Progress& p, StateId id) {
    begin(Kind::Setup, name, id, p).calls = false;
    p.there = true;
  }

  /// An operation that was not traced removes the instances, too.
  void silent_remove(const RecordedOperation& op, const NamedState& state, Progress& p,
                     const std::map<std::string, std::uint16_t>& instances) {
    const auto have = instances.find(state.name);
    if (!op.trace && have != instances.end())
      for (std::uint16_t left = have->second; left > 0; --left)
        begin(Kind::RemoveInstance, state.name, state.id, p);
    remove(state.name, state.id, !op.trace, p);
  }

  void remove(const std::string& name, StateId id, bool calls, Progress& p) {
    begin(Kind::Remove, name, id, p).calls = calls;
    p.there = false;
    p.removed = true;
  }

  /// In a dynamic range the kernel gives the lowest free number. No callback shows when a setup
  /// without calls came, so it comes before those of the same range with higher numbers.
  void order_numbers(const StateTable& table) {
    for (std::size_t i = 0; i < found_.size(); ++i) {
      const DynamicRange range = table.dynamic_range(found_[i].id);
      if (found_[i].kind != Kind::Setup || range == DynamicRange::None) continue;
      for (std::size_t before = 0; before < i; ++before) {
        const Registration& other = found_[before];
        if (other.kind != Kind::Setup || table.dynamic_range(other.id) != range ||
            other.id <= found_[i].id)
          continue;
        const auto at = found_.begin();
        std::rotate(at + static_cast<std::ptrdiff_t>(before), at + static_cast<std::ptrdiff_t>(i),
                    at + static_cast<std::ptrdiff_t>(i) + 1);
        break;
      }
    }
  }

  const std::map<std::string, ModuleState>& states_;
  bool load_;
  std::map<std::string, Progress> progress_;
  std::vector<Registration> found_;
};

/// True for a name that a #STATE+ line has.
bool listed(const Recording& recording, const std::string& name) {
  return std::ranges::any_of(recording.operations(), [&](const RecordedOperation* op) {
    return std::ranges::any_of(op->loaded, [&](const NamedState& s) { return s.name == name; });
  });
}

/// Calls f(state's name, index of the enter) for each callback of a module's state. `known`: what is
/// known of states with names.
template <typename F>
void for_each_callback(const RecordedOperation& op, const std::vector<NamedState>& listed,
                       const std::map<std::string, ModuleState>& known, F f) {
  const EventStream& stream = op.trace->stream;
  std::map<StateId, std::string> failed;  // names of states whose registration failed
  for (std::size_t i = 0; i < stream.events.size(); ++i) {
    const Event& e = stream.events[i];
    if (!is_enter(e) || stream.names[e.name] == kKickWork) continue;
    if (const auto name = module_state(op, e.step)) {
      f(*name, i);
    } else if (!op.modules.empty() &&
               std::ranges::find(listed, e.step, &NamedState::id) == listed.end()) {
      f(failed.try_emplace(e.step, name_by(stream.names[e.name], known)).first->second, i);
    }
  }
}

}  // namespace

ModuleStates::ModuleStates(const Recording& recording, const StateTable& table)
    : table_(table), listed_(recording.states) {
  for (const RecordedOperation* op : recording.operations()) look_at(*op);
  for (const auto& [name, state] : states_)
    if (listed(recording, name)) named_.emplace(name, state);
  for (const RecordedOperation* op : recording.operations()) look_at(*op);
}

void ModuleStates::look_at(const RecordedOperation& op) {
  for (const NamedState& state : op.loaded) states_[state.name].id = state.id;
  if (!op.trace) return;
  const EventStream& stream = op.trace->stream;
  const bool load = !op.modules.empty() && op.modules.front().load;
  for_each_callback(op, listed_, named_, [&](const std::string& name, std::size_t i) {
    const Event& e = stream.events[i];
    const std::string& symbol = stream.names[e.name];
    ModuleState& s = states_[name];
    s.id = e.step;
    s.multi = s.multi || e.kind == EventKind::MultiEnter;
    // A registration's target tells no direction: the CPU is above the state.
    bool up = e.value >= e.step;
    if (!op.modules.empty()) up = load && (s.startup.empty() || s.startup == symbol);
    (up ? s.startup : s.teardown) = symbol;
  });
}

std::vector<Registration> ModuleStates::registrations(
    const RecordedOperation& op, const std::map<std::string, std::uint16_t>& instances) const {
  RegistrationFollower follower(states_, op.modules.front().load);
  if (op.trace) {
    const std::vector<Event>& events = op.trace->stream.events;
    const std::vector<std::size_t> pairs = match_pairs(*op.trace);
    for_each_callback(op, listed_, named_, [&](const std::string& name, std::size_t i) {
      if (pairs[i] != kNoPair)
        follower.callback(name, events[i], events[pairs[i]],
                          op.trace->stream.names[events[i].name]);
    });
  }
  return follower.finish(op, table_, instances);
}

std::optional<std::string> module_state(const RecordedOperation& op, StateId id) {
  const auto found = std::ranges::find(op.loaded, id, &NamedState::id);
  return found == op.loaded.end() ? std::nullopt : std::optional(found->name);
}

std::string states_after(const RecordedOperation& op, const std::vector<NamedState>& listed) {
  std::map<StateId, std::string> states;
  for (const NamedState& s : listed) states[s.id] = s.name;
  for (const NamedState& s : op.loaded) states[s.id] = s.name;
  for (const StateChange& change : op.changes)
    if (!change.added) states.erase(change.state.id);
  std::string text;
  for (const auto& [id, name] : states) {
    std::string number = std::to_string(id);
    number.insert(0, number.size() < 3 ? 3 - number.size() : 0, ' ');
    text += (text.empty() ? "" : "\n") + number + ": " + name;
  }
  return text;
}

}  // namespace cpuhp

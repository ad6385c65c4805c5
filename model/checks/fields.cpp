#include "model/checks/fields.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "model/checks/outline.hpp"

namespace cpuhp {
namespace {

constexpr const char* kSymbol = "docs/kernel.md 6.4";
constexpr const char* kStateKnown = "docs/kernel.md 7, I29";
constexpr const char* kTime = "docs/kernel.md 6.4";

class FieldCheck {
 public:
  FieldCheck(const EventStream& stream, const Judged& judged, const Walks& walks)
      : stream_(stream), judged_(judged), walks_(walks) {}

  std::vector<Finding> run() {
    if (!walks_.outline->ascends()) time();
    if (judged_.traced_only) count_ways();
    for (std::size_t role = 0; role < kRoles; ++role)
      moves_first_[role] = moves_first(static_cast<Role>(role));
    for (const Step& s : walks_.steps) {
      if (!s.entered()) continue;
      if (judged_.table.valid(s.state)) symbol(s);
      if (s.kind == StepKind::Callback && s.left()) state(s);
    }
    return std::move(findings_);
  }

 private:
  /// Checks that time stamps do not decrease. A kernel sorts the events of all CPUs by time before
  /// it prints them.
  void time() {
    std::size_t gap = 0;
    Ns latest{};
    for (std::size_t i = 0; i < stream_.events.size(); ++i) {
      const Event& e = stream_.events[i];
      for (; gap < judged_.marks.size() && judged_.marks[gap].before <= i; ++gap)
        if (judged_.marks[gap].kind == Mark::Kind::Gap) latest = e.time;
      if (e.time < latest)
        findings_.push_back({"time", kTime, e.cpu, e.time,
                             "the time stamp of an event on CPU " + std::to_string(e.cpu) +
                                 " is earlier than that of the preceding event",
                             "time", i});
      latest = std::max(latest, e.time);
    }
  }

  /// Counts how often a task set the CPU's new state before a teardown, and how often after it. The
  /// control CPU and the cpuhp threads are counted separately. Registrations do not change the
  /// CPU's state, so their teardowns do not count.
  void count_ways() {
    for (const Step& s : walks_.steps) {
      if (!s.entered() || !s.left() || s.up || s.registered || s.kind != StepKind::Callback)
        continue;
      const std::size_t task = s.role == Role::CpuhpThread ? 1 : 0;
      if (s.after == s.state - 1) ++before_[task];
      if (s.after == s.state) ++after_[task];
    }
  }

  /// True when that kind of task sets the CPU's new state before it calls a teardown. In 4.14 to
  /// 5.12 only the cpuhp thread did so (docs/kernel.md 6.4). In a kernel's trace the majority of
  /// the task's steps decides.
  bool moves_first(Role role) const {
    const std::size_t task = role == Role::CpuhpThread ? 1 : 0;
    const bool by_itself = judged_.async && (role == Role::CpuhpThread || role == Role::Worker);
    const bool told = judged_.traced_only && !by_itself && before_[task] != after_[task];
    return told ? before_[task] > after_[task] : cpuhp::moves_first(judged_, role);
  }

  void state(const Step& s) {
    if (s.registered || judged_.notifier) return;
    const bool first = moves_first_[static_cast<std::size_t>(s.role)];
    const int wanted = s.up || !first ? s.state : s.state - 1;
    if (s.after == wanted) return;
    // No kernel has both these rules, but a simulated machine may. When its boot undoes the PREPARE
    // section of a kicked AP, it sets the AP's new state before each teardown.
    if (!s.up && judged_.rules.control_is_late() && judged_.rules.split_startup &&
        s.after == s.state - 1)
      return;
    find("I29", kStateKnown, s, s.exit,
         "exits with state " + std::to_string(s.after) + " on the way " + (s.up ? "up" : "down") +
             ", expected state " + std::to_string(wanted));
  }

  void symbol(const Step& s) {
    if (s.kind == StepKind::Kick) {
      if (s.name != walks_.names.kick_work)
        wrong_symbol(s, ", but no callback belongs to this step");
      return;
    }
    const State& state = judged_.table.at(s.state);
    const bool up = s.up != s.undo;
    const NameId expected = walks_.names.at(s.state).of(up);
    const bool assumed = up ? state.startup_assumed : state.teardown_assumed;
    if (s.name == expected && s.name != 0 && s.multi == state.multi && !assumed) return;
    // A registration may have replaced a driver's callbacks since the table was made.
    if (walks_.registers && !judged_.table.is_core(s.state)) return;
    const std::string& wanted = up ? state.startup : state.teardown;
    if (wanted.empty() || assumed) {
      if (judged_.table.section(s.state) == Section::None || state.name.empty())
        wrong_symbol(s, ", but this state has no callback");
      return;
    }
    if (s.name != expected)
      wrong_symbol(s, std::string(" on the way ") + (up ? "up" : "down") + ", expected " + wanted);
    else if (s.multi != state.multi && !judged_.notifier)
      find("symbol", kSymbol, s, s.enter,
           s.multi ? "runs for an instance, but the state has no instances"
                   : "runs once, but the state needs one call for each instance");
  }

  void wrong_symbol(const Step& s, const std::string& instead) {
    find("symbol", kSymbol, s, s.enter, "runs " + stream_.names[s.name] + instead);
  }

  void find(const char* invariant, const char* source, const Step& s, std::size_t event,
            const std::string& what) {
    findings_.push_back(
        {invariant, source, s.cpu, stream_.events[event].time,
         step_text(judged_.table, s.state) + " of CPU " + std::to_string(s.cpu) + ' ' + what,
         place_of(judged_.table, s.state), event});
  }

  const EventStream& stream_;
  const Judged& judged_;
  const Walks& walks_;
  /// by task: 0 is the control CPU, 1 the cpuhp thread
  std::array<std::size_t, 2> before_{}, after_{};
  std::array<bool, kRoles> moves_first_{};  ///< by role
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> check_fields(const EventStream& stream, const Judged& judged,
                                  const Walks& walks) {
  return FieldCheck(stream, judged, walks).run();
}

}  // namespace cpuhp

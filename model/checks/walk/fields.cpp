#include "model/checks/walk/fields.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "model/checks/outline.hpp"
#include "model/checks/walk/walk_findings.hpp"

namespace cpuhp {
namespace {

constexpr const char* kCallee = "docs/kernel.md 6.4";
constexpr Sentence kWrongState{"I29", "{} exits with state {} on the way {}, expected state {}"};
constexpr Sentence kNoSuchStep{"symbol", "{} runs {}, but no callback belongs to this step",
                               kCallee};
constexpr Sentence kNoCallback{"symbol", "{} runs {}, but this state has no callback", kCallee};
constexpr Sentence kWrongSymbol{"symbol", "{} runs {} on the way {}, expected {}", kCallee};
constexpr Sentence kNoInstances{"symbol", "{} runs for an instance, but the state has no instances",
                                kCallee};
constexpr Sentence kInstances{
    "symbol", "{} runs once, but the state needs one call for each instance", kCallee};

class FieldCheck {
 public:
  explicit FieldCheck(const Walks& walks)
      : judged_(walks.judged), walks_(walks), findings_(walks) {}

  std::vector<Finding> run() {
    if (judged_.traced_only) count_ways();
    for (std::size_t role = 0; role < kRoles; ++role)
      moves_first_[role] = moves_first(static_cast<Role>(role));
    for (const Step& s : walks_.steps) {
      if (!s.entered() || s.open) continue;
      if (judged_.table.valid(s.state)) symbol(s);
      if (s.kind == StepKind::Callback && s.left()) state(s);
    }
    return findings_.take();
  }

 private:
  /// Counts how often a task set the CPU's new state before a teardown, and how often after it. The
  /// control CPU and the cpuhp threads are counted separately. Registrations do not change the
  /// CPU's state, so their teardowns do not count.
  void count_ways() {
    for (const Step& s : walks_.steps) {
      if (!s.entered() || !s.left() || s.up || s.registered || s.kind != StepKind::Callback ||
          goes_by_itself(s.role))
        continue;
      const std::size_t task = s.role == Role::CpuhpThread ? 1 : 0;
      if (s.after == s.state - 1) ++before_[task];
      if (s.after == s.state) ++after_[task];
    }
  }

  /// True for the tasks of the asynchronous design that set the new state first under all rules.
  bool goes_by_itself(Role role) const {
    return judged_.async && (role == Role::CpuhpThread || role == Role::Worker);
  }

  /// True when that kind of task sets the CPU's new state before it calls a teardown. In 4.14 to
  /// 5.12 only the cpuhp thread did so (docs/kernel.md 6.4). In a kernel's trace the majority of
  /// the task's steps decides.
  bool moves_first(Role role) const {
    const std::size_t task = role == Role::CpuhpThread ? 1 : 0;
    const bool told = judged_.traced_only && !goes_by_itself(role) && before_[task] != after_[task];
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
    findings_.add_at(s.exit, kWrongState, s, s.after, s.up, wanted);
  }

  const std::string& name(const Step& s) const { return walks_.stream.names[s.name]; }

  void symbol(const Step& s) {
    if (s.kind == StepKind::Kick) {
      if (s.name != walks_.names.kick_work) findings_.add(kNoSuchStep, s, name(s));
      return;
    }
    const State& state = judged_.table.at(s.state);
    const bool up = s.up != s.undo;
    const NameId expected = walks_.names.at(s.state).of(up);
    const bool assumed = up ? state.startup_assumed : state.teardown_assumed;
    if (s.name == expected && s.name != 0 && s.multi == state.multi && !assumed) return;
    unusual_symbol(s, up, assumed);
  }

  [[gnu::noinline]] void unusual_symbol(const Step& s, bool up, bool assumed) {
    const State& state = judged_.table.at(s.state);
    // A registration may have replaced a driver's callbacks since the table was made.
    if (walks_.registers && !judged_.table.is_core(s.state)) return;
    const std::string& wanted = up ? state.startup : state.teardown;
    if (wanted.empty() || assumed) {
      if (judged_.table.section(s.state) == Section::None || state.name.empty())
        findings_.add(kNoCallback, s, name(s));
    } else if (s.name != walks_.names.at(s.state).of(up)) {
      findings_.add(kWrongSymbol, s, name(s), up, wanted);
    } else if (s.multi != state.multi && !judged_.notifier) {
      findings_.add(s.multi ? kNoInstances : kInstances, s);
    }
  }

  const Judged& judged_;
  const Walks& walks_;
  /// by task: 0 is the control CPU, 1 the cpuhp thread
  std::array<std::size_t, 2> before_{}, after_{};
  std::array<bool, kRoles> moves_first_{};  ///< by role
  WalkFindings findings_;
};

}  // namespace

std::vector<Finding> check_times(const Walks& walks, Ns& latest) {
  std::vector<Finding> found;
  const std::vector<Event>& events = walks.stream.events;
  const bool goes_on = walks.stream.first == 0 || events.front().time >= latest;
  if (walks.outline.ascends() && goes_on) {
    latest = events.back().time;
    return found;
  }
  const std::vector<Mark>& marks = walks.judged.marks;
  std::size_t gap = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event& e = events[i];
    for (; gap < marks.size() && marks[gap].before <= i; ++gap)
      if (marks[gap].kind == Mark::Kind::Gap) latest = e.time;
    if (e.time < latest)
      found.push_back({"time", "docs/kernel.md 6.4", e.cpu, e.time,
                       "the time stamp of an event on CPU " + std::to_string(e.cpu) +
                           " is earlier than that of the preceding event",
                       "time", i, FindingKind::Walk});
    latest = std::max(latest, e.time);
  }
  return found;
}

std::vector<Finding> check_fields(const Walks& walks) { return FieldCheck(walks).run(); }

}  // namespace cpuhp

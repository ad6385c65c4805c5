// Follows every CPU on its way through the states. The two examples below show what CpuWalks has
// for CPU 1, with table x86_64-6.1: cpu:bringup 91, idle:dead 92, cpu:teardown 153, idle entry 154,
// online 236.
// - state: the state of the CPU.
// - control, thread, atomic: one Walk for each task that walks. It shows the direction with
//   "prev>target", then @pos; "-": not active; blank: as in the line above.
// - A bracket (a step within which other steps run) is judged at its enter and at its exit, any
//   other step at its exit only. "...": steps that change only pos and state.
//
// A way up that fails at 197, workqueue:online (tests/golden/fail-one-step.symmetric.txt):
//
//   event                           state  control       thread         what happens
//   acquire cpu_hotplug_lock            0  -             -              WalkBegin: rest()
//   step 1, target 236                  1  up 0>236 @1   -              begin_control(), bound 91
//   ... 2 to 68                        68  @68           -
//   enter 91 bringup_cpu, target 236   91  @91           -              atomic: up 91>236 @91
//   steps 94, 149 (STARTING)           91                               atomic: @149
//   step 156, target 236              156  @91           up 154>236     atomic ends; begin_thread()
//   ... 158 to 196                    196                @196
//   step 197, ret -12                 197                @197           fail(): failed = from = 197
//   step 196, target 154              195                down @196      turn(): target 154
//   ... 162, 156, 155                 154                @155
//   exit 91, state 154, ret -12       154  failed 91     -              end_bringup(): from = 154
//   enter 153 takedown_cpu, target 0  152  down @153     -              turn(): target 0
//   steps 149 to 94 (DYING)           152                               atomic: down 153>0 @94
//   exit 153, state 92                 92                               end_takedown(), atomic ends
//   step 91 finish_cpu                 90  @91           -              forward(), a plain callback
//   ... 70 to 2                         1  @2            -
//   op_end, rest 0                      0  -             -              finish(): none is missing
//
// A takedown that the CPU refuses with -28 (fault refused_takedown, whose own event the check does
// not use):
//
//   acquire cpu_hotplug_lock          236  -             -
//   enter 236 kick_ap_work, to 153    236  -             down 236>153   begin_kick()
//   ... 235 to 155                    154  -             @155
//   exit 236, state 153               153  -             -              end_kick(): Takedown
//   enter 153 takedown_cpu, target 0  152  down 153>0    -              atomic: down 153>0 @154
//   exit 153, state 152, ret -28      153  -             -              refuse_takedown(): WayUp
//   step 156, target 236              156  -             up 153>236     begin_thread(): Back
//   ... 158 to 235                    235  -             @235
//   op_end, rest 236                  236  -             -              finish(): none is missing
#include "model/checks/walk/order.hpp"

#include <algorithm>
#include <utility>

#include "model/checks/walk/order_brackets.hpp"
#include "model/checks/walk/order_steps.hpp"

namespace cpuhp {
namespace {

/// Goes through the tokens of a stream, and gives each step to the walks of its CPU.
class OrderCheck {
 public:
  OrderCheck(const Walks& walks, Callbacks& callbacks, OrderSoFar& so_far)
      : findings_(walks),
        g_{walks, callbacks, findings_},
        steps_(g_),
        brackets_(g_, steps_),
        cpus_(so_far.cpus),
        noted_(so_far.noted),
        listed_(so_far.listed),
        to_teardown_(so_far.to_teardown) {
    g_.to_teardown = to_teardown_;
    g_.head = g_.judged.traced_only && (g_.judged.marks.empty() || g_.judged.marks[0].before != 0);
    const bool begins = cpus_.empty();
    cpus_.resize(walks.stream.nr_cpus);
    if (begins && !g_.judged.traced_only)
      for (CpuId cpu = 0; cpu < cpus_.size(); ++cpu) noted(cpu).state = g_.at.offline;
  }

  std::vector<Finding> run() {
    for (const Token& t : g_.walks.tokens) {
      g_.event = t.event;
      see(t);
    }
    if (g_.walks.is_complete())
      for (CpuId cpu = 0; cpu < cpus_.size(); ++cpu) rest(cpu);
    to_teardown_ = g_.to_teardown;
    return findings_.take();
  }

 private:
  void see(const Token& t) {
    if (t.kind == Token::Kind::Stretch) return see(g_.walks.outline.stretch(t.step));
    if (!t.of_step()) return beside_steps(t);
    const Step& s = g_.walks.steps[t.step];
    // Where an earlier part entered a bracket, it did not know on which CPU the task leaves it.
    if (g_.walks.is_earlier(t.step) && s.kind != StepKind::Callback)
      cpus_[s.cpu].control.moved(s.on, s.exit_on);
    see(t.kind, s);
  }

  void see(Token::Kind kind, const Step& s) {
    CpuWalks& cpu = whose(s.cpu);
    if (s.registered && !walks_on(cpu, s)) return registered(cpu, s);
    if (cpu.is_lost() && !found_again(cpu, kind, s)) return goes_on_lost(cpu, kind, s);
    if (kind == Token::Kind::Begin) return brackets_.begin(cpu, s);
    if (kind == Token::Kind::End) return brackets_.end(cpu, s);
    steps_.call(cpu, s);
  }

  /// Takes a stretch (a sequence of plain callbacks, see outline.hpp) as one step when it fits the
  /// walk. Otherwise handles each of its callbacks as a step.
  void see(const Stretch& s) {
    CpuWalks& cpu = whose(s.cpu);
    if (!cpu.is_lost() && steps_.call(cpu, s)) return;
    Step step;
    g_.walks.outline.each_event(s, [&](std::uint32_t i) {
      const Event& e = g_.walks.stream.events[i];
      if (e.kind == EventKind::Enter) {
        step = entered_step(e, i);
      } else {
        step.exit = g_.event = i;
        step.after = e.value;
        step.up = s.up;
        see(Token::Kind::Call, step);
      }
    });
  }

  CpuWalks& whose(CpuId cpu) {
    g_.cpu = cpu;
    CpuWalks& walks = listed(cpu);
    walks.moved = true;
    walks.begun = false;
    return walks;
  }

  CpuWalks& listed(CpuId cpu) {
    CpuWalks& walks = cpus_[cpu];
    if (!walks.listed) {
      walks.listed = true;
      listed_.push_back(cpu);
      noted(cpu);
    }
    return walks;
  }

  void begin_walk(CpuId cpu) {
    rest(cpu);
    CpuWalks& walks = listed(cpu);
    walks.unseen_walk = std::exchange(walks.begun, true);
    // The new walk ends a way back that has failed, so its steps are not taken for that way.
    if (walks.lost == Lost::OnTheWay) walks.lost = Lost::Yes;
  }

  /// Returns the CPU's record, and adds the CPU to the list of known CPUs. A mark (a fact that a
  /// recording gives without an event) may be about all CPUs. Such a mark is applied to the listed
  /// CPUs only, because a machine may have many CPUs without any event.
  CpuWalks& noted(CpuId cpu) {
    CpuWalks& walks = cpus_[cpu];
    if (!walks.noted) {
      walks.noted = true;
      noted_.push_back(cpu);
    }
    return walks;
  }

  void beside_steps(const Token& t) {
    switch (t.kind) {
      case Token::Kind::OpBegin:
        g_.to_teardown = t.state == g_.at.teardown || (t.step > 0 && g_.to_teardown);
        if (g_.walks.registers) g_.callbacks.changed(kNoState);
        return;
      case Token::Kind::OpEnd:
        return rest_all();
      case Token::Kind::WalkBegin:
        return begin_walk(t.cpu);
      case Token::Kind::Rest:
        return known(t);
      case Token::Kind::Unseen:
        return unseen(t.cpu);
      case Token::Kind::Armed:
        if (t.cpu < cpus_.size()) noted(t.cpu).armed = t.state;
        return;
      case Token::Kind::Stopped:
        return stopped(t);
      case Token::Kind::Online:
      case Token::Kind::Offline:
        return in_mask(t);
      case Token::Kind::Gap:
        for (const CpuId cpu : noted_) cpus_[cpu] = {};
        noted_.clear();
        listed_.clear();
        g_.callbacks.changed(kNoState);
        g_.head = true;
        return;
      case Token::Kind::Injected:
        g_.cpu = t.cpu;
        return steps_.inject(noted(t.cpu), t.state);
      default:
        return;
    }
  }

  // ---------------------------------------------------------------------------- between walks

  void rest_all() {
    for (const CpuId cpu : listed_) {
      CpuWalks& walks = cpus_[cpu];
      walks.listed = walks.begun = walks.unseen_walk = false;
      rest(cpu);
    }
    listed_.clear();
  }

  /// Ends all walks of the CPU. Called when no operation moves the CPU any more.
  void rest(CpuId cpu) {
    g_.cpu = cpu;
    if (!cpus_[cpu].is_lost()) cpus_[cpu].finish_all(g_);
  }

  void unseen(CpuId whose) {
    rest_all();
    g_.head = false;
    for (const CpuId cpu : noted_)
      if (whose == kNoCpu || whose == cpu) cpus_[cpu].forget(kNoState);
  }

  void known(const Token& t) {
    if (t.cpu >= cpus_.size()) return;
    g_.told = t.state;
    rest(t.cpu);
    g_.told = kNoState;
    CpuWalks& cpu = noted(t.cpu);
    if (!g_.judged.traced_only && cpu.state == g_.at.offline) cpu.state = kNoState;
    const bool elsewhere = cpu.state != kNoState && cpu.state != t.state;
    if (!cpu.is_lost() && elsewhere && !steps_.may_go_silently(cpu.state, t.state))
      g_.find(words::kIsElsewhere, t.state, t.cpu, step(t.state), step(cpu.state));
    if (is_against_mask(cpu, t.state))
      g_.find(words::kWasInMask, t.state, t.cpu, step(t.state),
              cpu.mask > 0 ? "online" : "offline");
    cpu.forget(t.state);  // The CPU's state is known again.
  }

  /// Handles a Mark (judged.hpp) which says that hotplug/fail stopped the CPU's walk. The callbacks
  /// before the state in hotplug/fail must have run.
  void stopped(const Token& t) {
    if (t.cpu >= cpus_.size()) return;
    CpuWalks& cpu = noted(t.cpu);
    g_.cpu = t.cpu;
    if (cpu.moved || cpu.is_lost() || cpu.state == kNoState || cpu.armed <= g_.at.offline) return;
    const bool up = t.state > cpu.state;
    const StateId at = std::exchange(cpu.armed, g_.at.offline);
    const StateId first = g_.callbacks.next(static_cast<StateId>(up ? cpu.state : cpu.state + 1),
                                            static_cast<StateId>(up ? at - 1 : at + 1), up);
    if (first != kNoState && g_.callbacks.told(first, up))
      g_.find(words::kStoppedTooEarly, first, t.cpu, at, step(first));
  }

  /// True when `state` contradicts the last mark of the CPU's online bit, and no step in between
  /// explains the change.
  bool is_against_mask(const CpuWalks& cpu, StateId state) const {
    if (cpu.is_lost() || cpu.moved || cpu.state != kNoState || cpu.mask == 0) return false;
    return is_against(state, cpu.mask > 0);
  }
  bool is_against(StateId state, bool online) const {
    return online ? state <= g_.at.idle_dead : state >= g_.at.ap_online_idle;
  }

  /// Compares the online mask after an operation with the CPU's walks, even for a CPU that the
  /// operation was not about.
  void in_mask(const Token& t) {
    if (t.cpu >= cpus_.size()) return;
    rest(t.cpu);
    CpuWalks& cpu = noted(t.cpu);
    const bool online = t.kind == Token::Kind::Online;
    const char before = std::exchange(cpu.mask, online ? char{1} : char{-1});
    if (cpu.is_lost()) return;
    const StateId place = online ? g_.at.online : g_.at.offline;
    const char* const bit = online ? "online" : "offline";
    if (cpu.state != kNoState && is_against(cpu.state, online)) {
      g_.find(words::kMaskAgainstWalks, place, t.cpu, bit, step(cpu.state));
      cpu.state = kNoState;
    } else if (cpu.state == kNoState && !cpu.moved && before != 0 && before != cpu.mask) {
      g_.find(words::kMaskAgainstSteps, place, t.cpu, bit);
    }
    cpu.moved = false;
  }

  std::string step(StateId state) const { return findings_.step(state); }

  // ---------------------------------------------------------------------------- lost CPUs

  /// True when this step shows the state of a CPU whose state was unknown. Two steps do: a kick,
  /// whose number is the CPU's state, and the first step of a walk up from offline.
  bool found_again(CpuWalks& cpu, Token::Kind kind, const Step& s) {
    const bool kick = kind == Token::Kind::Begin && s.kind == StepKind::Kick;
    const bool bottom =
        kind == Token::Kind::Call && s.up && s.state == g_.callbacks.next(0, g_.at.online, true);
    if (!kick && !bottom) return false;
    cpu.forget(kick ? s.state : g_.at.offline);
    return true;
  }

  /// Reports a step that follows an error on the way back. The kernel stops at such an error.
  void goes_on_lost(CpuWalks& cpu, Token::Kind kind, const Step& s) {
    if (std::exchange(cpu.lost, Lost::Yes) != Lost::OnTheWay) return;
    const bool thread = g_.judged.table.section(s.state) == Section::Online;
    const Walk& walk = thread ? cpu.thread : cpu.control;
    if (kind != Token::Kind::Call || !walk.is_back() || s.up != walk.up()) return;
    if (!walk.is_ahead(s.state) || s.target != walk.target()) return;
    if (thread || !g_.judged.rules.parallel_bringup)
      findings_.add(words::of_rollback(!walk.up(), words::kGoesOnBack), s, walk.pos());
  }

  // ---------------------------------------------------------------------------- registrations

  /// True when a step that looks like a call by a registration is the next step of the CPU's walk.
  /// In a kernel's trace, a wrong state in its exit can make a step look like such a call.
  bool walks_on(const CpuWalks& cpu, const Step& s) const {
    const Walk& walk = cpu.control;
    return g_.judged.traced_only && walk.is_active() && s.target == walk.target() &&
           s.up == walk.up() && s.state == walk.next(g_.callbacks);
  }

  void registered(CpuWalks& cpu, const Step& s) {
    // After a failed call, the registration's further calls at this state undo it.
    if (s.ret != 0)
      refused_ = s.state;
    else if (s.state != refused_)
      refused_ = kNoState;
    const bool known = g_.judged.traced_only || s.name == g_.walks.names.at(s.state).startup;
    g_.callbacks.changed(s.state, known && s.up && refused_ == kNoState);
    cpu.finish_all(g_);
    if (!s.left()) return;
    // Two cases are no findings. Before 6.2 the boot CPU's target is 0 until that CPU is plugged.
    // And a walk goes past a target in the STARTING section (docs/kernel.md 4.1, 6.1).
    if (s.entered() && s.target != s.after && (s.target != g_.at.offline || cpu.walked) &&
        s.after != g_.at.ap_online_idle && !cpu.is_lost())
      findings_.add(words::kTargetAtRest, s, s.target, s.after);
    if (cpu.state != kNoState && s.after != cpu.state)
      findings_.add(words::kRestsElsewhere, s, s.after, cpu.state);
    cpu.state = s.after;
  }

  WalkFindings findings_;
  Ground g_;
  OrderSteps steps_;
  OrderBrackets brackets_;
  std::vector<CpuWalks>& cpus_;
  std::vector<CpuId>& noted_;
  std::vector<CpuId>& listed_;
  bool& to_teardown_;
  StateId refused_ = kNoState;  ///< state of the last registration that failed
};

}  // namespace

std::vector<Finding> check_order(const Walks& walks, Callbacks& callbacks, OrderSoFar& so_far) {
  return OrderCheck(walks, callbacks, so_far).run();
}

}  // namespace cpuhp

#include "model/checks/walk/executors.hpp"

#include "model/checks/walk/walk_findings.hpp"

namespace cpuhp {
namespace {

constexpr Sentence kNotOnControl{"I5",
                                 "{} must run on the control CPU, but it runs as {} on CPU {}"};
constexpr Sentence kOnPlugged{"I5",
                              "{} must run on the control CPU, but it runs on the plugged CPU"};
constexpr Sentence kNotOnPlugged{"I6",
                                 "{} must run on the plugged CPU, but it runs as {} on CPU {}"};
constexpr Sentence kInCpusThread{"I6",
                                 "{} must run on the control CPU, but it runs as {} on CPU {}"};
constexpr Sentence kNotInThread{
    "I6", "{} must run in the cpuhp thread of the plugged CPU, but it runs as {} on CPU {}"};

class ExecutorCheck {
 public:
  ExecutorCheck(const Walks& walks, std::vector<CpuTasks>& tasks)
      : judged_(walks.judged),
        at_(judged_.table.anchors()),
        walks_(walks),
        cpus_(tasks),
        findings_(walks) {
    cpus_.resize(walks.stream.nr_cpus);
  }

  std::vector<Finding> run() {
    for (std::size_t i = 0; i < walks_.steps.size(); ++i)
      see(walks_.steps[i], walks_.is_earlier(i));
    return findings_.take();
  }

 private:
  /// `earlier`: an earlier part has entered the step. Each step is judged where it ends.
  void see(const Step& s, bool earlier) {
    // Fast path for most steps: an ONLINE callback that its CPU's cpuhp thread runs without an
    // error.
    if (s.role == Role::CpuhpThread && s.on == s.cpu && s.kind == StepKind::Callback &&
        s.state > at_.teardown && s.ret >= 0 && cpus_[s.cpu].has_thread && !judged_.notifier)
      return;
    if (s.role == Role::CpuhpThread && s.on < cpus_.size()) cpus_[s.on].has_thread = true;
    if (s.kind != StepKind::Callback) return bracket(s, earlier);
    if (s.open) return;
    switch (judged_.table.section(s.state)) {
      case Section::Prepare:
        return prepare(s);
      case Section::Starting:
        return starting(s);
      case Section::Online:
        return online(s);
      default:
        return;
    }
  }

  void bracket(const Step& s, bool earlier) {
    CpuTasks& seen = cpus_[s.cpu];
    if (s.kind != StepKind::Takedown && !earlier) seen.stuck = false;
    if (!earlier) seen.boots = s.kind == StepKind::Bringup;
    if (s.open) return;
    // A kworker may run cpuhp_kick_ap_work for the control CPU. A trace may lack task names, and
    // nothing else shows a kworker. So only these two roles are surely wrong.
    if (s.kind == StepKind::Kick) {
      if (s.role == Role::Stopper || s.role == Role::ApBoot) wrong(kNotOnControl, s);
      return;
    }
    if (judged_.async && s.kind == StepKind::Takedown) return online(s);
    // Up to v4.6 the CPU is active until its takedown begins. So the task that drives the takedown
    // may begin it on that very CPU, if it ends it on another one. A hang leaves it without an end.
    const bool may_begin_here = s.kind == StepKind::Takedown && !judged_.rules.active_is_a_state;
    const bool ends_here = s.left() && s.exit_on == s.cpu;
    if (may_begin_here && !ends_here && !is_thread(s.role)) return;
    prepare(s);
  }

  void prepare(const Step& s) {
    if (is_thread(s.role)) wrong(kNotOnControl, s);
    // The task that runs cpu:bringup may move to the plugged CPU before it leaves this step.
    else if (!s.registered &&
             (s.on == s.cpu || (s.exit_on == s.cpu && s.kind != StepKind::Bringup)))
      findings_.add(kOnPlugged, s);
  }

  void starting(const Step& s) {
    if (s.registered) return online(s);
    const Role wanted = s.up ? Role::ApBoot : Role::Stopper;
    const bool right = judged_.traced_only ? is_thread(s.role) : s.role == wanted;
    if (s.on != s.cpu || !right) wrong(kNotOnPlugged, s);
  }

  void online(const Step& s) {
    // The notifier design runs these callbacks on the control CPU (docs/kernel.md 2.2).
    if (judged_.notifier) {
      if (is_thread(s.role)) wrong(kInCpusThread, s);
      return;
    }
    CpuTasks& seen = cpus_[s.cpu];
    if (s.on == s.cpu && s.role == Role::CpuhpThread) {
      if (s.ret < 0 && !s.up && seen.boots) seen.stuck = true;
      return;
    }
    // Before a CPU has its thread, the task that sets a state up runs the callbacks itself.
    if (s.registered && s.on == s.cpu && !seen.has_thread && s.role != Role::Stopper) return;
    if (seen.stuck && !s.up && !is_thread(s.role)) return;
    wrong(kNotInThread, s);
  }

  void wrong(const Sentence& sentence, const Step& s) {
    findings_.add(sentence, s, std::string(to_string(s.role)), s.on);
  }

  const Judged& judged_;
  const Anchors& at_;
  const Walks& walks_;
  std::vector<CpuTasks>& cpus_;
  WalkFindings findings_;
};

}  // namespace

std::vector<Finding> check_executors(const Walks& walks, std::vector<CpuTasks>& tasks) {
  return ExecutorCheck(walks, tasks).run();
}

}  // namespace cpuhp

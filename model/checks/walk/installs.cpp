#include "model/checks/walk/installs.hpp"

#include <algorithm>
#include <utility>

#include "model/checks/outline.hpp"
#include "model/checks/walk/walk_findings.hpp"

namespace cpuhp {
namespace {

constexpr Sentence kSetUpTwice{"I32", "{} is set up twice"};
constexpr Sentence kNotUndone{"I32",
                              "{} fails on CPU {}, but the teardown callback was not called on the "
                              "CPUs where the startup had "
                              "succeeded"};
constexpr Sentence kNotCalled{
    "I32", "{} is {}, but CPU {} was not called, although it is past this state"};

class InstallCheck {
 public:
  explicit InstallCheck(const Walks& walks)
      : walks_(walks), state_(walks.stream.nr_cpus, kNoState), findings_(walks) {}

  std::vector<Finding> run() {
    if (!walks_.any_registered) return {};
    for (const Token& t : walks_.tokens) see(t);
    if (walks_.is_complete()) {
      close();
      not_undone();
    }
    return findings_.take();
  }

 private:
  /// The calls that one registration makes.
  struct Group {
    std::vector<std::uint32_t> steps;
    StateId state = kNoState;
    NameId name = 0;
    CpuId below = kNoCpu;  ///< the registration calls only CPUs with lower numbers
  };

  void see(const Token& t) {
    switch (t.kind) {
      case Token::Kind::OpBegin:
        // Other operations are under way, and the registration may be one of them.
        if (t.step > 0) return;
        [[fallthrough]];
      case Token::Kind::OpEnd:
        close();
        not_undone();
        return;
      case Token::Kind::Rest:
        close();
        if (t.cpu < state_.size()) state_[t.cpu] = t.state;
        return;
      case Token::Kind::Unseen:
      case Token::Kind::Gap:
        if (t.kind == Token::Kind::Unseen) close();
        group_ = failed_ = {};
        if (t.cpu != kNoCpu && t.cpu < state_.size())
          state_[t.cpu] = kNoState;
        else
          std::fill(state_.begin(), state_.end(), kNoState);
        return;
      case Token::Kind::Stretch: {
        const Stretch& s = walks_.outline.stretch(t.step);
        close();
        not_undone();
        state_[s.cpu] = walks_.stream.events[s.last].value;
        return;
      }
      case Token::Kind::Call:
      case Token::Kind::End:
        break;
      default:
        return;
    }
    const Step& s = walks_.steps[t.step];
    if (s.registered) {
      add(s, t.step);
    } else {
      close();
      not_undone();
    }
    if (s.left()) state_[s.cpu] = s.after;
  }

  void add(const Step& s, std::uint32_t id) {
    const bool same = !group_.steps.empty() && group_.state == s.state && group_.name == s.name;
    if (same) {
      const Step& last = walks_.steps[group_.steps.back()];
      if (s.cpu == last.cpu && !s.multi && last.ret == 0) {
        return findings_.add(kSetUpTwice, s);
      }
      if (s.cpu <= last.cpu || last.ret != 0) close();
    } else {
      close();
    }
    if (group_.steps.empty()) {
      if (failed_.state != s.state || failed_.name == s.name) not_undone();
      group_.state = s.state;
      group_.name = s.name;
      const bool rollback = failed_.state == s.state && failed_.name != s.name;
      group_.below = rollback ? failed_.below : kNoCpu;
      if (rollback) failed_ = {};
    }
    group_.steps.push_back(id);
  }

  /// When a startup fails on one CPU, the registration must call the teardown on the CPUs where the
  /// startup has succeeded. Reports a missing undo.
  void not_undone() {
    if (failed_.state == kNoState) return;
    const Group failed = std::exchange(failed_, {});
    if (failed.steps.empty()) return;
    const Step& s = walks_.steps[failed.steps.back()];
    const NameId teardown = walks_.names.at(failed.state).teardown;
    if (failed.steps.size() > 1 && teardown != 0 && teardown != s.name) find(kNotUndone, s, s.cpu);
  }

  /// Ends a registration, and reports the CPUs on which it should have called the callback.
  void close() {
    if (group_.steps.empty()) return not_undone();
    Group group = std::exchange(group_, {});
    const Step& last = walks_.steps[group.steps.back()];
    CpuId end = group.below == kNoCpu ? static_cast<CpuId>(state_.size()) : group.below;
    if (last.ret != 0) {
      end = last.cpu;
      failed_ = {.steps = group.steps, .state = group.state, .name = group.name, .below = last.cpu};
    }
    auto asked = group.steps.begin();
    for (CpuId cpu = 0; cpu < end; ++cpu) {
      while (asked != group.steps.end() && walks_.steps[*asked].cpu < cpu) ++asked;
      if (asked != group.steps.end() && walks_.steps[*asked].cpu == cpu) continue;
      if (state_[cpu] == kNoState || state_[cpu] < group.state) continue;
      find(kNotCalled, last, last.up ? "set up" : "removed", cpu);
    }
  }

  template <typename... Parts>
  void find(const Sentence& sentence, const Step& s, Parts... parts) {
    findings_.add_about(s.cpu, s.event(), sentence, s.state, findings_.step(s.state), parts...);
  }

  const Walks& walks_;
  std::vector<StateId> state_;  ///< by CPU: the state in which its last callback left it
  Group group_;
  Group failed_;  ///< the last failed registration; the next calls have to undo it
  WalkFindings findings_;
};

}  // namespace

std::vector<Finding> check_installs(const Walks& walks) { return InstallCheck(walks).run(); }

}  // namespace cpuhp

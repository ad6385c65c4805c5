#include "model/checks/walk/chain.hpp"

#include <algorithm>

#include "model/checks/walk/walk_findings.hpp"

namespace cpuhp {
namespace {

constexpr const char* kChain = "docs/kernel.md 2.1 and 2.4";
constexpr Sentence kCalledTwice{"I8", "{} is called twice in one call of the notifier chain",
                                kChain};
constexpr Sentence kOtherOrder{
    "I1", "{} is called in a different order than in earlier calls of the notifier chain", kChain};

/// The calls that a notifier chain has made so far for one CPU, in one section and direction.
struct OpenAction {
  std::size_t chain = 0;
  bool up = true;
  std::vector<std::uint32_t> steps;
};

class ChainCheck {
 public:
  ChainCheck(const Walks& walks, ChainsSoFar& so_far)
      : table_(walks.judged.table),
        walks_(walks),
        open_(walks.stream.nr_cpus),
        so_far_(so_far),
        findings_(walks) {}

  std::vector<Finding> run() {
    for (const Token& t : walks_.tokens) {
      if (t.kind == Token::Kind::OpEnd)
        for (OpenAction& a : open_) close(a);
      if (t.kind == Token::Kind::WalkBegin) close(open_[t.cpu]);
      if (t.kind == Token::Kind::Call) call(walks_.steps[t.step], t.step);
    }
    if (!walks_.ends)  // where a part ends, so do the actions of all CPUs
      for (OpenAction& a : open_) close(a);
    return findings_.take();
  }

 private:
  /// Returns the index of the chain that made this call. The undo of a failed action uses the same
  /// chain as the action and keeps its target, but has the opposite direction. So the chain follows
  /// from the target, and not from the direction.
  std::size_t chain_of(const Step& s) const {
    const bool list = s.target >= s.state;
    return static_cast<std::size_t>(table_.section(s.state)) * 2 + (list ? 1 : 0);
  }

  void call(const Step& s, std::uint32_t id) {
    OpenAction& a = open_[s.cpu];
    if (a.chain != chain_of(s) || a.up != s.up || begins_again(a, s)) {
      close(a);
      a.chain = chain_of(s);
      a.up = s.up;
    }
    if (!s.multi || a.steps.empty() || walks_.steps[a.steps.back()].state != s.state)
      a.steps.push_back(id);
  }

  /// True when the first callback of the action comes again, and a trace could not show that the
  /// calls so far were undone in between: no opposite callback exists.
  bool begins_again(const OpenAction& a, const Step& s) const {
    const auto shows_undo = [&](std::uint32_t id) {
      const StateId state = state_of(id);
      return !table_.valid(state) ||
             !(s.up ? table_.at(state).teardown : table_.at(state).startup).empty();
    };
    return walks_.judged.traced_only && !a.steps.empty() && !s.multi &&
           state_of(a.steps.front()) == s.state && std::ranges::none_of(a.steps, shows_undo);
  }

  void close(OpenAction& a) {
    if (!a.steps.empty() && !as_before(a)) compare(a);
    a.chain = 0;
    a.up = true;
    a.steps.clear();
  }

  /// True when the action makes the same calls as the latest correct action of this chain. This is
  /// the usual case, and needs no further check.
  bool as_before(const OpenAction& a) const {
    const std::vector<StateId>& right = so_far_.chains[a.chain].right;
    return std::equal(a.steps.begin(), a.steps.end(), right.begin(), right.end(),
                      [&](std::uint32_t id, StateId state) { return state_of(id) == state; });
  }

  void compare(const OpenAction& a) {
    const std::size_t states = table_.all().size();
    ChainsSoFar::Chain& chain = so_far_.chains[a.chain];
    std::vector<bool>& before = chain.before;
    if (before.empty()) before.assign(states * states, false);
    const std::size_t found = findings_.size();
    for (std::size_t i = 1; i < a.steps.size(); ++i) {
      const Step& s = walks_.steps[a.steps[i]];
      for (std::size_t k = 0; k < i; ++k) {
        const auto own = static_cast<std::size_t>(s.state);
        const auto other = static_cast<std::size_t>(state_of(a.steps[k]));
        if (own == other)
          findings_.add(kCalledTwice, s);
        else if (before[own * states + other])
          findings_.add(kOtherOrder, s);
        else
          before[other * states + own] = true;
      }
    }
    if (findings_.size() > found) return;
    chain.right.clear();
    for (const std::uint32_t id : a.steps) chain.right.push_back(state_of(id));
  }

  StateId state_of(std::uint32_t id) const { return walks_.steps[id].state; }

  const StateTable& table_;
  const Walks& walks_;
  std::vector<OpenAction> open_;  ///< the action under way, by CPU
  ChainsSoFar& so_far_;
  WalkFindings findings_;
};

}  // namespace

std::vector<Finding> check_chain(const Walks& walks, ChainsSoFar& so_far) {
  return ChainCheck(walks, so_far).run();
}

}  // namespace cpuhp

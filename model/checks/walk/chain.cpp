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

using Action = ChainsSoFar::Action;
using Call = ChainsSoFar::Call;

class ChainCheck {
 public:
  ChainCheck(const Walks& walks, ChainsSoFar& so_far)
      : table_(walks.judged.table), walks_(walks), so_far_(so_far), findings_(walks) {
    so_far_.open.resize(walks.stream.nr_cpus);
  }

  std::vector<Finding> run() {
    for (const Token& t : walks_.tokens) {
      if (t.kind == Token::Kind::OpEnd)
        for (Action& a : so_far_.open) close(a);
      if (t.kind == Token::Kind::WalkBegin) begin(t.cpu);
      if (t.kind == Token::Kind::Call) call(walks_.steps[t.step]);
    }
    const auto events = static_cast<std::uint32_t>(walks_.stream.events.size());
    for (Action& a : so_far_.open)
      for (Call& c : a.calls) c.event -= events;
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

  /// The walk holds cpu_hotplug_lock, so the walk before it is over.
  void begin(CpuId cpu) {
    if (so_far_.walks != kNoCpu) {
      close(so_far_.open[so_far_.walks]);
      so_far_.open[so_far_.walks].calls.shrink_to_fit();
    }
    close(so_far_.open[cpu]);
    so_far_.walks = cpu;
  }

  void call(const Step& s) {
    Action& a = so_far_.open[s.cpu];
    if (a.chain != chain_of(s) || a.up != s.up || begins_again(a, s)) {
      close(a);
      a.chain = chain_of(s);
      a.up = s.up;
    }
    a.cpu = s.cpu;
    if (!s.multi || a.calls.empty() || a.calls.back().state != s.state)
      a.calls.push_back({walks_.time_of(s.event()), s.event(), s.state});
  }

  /// True when the first callback of the action comes again, and a trace could not show that the
  /// calls so far were undone in between: no opposite callback exists.
  bool begins_again(const Action& a, const Step& s) const {
    const auto shows_undo = [&](const Call& c) {
      return !table_.valid(c.state) ||
             !(s.up ? table_.at(c.state).teardown : table_.at(c.state).startup).empty();
    };
    return walks_.judged.traced_only && !a.calls.empty() && !s.multi &&
           a.calls.front().state == s.state && std::ranges::none_of(a.calls, shows_undo);
  }

  void close(Action& a) {
    if (!a.calls.empty() && !as_before(a)) compare(a);
    a.chain = 0;
    a.up = true;
    a.calls.clear();
  }

  /// True when the action makes the same calls as the latest correct action of this chain. This is
  /// the usual case, and needs no further check.
  bool as_before(const Action& a) const {
    const std::vector<StateId>& right = so_far_.chains[a.chain].right;
    return std::ranges::equal(a.calls, right, {}, &Call::state);
  }

  void compare(const Action& a) {
    const std::size_t states = table_.all().size();
    ChainsSoFar::Chain& chain = so_far_.chains[a.chain];
    std::vector<bool>& before = chain.before;
    if (before.empty()) before.assign(states * states, false);
    const std::size_t found = findings_.size();
    for (std::size_t i = 1; i < a.calls.size(); ++i) {
      const Call& c = a.calls[i];
      const auto find = [&](const Sentence& sentence) {
        findings_.add_past(sentence, a.cpu, c.event, c.time, c.state);
      };
      for (std::size_t k = 0; k < i; ++k) {
        const auto own = static_cast<std::size_t>(c.state);
        const auto other = static_cast<std::size_t>(a.calls[k].state);
        if (own == other)
          find(kCalledTwice);
        else if (before[own * states + other])
          find(kOtherOrder);
        else
          before[other * states + own] = true;
      }
    }
    if (findings_.size() > found) return;
    chain.right.clear();
    for (const Call& c : a.calls) chain.right.push_back(c.state);
  }

  const StateTable& table_;
  const Walks& walks_;
  ChainsSoFar& so_far_;
  WalkFindings findings_;
};

}  // namespace

std::vector<Finding> check_chain(const Walks& walks, ChainsSoFar& so_far) {
  return ChainCheck(walks, so_far).run();
}

}  // namespace cpuhp

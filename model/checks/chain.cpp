#include "model/checks/chain.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace cpuhp {
namespace {

constexpr const char* kChain = "facts.md 1.1 and 1.4";

/// Calls of one section in one direction, one after the other, for one CPU: an action.
struct Action {
  Section section = Section::None;
  bool up = true;
  bool failed = false;
  std::vector<std::uint32_t> steps;
};

class Check {
 public:
  Check(const EventStream& stream, const Judged& judged, const Walks& walks)
      : stream_(stream), judged_(judged), walks_(walks), open_(stream.nr_cpus) {
    for (auto& order : place_) order.assign(judged.table.all().size(), -1);
  }

  std::vector<Finding> run() {
    for (const Token& t : walks_.tokens) {
      if (t.kind == Token::Kind::OpEnd)
        for (Action& a : open_) close(a);
      if (t.kind == Token::Kind::Injected && t.cpu < open_.size()) open_[t.cpu].failed = true;
      if (t.kind == Token::Kind::Call) call(walks_.steps[t.step], t.step);
    }
    return std::move(findings_);
  }

 private:
  /// Three sections, two directions.
  static std::size_t chain_of(Section section, bool up) {
    return static_cast<std::size_t>(section) * 2 + (up ? 1 : 0);
  }

  void call(const Step& s, std::uint32_t id) {
    const Section section = judged_.table.section(s.state);
    Action& a = open_[s.cpu];
    if (a.section != section || a.up != s.up) {
      close(a);
      a.section = section;
      a.up = s.up;
    }
    a.steps.push_back(id);
    a.failed = a.failed || s.ret != 0;
  }

  void close(Action& a) {
    std::vector<int>& place = place_[chain_of(a.section, a.up)];
    int last = -1;
    for (const std::uint32_t id : a.steps) {
      const Step& s = walks_.steps[id];
      int& own = place[static_cast<std::size_t>(s.state)];
      if (own < 0) own = next_++;
      if (own == last && !s.multi)
        find("I8", s, "is called twice by one action");
      else if (own < last)
        find("I1", s, "is called in another order than before");
      last = std::max(last, own);
    }
    a = {};
  }

  void find(const char* invariant, const Step& s, const std::string& what) {
    findings_.push_back({invariant, kChain, s.cpu, stream_.events[s.event()].time,
                         step_text(judged_.table, s.state) + " of CPU " + std::to_string(s.cpu) +
                             ' ' + what,
                         place_of(judged_.table, s.state), s.event()});
  }

  const EventStream& stream_;
  const Judged& judged_;
  const Walks& walks_;
  std::vector<Action> open_;                 ///< by CPU
  std::array<std::vector<int>, 10> place_;  ///< by chain, by state: its place in the order
  int next_ = 0;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> check_chain(const EventStream& stream, const Judged& judged,
                                 const Walks& walks) {
  return Check(stream, judged, walks).run();
}

}  // namespace cpuhp

// The findings of the checks of walks, and how they are put into words: a finding is a sentence
// with gaps, which are filled with what the check has seen.
//
// Internal to model/checks/.
#pragma once

#include <cassert>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/checks/finding.hpp"
#include "model/checks/walk/walks.hpp"

namespace cpuhp {

/// What a check says about every finding of one sort.
struct Sentence {
  const char* invariant;
  const char* text;              ///< each "{}" is a gap
  const char* source = nullptr;  ///< nullptr: the invariant is in the list of docs/kernel.md
};

class WalkFindings {
 public:
  explicit WalkFindings(const Walks& walks) : walks_(walks), table_(walks.judged.table) {}

  /// Adds a finding about a step. The step fills the first gap of the sentence.
  template <typename... Parts>
  [[gnu::cold]] void add(const Sentence& sentence, const Step& step, const Parts&... parts) {
    add_at(step.event(), sentence, step, parts...);
  }
  /// Adds a finding about a step that `event` has shown.
  template <typename... Parts>
  [[gnu::cold]] void add_at(std::size_t event, const Sentence& sentence, const Step& step,
                            const Parts&... parts) {
    add(sentence, step.cpu, event, time_of(event), step.state,
        {of_cpu(step.state, step.cpu), text(parts)...});
  }
  /// Adds a finding about the call of a callback, which may have come in an earlier part.
  [[gnu::cold]] void add_past(const Sentence& sentence, CpuId cpu, std::size_t event, Ns time,
                              StateId state) {
    add(sentence, cpu, event, time, state, {of_cpu(state, cpu)});
  }
  /// Adds a finding about a CPU that is at the state `place`.
  template <typename... Parts>
  [[gnu::cold]] void add_about(CpuId cpu, std::size_t event, const Sentence& sentence,
                               StateId place, const Parts&... parts) {
    add(sentence, cpu, event, time_of(event), place, {text(parts)...});
  }

  /// Returns the text for a state, such as "step 43 (hrtimers:prepare)".
  std::string step(StateId state) const { return step_text(table_, state); }
  std::size_t size() const { return found_.size(); }
  std::vector<Finding> take() { return std::move(found_); }

 private:
  static std::string text(std::string part) { return part; }
  static std::string text(const char* part) { return part; }
  static std::string text(bool up) { return up ? "up" : "down"; }
  template <typename Number>
  static std::string text(Number number) {
    return std::to_string(number);
  }

  Ns time_of(std::size_t event) const { return walks_.time_of(static_cast<std::uint32_t>(event)); }
  std::string of_cpu(StateId state, CpuId cpu) const {
    return step(state) + " of CPU " + std::to_string(cpu);
  }

  void add(const Sentence& sentence, CpuId cpu, std::size_t event, Ns time, StateId place,
           std::initializer_list<std::string> parts) {
    std::string words;
    std::string_view rest = sentence.text;
    for (const std::string& part : parts) {
      const std::size_t gap = rest.find("{}");
      assert(gap != rest.npos);
      words.append(rest.substr(0, gap)).append(part);
      rest.remove_prefix(gap + 2);
    }
    found_.push_back(
        {sentence.invariant,
         sentence.source != nullptr ? sentence.source
                                    : std::string("docs/kernel.md 7, ") + sentence.invariant,
         cpu, time, words.append(rest), place_of(table_, place), event, FindingKind::Walk});
  }

  const Walks& walks_;
  const StateTable& table_;
  std::vector<Finding> found_;
};

}  // namespace cpuhp

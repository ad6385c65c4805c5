// A finding: an invariant that the events of a run or trace break.
//
// A check fills in the first seven fields, and some of the next where it knows more than the event
// says. explain() (model/checks/explain.hpp) fills in the rest.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/cpumask.hpp"
#include "model/ns.hpp"
#include "model/state_table.hpp"

namespace cpuhp {

/// An invariant in words. Each check has one Law for each of its invariants.
struct Law {
  std::string_view invariants;  ///< such as "I11, I12"
  std::string_view text;        ///< what has to be true
};

/// The subject of a finding. explain() decides by it which later findings are consequences.
enum class FindingKind : std::uint8_t {
  Thing,  ///< a mask, a thread, a counter, ...
  /// A CPU's walk through its states. Once a CPU has left the right order, its later steps are
  /// wrong, too.
  Walk,
  Resource,  ///< something that is taken and given back; `place` names it
  End,       ///< a hang or a panic, which ends the run
  /// A CPU that runs although the control CPU has given it up. Its walk may overlap with another
  /// CPU's walk.
  Stray,
};

/// Why a finding counts as a consequence of an earlier one, its cause.
enum class Follows : std::uint8_t {
  Nothing,  ///< the finding has no cause
  /// The finding has the same invariant and place as its cause, on another CPU or at another time.
  Again,
  /// The finding is about the same CPU in the same operation as its cause, which came earlier.
  Walk,
  /// The finding is about the same resource of the same CPU as its cause, at any later time.
  Resource,
  /// The finding is a hang or panic. Its cause is about the same CPU in the same operation, or is
  /// a hang or panic, too.
  End,
  /// A stray CPU (FindingKind::Stray) may have caused the finding. The cause reports the stray CPU,
  /// or explains why it is stray.
  Stray,
};
constexpr std::string_view to_string(Follows why) {
  constexpr std::string_view kWords[]{"", "again", "walk", "resource", "end", "stray"};
  return kWords[static_cast<std::size_t>(why)];
}

/// The text of an event shortly before or after that of a finding.
struct Nearby {
  Ns time{};
  std::string text;
  bool here = false;  ///< this is the finding's own event
};

struct Finding {
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  std::string invariant;  ///< "I25", or a name that is not from docs/kernel.md
  std::string source;     ///< what states the invariant: a section of docs/kernel.md, or a commit
  CpuId cpu = kNoCpu;     ///< CPU that the finding is about; kNoCpu: the whole machine
  Ns time{};
  std::string text;  ///< the finding in one sentence
  /// Name of the state, lock or mask that the finding is about, without CPU and time. Findings with
  /// the same invariant and place count as the same finding.
  std::string place = {};
  /// Index in the stream of the event that broke the invariant. kNone: no event did, or the end of
  /// the run showed it.
  std::size_t event = kNone;
  FindingKind kind = FindingKind::Thing;

  // Where a check leaves the following fields empty, explain() takes them from the event.
  /// Number of the state in this run's table; -1: the finding is not about a state.
  StateId state = -1;
  std::string state_name = {};    ///< empty: the state has no name
  std::string callback = {};      ///< symbol of the callback
  std::optional<int> instance{};  ///< instance of a multi-instance state
  std::string wanted = {};        ///< the rule that was broken; empty: that of the invariant
  Ns since{};  ///< for Stray: when the bring-up began that lost control of the CPU
  /// Index of the operation during which the invariant broke; kNone: no operation was under way.
  std::size_t operation = kNone;

  // explain() fills these in.
  /// Equal for all findings of one operation or, in a trace, of one CPU's way through the states.
  std::size_t walk = kNone;
  /// The finding's event, the last two events before it about its CPU, and the first two after it.
  std::vector<Nearby> around = {};
  std::size_t cause = kNone;  ///< index of the cause in the same list of findings
  Follows follows = Follows::Nothing;

  // A caller that knows the run's configuration fills these in.
  std::string operation_text = {};       ///< such as "down cpu3"
  std::vector<std::string> faults = {};  ///< faults that struck in the run, in words

  bool is_cause() const { return cause == kNone; }
};

}  // namespace cpuhp

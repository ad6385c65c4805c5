// A broken invariant that a check found in the event stream alone.
//
// A check fills in the first seven fields. It fills in some of those after them, too, where it
// knows more than the event says. explain() (model/checks/explain.hpp) fills in the rest for all
// checks.
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

/// An invariant in words. Each check has a row for each of its invariants.
struct Law {
  std::string_view invariants;  ///< "I11, I12"
  std::string_view text;        ///< the state of affairs that should hold
};

/// The kind of thing that a finding is about. It decides which later findings may follow from it.
enum class FindingKind : std::uint8_t {
  Thing,  ///< a mask, a thread, a counter, ...
  /// A CPU's walk through its states: once the CPU has left its path, all its later steps are
  /// wrong, too.
  Walk,
  Resource,  ///< a thing that is taken and given back; `place` names it
  End,       ///< a hang or a panic, which ends the run
  /// A CPU that no task controls any more: later findings may follow from that.
  Stray,
};

/// The reason for which a finding is reported as following from another one.
enum class Follows : std::uint8_t {
  Nothing,  ///< the finding is a cause of its own
  /// The finding has the same invariant and place as its cause, on another CPU or at another time.
  Again,
  /// The finding is about the same CPU in the same operation as its cause, and later.
  Walk,
  /// The finding is about the same resource of the same CPU as its cause, at any later time.
  Resource,
  /// The finding is the end of the run, in the operation and on the CPU of its cause.
  End,
  /// The cause let a CPU go astray, in the same operation or an earlier one.
  Stray,
};
constexpr std::string_view to_string(Follows why) {
  constexpr std::string_view kWords[]{"", "again", "walk", "resource", "end", "stray"};
  return kWords[static_cast<std::size_t>(why)];
}

/// An event near that of a finding, in words.
struct Nearby {
  Ns time{};
  std::string text;
  bool here = false;  ///< the event is that of the finding itself
};

struct Finding {
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  std::string invariant;  ///< "I25", or a name that is not from docs/kernel.md
  std::string source;     ///< where the invariant is from: docs/kernel.md and section, or a commit
  CpuId cpu = kNoCpu;     ///< CPU that the finding is about; kNoCpu: the machine
  Ns time{};
  std::string text;  ///< one sentence
  /// The thing that the finding is about, without the CPU and the date: name of a state, a lock, a
  /// mask. Findings with the same invariant and place count as the same finding.
  std::string place = {};
  /// Index in the stream of the event that broke the invariant; kNone: the end of the run, or no
  /// event did.
  std::size_t event = kNone;
  FindingKind kind = FindingKind::Thing;

  // The check fills these in; otherwise explain() takes them from the event.
  /// number of the state in this run's table; -1: the finding is about no state
  StateId state = -1;
  std::string state_name = {};    ///< name of the state; empty: it has none
  std::string callback = {};      ///< symbol of the callback
  std::optional<int> instance{};  ///< instance of a multi-instance state
  std::string wanted = {};  ///< the rule that was broken; empty: the invariant in words is the rule
  Ns since{};               ///< Stray: date at which the bring-up began that went astray
  /// number of the finding's operation in the run; kNone: in no operation
  std::size_t operation = kNone;

  // explain() fills these in.
  /// equal for findings of the same operation or, in a trace, of the same walk
  std::size_t walk = kNone;
  /// the finding's event, and on either side two that concern its CPU
  std::vector<Nearby> around = {};
  std::size_t cause = kNone;  ///< index in the same list of the finding from which this one follows
  Follows follows = Follows::Nothing;

  // A caller that knows the run's configuration fills these in.
  std::string operation_text = {};       ///< "down cpu3"
  std::vector<std::string> faults = {};  ///< faults that struck in the run, in words

  bool is_cause() const { return cause == kNone; }
};

}  // namespace cpuhp

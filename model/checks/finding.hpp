// A broken invariant that a check found in the event stream alone.
//
// A check fills in the first seven fields, and more of the next ones where it knows them better
// than the event does. explain() (model/checks/explain.hpp) fills in the rest, for all checks
// alike.
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

/// An invariant in words: one row for each, beside the check that holds it.
struct Law {
  std::string_view invariants;  ///< "I11, I12"
  std::string_view text;        ///< the state of affairs that should hold
};

/// The subject of a finding decides which later findings may follow from it.
enum class FindingKind : std::uint8_t {
  Thing,     ///< a mask, a thread, a counter, ...
  Walk,      ///< a CPU's way through its states: once off it, everything after is wrong as well
  Resource,  ///< a thing that is taken and given back; `place` says which
  End,       ///< a hang or a panic, which ends the run
  Stray,     ///< a CPU that nobody controls any more: all that is said of it later may follow
};

/// The reason for which a finding is told under another one.
enum class Follows : std::uint8_t {
  Nothing,   ///< the finding is a cause of its own
  Again,     ///< the same invariant and place as the cause: another CPU, or another time
  Walk,      ///< the same CPU in the same operation, after the cause
  Resource,  ///< the same resource of the same CPU, whenever
  End,       ///< the run's end, in the operation and on the CPU of the cause
  Stray,     ///< the cause has let a CPU go astray, in the same operation or before
};
constexpr std::string_view to_string(Follows why) {
  constexpr std::string_view kWords[]{"", "again", "walk", "resource", "end", "stray"};
  return kWords[static_cast<std::size_t>(why)];
}

/// An event near a finding's, in words.
struct Nearby {
  Ns time{};
  std::string text;
  bool here = false;  ///< the event is the finding's own
};

struct Finding {
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  std::string invariant;  ///< "I25", or a name of ours
  std::string source;     ///< source of the invariant: docs/kernel.md and section, commit
  CpuId cpu = kNoCpu;     ///< CPU that it is about; kNoCpu: the machine
  Ns time{};
  std::string text;  ///< one sentence
  /// Subject, whatever the CPU and the date: a state's name, a lock, a mask. Findings of the same
  /// invariant and place are the same.
  std::string place = {};
  /// Index in the stream of the event that broke it; kNone: none, or the end of the run.
  std::size_t event = kNone;
  FindingKind kind = FindingKind::Thing;

  // The check fills these in, or they are read off the event.
  StateId state = -1;             ///< number in this run's table; -1: about no state
  std::string state_name = {};    ///< empty: the state has none
  std::string callback = {};      ///< symbol of the callback
  std::optional<int> instance{};  ///< instance of a multi-instance state
  std::string wanted = {};        ///< the rule that was broken; empty: the invariant in words
  Ns since{};                     ///< Stray: begin of the bring-up that went astray
  std::size_t operation = kNone;  ///< number of the operation among the run's; kNone: in none

  // explain() fills these in.
  std::size_t walk = kNone;         ///< equal for findings of one operation, or one walk of a trace
  std::vector<Nearby> around = {};  ///< its event and two on either side that concern its CPU
  std::size_t cause = kNone;        ///< the finding of the same list that it follows from
  Follows follows = Follows::Nothing;

  // A caller that knows the run's configuration fills these in.
  std::string operation_text = {};       ///< "down cpu3"
  std::vector<std::string> faults = {};  ///< faults that struck, in words

  bool is_cause() const { return cause == kNone; }
};

}  // namespace cpuhp

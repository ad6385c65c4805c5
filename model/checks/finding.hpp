// What a check found: a broken invariant, seen in the event stream alone.
//
//   findings_.push_back({"I8", kTwice, cpu, e.time, "step 43 of CPU 1 runs twice", "hrtimers", i});
//
// A check says the first seven fields, and more of the next ones where it knows them better than
// the event does. explain() (model/checks/explain.hpp) says the rest, for all checks alike.
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

/// The subject of a finding decides which later findings may follow from it.
enum class FindingKind : std::uint8_t {
  Thing,     ///< a mask, a thread, a counter, ...
  Walk,      ///< a CPU's way through its states: off it, everything after is wrong as well
  Resource,  ///< what is taken and given back; `place` says which
  End,       ///< a hang or a panic, which ends the run
  Stray,     ///< a CPU that nobody controls any more: all that is said of it later may follow
};

/// Why a finding is told under another one.
enum class Follows : std::uint8_t {
  Nothing,   ///< it is a cause of its own
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

/// An event beside a finding's, in words.
struct Nearby {
  Ns time{};
  std::string text;
  bool here = false;  ///< it is the finding's own
};

struct Finding {
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  std::string invariant;  ///< "I25", or a name of ours
  std::string source;     ///< where the invariant stands: docs/kernel.md and section, commit
  CpuId cpu = kNoCpu;     ///< the CPU that it is about; kNoCpu: the machine
  Ns time{};
  std::string text;  ///< one sentence
  /// What it is about, whatever the CPU and the date: a state's name, a lock, a mask. With the
  /// invariant it says which findings are the same.
  std::string place = {};
  /// Index of the event in the stream that broke it; kNone: none, or the end of the run.
  std::size_t event = kNone;
  FindingKind kind = FindingKind::Thing;

  // The check fills these in, or they are read off the event.
  StateId state = -1;             ///< of this run's table; -1: about no state
  std::string state_name = {};    ///< empty: it has none
  std::string callback = {};      ///< its symbol
  std::optional<int> instance{};  ///< of a multi-instance state
  std::string wanted = {};        ///< what should have been; empty: the invariant in words
  Ns since{};                     ///< Stray: the begin of the bring-up that went astray
  std::size_t operation = kNone;  ///< its place among the run's operations; kNone: in none

  // explain() fills these in.
  std::size_t walk = kNone;         ///< equal for findings of one operation, or one walk of a trace
  std::vector<Nearby> around = {};  ///< its event and two on either side that have to do with it
  std::size_t cause = kNone;        ///< the finding of the same list that it follows from
  Follows follows = Follows::Nothing;

  // Whoever knows the run's configuration fills these in.
  std::string operation_text = {};       ///< "down cpu3"
  std::vector<std::string> faults = {};  ///< that struck, in words

  bool is_cause() const { return cause == kNone; }
};

}  // namespace cpuhp

// Two runs of one machine, compared by all that a user can see of them; and runs that must not
// compare equal.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "sim/run/run.hpp"
#include "tests/event_text.hpp"
#include "tests/sim/random_machine.hpp"

namespace cpuhp::test {

/// The number of random machines to compare: `CPUHP_MACHINES`, or else `usual`.
inline std::uint64_t machines_wanted(std::uint64_t usual) {
  const char* const wanted = std::getenv("CPUHP_MACHINES");
  return wanted == nullptr ? usual : std::stoull(wanted);
}

inline std::string ledger_text(const Ledger& l) {
  return std::to_string(l.useful.v) + " " + std::to_string(l.spinning.v) + " " +
         std::to_string(l.sleeping.v) + " " + std::to_string(l.idle.v) + " " +
         std::to_string(l.stopped.v);
}

/// All that a user can see of a run besides its events.
inline std::string outcome(const RunResult& r) {
  std::string text = "digest " + r.digest + " end " + std::to_string(r.end.v) + " boot " +
                     std::to_string(r.boot.v) + " background left " +
                     std::to_string(r.background_left.value_or(kNever).v);
  for (const OpResult& op : r.operations)
    text += "\nop " + std::to_string(op.ret) + " " + std::to_string(op.begin.v) + ".." +
            std::to_string(op.end.v);
  for (const Ledger& l : r.ledgers) text += "\nledger " + ledger_text(l);
  text += "\ncontrol CPU " + ledger_text(r.control_cpu);
  for (const CpuSpan& span : r.control_cpu_time)
    text += " " + std::to_string(static_cast<int>(span.what)) + " until " +
            std::to_string(span.until.v);
  for (const HungTask& h : r.hung)
    text += "\nhung cpu" + std::to_string(h.on) + " " + std::string(to_string(h.role)) + " since " +
            std::to_string(h.since.v);
  if (r.panic) text += "\npanic " + *r.panic;
  return text;
}

/// The first lines in which two runs differ.
inline std::string first_difference(const std::string& a_name, const RunResult& a,
                                    const std::string& b_name, const RunResult& b) {
  const auto both = [&](const std::string& left, const std::string& right) {
    return "\n  " + a_name + ": " + left + "\n  " + b_name + ": " + right;
  };
  const auto& as = a.stream.events;
  const auto& bs = b.stream.events;
  for (std::size_t i = 0; i < std::max(as.size(), bs.size()); ++i) {
    const std::string left = i < as.size() ? event_text(a.stream, as[i]) : "(end)";
    const std::string right = i < bs.size() ? event_text(b.stream, bs[i]) : "(end)";
    if (left != right) return both(left, right);
  }
  std::istringstream of_a(outcome(a)), of_b(outcome(b));
  std::string left, right;
  while (std::getline(of_a, left) && std::getline(of_b, right))
    if (left != right) return both(left, right);
  return both("(end)", right);
}

struct Mutant {
  Settle dropped;
  const char* name;
};
// Two kinds of docs/internals.md "The engine" are not here. A reader of sysfs (a write) has no
// settle of its own: each operation ends, with a settle(), after everything that it caused. And
// whoever is preempted by a stopper has no work under way in this model, because the victim's
// threads are parked: the engine's own test drops that one (engine_test.cpp). Timed faults are
// counted ones: they strike the n-th time that anybody comes to a place.
inline constexpr std::array kMutants{
    Mutant{Settle::Lock, "lock"},           Mutant{Settle::Completion, "completion"},
    Mutant{Settle::Interrupt, "interrupt"}, Mutant{Settle::Stop, "stop"},
    Mutant{Settle::Fault, "fault"},         Mutant{Settle::PerOnline, "per_online"},
};
static_assert(kMutants.size() == kSettles - 2,
              "every kind but Other and Preemption has its mutant");

/// APs that run their ONLINE sections at once, and a fault that strikes the second of them.
inline MachineConfig counted_fault(MachineConfig c) {
  c.design = Design::Async;
  c.faults = {{.kind = FaultKind::Delay,
               .state = static_cast<StateId>(c.table.max() - 1),
               .nth = 2,
               .delay = 1_us}};
  return c;
}

/// A random machine on which the mutant could show.
inline MachineConfig machine_for(const Mutant& mutant, std::uint64_t seed) {
  const MachineConfig c = random_machine(seed);
  return mutant.dropped == Settle::Fault ? counted_fault(c) : c;
}

}  // namespace cpuhp::test

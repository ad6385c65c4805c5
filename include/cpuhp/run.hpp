// The result of a run: its events, its operations, and the findings of its checks.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cpuhp::api {

/// One event of a run. docs/reference/trace-formats.md lists the kinds.
struct Event {
  std::int64_t time_ns = 0;      ///< since power-on
  std::string kind;              ///< "enter", "exit", "take", ...
  std::optional<unsigned> cpu;   ///< CPU that the event is about; no value: the whole machine
  std::optional<unsigned> on;    ///< CPU that executes it
  std::string role;              ///< task that executes it: "control", "cpuhp", ...
  std::string name;              ///< callback, lock, mask or resource; may be empty
  std::optional<int> state;      ///< number of the hotplug state
  int ret = 0;                   ///< of an "exit": 0 or -errno
  unsigned instance = 0;         ///< of a multi-instance state, from 1
};

/// An invariant that the run breaks.
struct Finding {
  std::string invariant;        ///< "I25", or the name of an Invariant of the caller
  std::string text;             ///< the finding in one sentence
  std::optional<unsigned> cpu;  ///< no value: it is about the whole machine
  std::int64_t time_ns = 0;
  std::string place;   ///< state, lock, mask or resource, without CPU and time
  bool cause = true;   ///< false: it follows from an earlier finding of the same list
};

struct Operation {
  std::string kind;             ///< "boot", "down", ...
  std::optional<unsigned> cpu;  ///< that it is about
  std::optional<int> ret;       ///< 0 or -errno; no value: it never returned
  std::int64_t begin_ns = 0, end_ns = 0;
};

struct Run {
  std::string design;
  std::uint64_t seed = 0;
  unsigned cpus = 0, online = 0;  ///< CPUs that are present; that are online at the end
  std::int64_t bringup_ns = 0;    ///< first boot, from the first prepare step to the last CPU; 0: none
  std::int64_t end_ns = 0;
  std::vector<Operation> operations;
  std::vector<Event> events;  ///< by time, then by CPU
  std::vector<Finding> findings;
  bool hung = false;
  std::optional<std::string> panic;  ///< text of the panic
  /// 16 hex digits: equal for equal events, on every machine. That of `cpuhp-sim run` of the same
  /// scenario.
  std::string digest;

  bool ok() const { return findings.empty() && !hung && !panic; }
};

/// One breach of an invariant of the caller.
struct Breach {
  std::string text;  ///< one sentence
  std::optional<unsigned> cpu = {};
  std::int64_t time_ns = 0;
};

/// A rule of the caller. Run::findings are those of the checks so far.
struct Invariant {
  std::string name;  ///< names its findings
  std::function<std::vector<Breach>(const Run&)> check;
};

}  // namespace cpuhp::api

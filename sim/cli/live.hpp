// What `mount` and `shell` share: a scenario's machine that goes on living, and what is made of its
// session at the end.
//
//   const LiveRun run(arguments, "shell");               // reads and checks all; BadInput
//   return run.drive(door, options);                     // exit code
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/cli/command.hpp"
#include "sim/live/recorder.hpp"
#include "sim/live/session.hpp"
#include "sim/scenario/scenario.hpp"

namespace cpuhp::cli {

struct LiveArguments {
  std::string scenario;
  Variation variation;
  std::vector<std::string> traces;
  std::string report;
  std::string record;
};

/// The options of these fields.
void add_live_options(CLI::App& app, LiveArguments& o);

class LiveRun {
 public:
  /// Throws BadInput: nothing has happened yet.
  explicit LiveRun(const LiveArguments& o);
  const Scenario& scenario() const { return scenario_; }
  bool records() const { return !o_.record.empty(); }

  /// Runs the machine until nobody asks for anything more, writes the files, says what the checks
  /// found.
  int drive(Door& door, std::optional<double> pace) const;

 private:
  int finish(Session& session, RunResult result, const Recorder& recorder) const;

  const LiveArguments& o_;
  Scenario scenario_;
};

}  // namespace cpuhp::cli

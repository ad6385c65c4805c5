// Shared by `mount` and `shell`: runs a scenario's machine that stays alive, and writes the files
// about the session at the end.
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

/// Adds the options that set the fields of LiveArguments.
void add_live_options(CLI::App& app, LiveArguments& o);

class LiveRun {
 public:
  /// Reads and checks all input. Throws BadInput before anything has happened.
  explicit LiveRun(const LiveArguments& o);
  const Scenario& scenario() const { return scenario_; }
  bool records() const { return !o_.record.empty(); }

  /// Runs the machine until there are no more requests, writes the files and prints the findings of
  /// the checks. Returns the exit code.
  int drive(Door& door, std::optional<double> pace) const;

 private:
  int finish(Session& session, RunResult result, const Recorder& recorder) const;

  const LiveArguments& o_;
  Scenario scenario_;
};

}  // namespace cpuhp::cli

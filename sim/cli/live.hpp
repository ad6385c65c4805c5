// Code for `mount` and `shell`: runs a scenario's machine as a live one, and writes files about the
// session at its end.
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

/// Adds the options for the fields of LiveArguments.
void add_live_options(CLI::App& app, LiveArguments& o);

class LiveRun {
 public:
  /// Reads and checks all input before anything is started. Throws BadInput.
  explicit LiveRun(const LiveArguments& o);
  const Scenario& scenario() const { return scenario_; }
  bool records() const { return !o_.record.empty(); }

  /// Runs the machine until no more requests come. Then writes the files, and prints the findings
  /// of the checks. Returns the exit code.
  int drive(Door& door, std::optional<double> pace) const;

 private:
  int finish(Session& session, RunResult result, const Recorder& recorder) const;

  const LiveArguments& o_;
  Scenario scenario_;
};

}  // namespace cpuhp::cli

// Writes a session in the format of recordings of real machines (docs/reference/recording.md), so
// that `conform` can replay it and make a scenario of it.
#pragma once

#include <string>
#include <vector>

#include "sim/live/session.hpp"
#include "sim/scenario/scenario.hpp"

namespace cpuhp {

/// Returns a written value for a line of a recording. The value ends at its first newline, and a
/// question mark replaces each byte that is not allowed in a line. Files refuse such values anyway.
std::string value_in_line(std::string text);

class Recorder final : public SessionObserver {
 public:
  explicit Recorder(const Scenario& scenario) : scenario_(scenario) {}
  void began(Machine& machine) override;
  void answered(Machine& machine, const Operation& op, const OpResult& result) override;
  /// Returns the recording. `stream` must have all events of the run.
  std::string text(const EventStream& stream) const;

 private:
  struct Written {
    std::string path, text;
    OpResult result;
    std::string read_back;  ///< text of a #S or #V line
  };
  std::string write_line(const Written& w) const;

  const Scenario& scenario_;
  std::string machine_;
  std::string states_;
  std::vector<Written> writes_;
  bool over_ = false;  ///< the machine hangs or is dead; a real guest would be restarted
};

}  // namespace cpuhp

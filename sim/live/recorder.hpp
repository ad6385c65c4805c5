// Writes a session in the format of recordings of real machines (docs/reference/recording.md), so
// that `conform` can replay it and turn it into a scenario.
#pragma once

#include <string>
#include <vector>

#include "sim/live/session.hpp"
#include "sim/scenario/scenario.hpp"

namespace cpuhp {

/// Returns the written value as a line of a recording can hold it. A newline ends the value, and
/// other bytes that no line can hold become question marks: files refuse both kinds of values.
std::string value_in_line(std::string text);

class Recorder final : public SessionObserver {
 public:
  explicit Recorder(const Scenario& scenario) : scenario_(scenario) {}
  void began(Machine& machine) override;
  void answered(Machine& machine, const Operation& op, const OpResult& result) override;
  /// Returns the recording. `stream`: all events of the run.
  std::string text(const EventStream& stream) const;

 private:
  struct Written {
    std::string path, text;
    OpResult result;
    std::string read_back;  ///< text after #S or #V
  };
  std::string write_line(const Written& w) const;

  const Scenario& scenario_;
  std::string machine_;
  std::string states_;
  std::vector<Written> writes_;
  bool over_ = false;  ///< the machine hangs or is dead: a real guest would be restarted
};

}  // namespace cpuhp

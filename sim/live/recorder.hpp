// Writes down a session as a recording of a real machine (docs/reference/recording.md): `conform`
// replays it, and makes a scenario of it.
//
//   Recorder recorder(scenario);
//   Session session(door, scenario.config, {.keep_all = true, .observer = &recorder});
//   ... run ...
//   write_file_atomically("rec.txt", recorder.text(result.stream));
//
//   #OP write-1 cpu=3
//   #W path=cpu3/online value=0 ret=2 errno=0 name=OK at=write
//   #S cpu=3 online=0 state=0 target=0 fail=-1 online_mask=0-2 offline_mask=3
//   #T begin
//               sh-152     [000] .....     0.006321: cpuhp_enter: cpu: 0003 target:   0 step: 236
//               ...
//   #T end lines=71
//   #END
#pragma once

#include <string>
#include <vector>

#include "sim/live/session.hpp"
#include "sim/scenario/scenario.hpp"

namespace cpuhp {

/// What was written, as a line can hold it. A newline ends the value, and what no line can hold is
/// a question mark: no file takes either, so that the answer is the same.
std::string value_in_line(std::string text);

class Recorder final : public SessionObserver {
 public:
  explicit Recorder(const Scenario& scenario) : scenario_(scenario) {}
  void began(Machine& machine) override;
  void answered(Machine& machine, const Operation& op, const OpResult& result) override;
  /// `stream`: all events of the run.
  std::string text(const EventStream& stream) const;

 private:
  struct Written {
    std::string path, text;
    OpResult result;
    std::string read_back;  ///< what follows #S, or #V
  };
  std::string write_line(const Written& w) const;

  const Scenario& scenario_;
  std::string machine_;
  std::string states_;
  std::vector<Written> writes_;
  bool over_ = false;  ///< the machine hangs or is dead: another life would have to begin
};

}  // namespace cpuhp

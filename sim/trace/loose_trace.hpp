// Reads a trace that may be damaged: ftrace text, plain or in a recording. Unreadable parts are
// noted and skipped, so that the checks can judge the remaining events.
//
//   const LooseTrace t = read_loose_trace("trace.txt.gz");
//   t.trace.stream;    // every event that could be read, in the file's order
//   t.notes.size();    // unreadable cpuhp lines, lost events
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/checks/judged.hpp"
#include "sim/trace/ftrace_reader.hpp"
#include "sim/trace/recording.hpp"

namespace cpuhp {

struct TraceNote {
  enum class Kind : std::uint8_t {
    Unreadable,  ///< a line names a cpuhp event, and cannot be read
    Lost,        ///< the kernel reported lost events
    Cut,         ///< a block of a recording has not as many lines as it says
  };
  Kind kind = Kind::Unreadable;
  std::uint32_t line = 0;
  std::size_t before = 0;  ///< index of the next event
  std::string text;
};

/// In a mark, this stands for the state `online`, whose number only a state table has.
inline constexpr StateId kOnline = -2;

struct LooseTrace {
  Ftrace trace;
  std::vector<Mark> marks;
  std::vector<TraceNote> notes;
  std::vector<NamedState> states;  ///< from a recording's #STATE lines
  bool recording = false;
  std::string kernel;  ///< version in the recording

  std::size_t unreadable() const;
};

/// Throws BadInput when the file cannot be read or has no cpuhp event.
LooseTrace read_loose_trace(const std::string& path);
LooseTrace parse_loose_trace(std::string_view text, std::string file);

}  // namespace cpuhp

// Reads a trace that may be damaged: ftrace text, plain or within a recording. Unreadable parts are
// noted and left out, so that the others can be judged.
//
//   const LooseTrace t = read_loose_trace("trace.txt.gz");
//   t.trace.stream;    // every event that could be read, in the file's order
//   t.notes.size();    // cpuhp lines that make no sense, events that the kernel lost
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
    Unreadable,  ///< a line that names a cpuhp event but could not be read
    Lost,        ///< the kernel said that events are missing
    Cut,         ///< a block of a recording has fewer or more lines than announced
  };
  Kind kind = Kind::Unreadable;
  std::uint32_t line = 0;
  std::size_t before = 0;  ///< index of the event that follows
  std::string text;
};

/// In a mark: the state `online`, whose number only a table knows.
inline constexpr StateId kOnline = -2;

struct LooseTrace {
  Ftrace trace;
  std::vector<Mark> marks;
  std::vector<TraceNote> notes;
  std::vector<NamedState> states;  ///< from a recording's #STATE lines
  bool recording = false;
  std::string kernel;  ///< the version that a recording names

  std::size_t unreadable() const;
};

/// Throws BadInput when the file cannot be read, or holds no cpuhp event.
LooseTrace read_loose_trace(const std::string& path);
LooseTrace parse_loose_trace(std::string_view text, std::string file);

}  // namespace cpuhp

// Writes every event of a run, one event a line, as JSON objects (.jsonl) or as CSV
// (docs/reference/trace-formats.md).
#pragma once

#include <iosfwd>
#include <string>

#include "model/events.hpp"

namespace cpuhp {

/// The run to which a trace belongs.
struct TraceHeader {
  std::string scenario;
  std::string design;
  std::uint64_t seed = 0;
  std::string digest;
};

void write_jsonl(std::ostream& out, const TraceHeader& header, const EventStream& stream);
void write_csv(std::ostream& out, const EventStream& stream);

}  // namespace cpuhp

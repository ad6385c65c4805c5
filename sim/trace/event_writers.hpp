// Every event of a run, one a line: as JSON objects (.jsonl) or as CSV.
// docs/reference/trace-formats.md
//
//   write_jsonl(std::cout, {.scenario = "boot-8-cpus", ...}, stream);
//
//   {"version":1,"format":"cpuhp-sim events","scenario":"boot-8-cpus",...,"events":711,...}
//   {"time_ns":1,"kind":"op_begin","cpu":0,"on":0,"role":"control","step":-1,"value":236,...}
#pragma once

#include <iosfwd>
#include <string>

#include "model/events.hpp"

namespace cpuhp {

/// Which run a trace is of.
struct TraceHeader {
  std::string scenario;
  std::string design;
  std::uint64_t seed = 0;
  std::string digest;
};

void write_jsonl(std::ostream& out, const TraceHeader& header, const EventStream& stream);
void write_csv(std::ostream& out, const EventStream& stream);

}  // namespace cpuhp

// Traces and recordings of kernels, and what is said of them.
#include <string>

#include "sim/analysis/check_trace.hpp"
#include "sim/analysis/difference.hpp"
#include "sim/analysis/trace_subject.hpp"
#include "sim/report/check_report.hpp"
#include "sim/report/diff_report.hpp"
#include "sim/report/explain_report.hpp"
#include "sim/report/html/run_picture.hpp"
#include "sim/scenario/table_file.hpp"
#include "sim/trace/import.hpp"
#include "sim/trace/import_evidence.hpp"
#include "sim/trace/loose_trace.hpp"
#include "sim/trace/recording.hpp"
#include "sim/trace/trace_dat_reader.hpp"
#include "tests/fuzz/or_refused.hpp"
#include "tests/fuzz/scratch.hpp"
#include "tests/fuzz/targets.hpp"

namespace cpuhp::fuzz {
namespace {

/// By what the trace itself shows, or by a table: the number of events decides.
void check(const LooseTrace& trace) {
  static const StateTable table = load_table(data_path("table.json")).table;
  const bool known = trace.trace.stream.events.size() % 2 == 1;
  const TraceReport report =
      check_trace(trace, {.table = known ? &table : nullptr, .states = {}, .file = "table.json"});
  check_text(report, {});
  check_json(report);
}

}  // namespace

void fuzz_ftrace(std::string_view bytes) {
  or_refused([&] {
    const Ftrace trace = parse_ftrace(bytes, "trace.txt");
    match_pairs(trace);
    require_complete(trace);
  });
  or_refused([&] { parse_loose_trace(bytes, "trace.txt"); });
}

void fuzz_trace_dat(std::string_view bytes) {
  or_refused([&] {
    const std::string text = trace_dat_text(bytes, "trace.dat");
    check(parse_loose_trace(text, "trace.dat"));
  });
}

void fuzz_recording(std::string_view bytes) {
  or_refused([&] {
    const Recording recording = parse_recording(bytes, "recording.txt");
    recording.operations();
    recording.traces();
    recording.kernel();
    recording.emulated();
  });
}

void fuzz_states(std::string_view bytes) {
  static Scratch scratch;
  or_refused([&] { read_states(scratch.write("states.txt", bytes)); });
}

void fuzz_dmesg(std::string_view bytes) {
  static Scratch scratch;
  or_refused([&] { read_dmesg(scratch.write("dmesg.txt", bytes)); });
}

void fuzz_import(std::string_view bytes) {
  static Scratch scratch;
  or_refused([&] {
    const std::string path = scratch.write("recording.txt", bytes);
    const Import made = import_table({.states = path, .traces = {path}});
    made.table_text();
    made.costs_text();
  });
}

void fuzz_check(std::string_view bytes) {
  or_refused([&] { check(parse_loose_trace(bytes, "trace.txt")); });
}

void fuzz_explain(std::string_view bytes) {
  or_refused([&] {
    const TraceSubject trace = trace_subject(parse_loose_trace(bytes, "trace.txt"), "trace.txt");
    const Explanation explanation = explanation_of(trace);
    explain_text(explanation, {}, {});
    explain_json(explanation);
    trace_picture("trace.txt", trace);
  });
}

/// The trace up to a line `----`, or to its middle, and the rest.
void fuzz_diff(std::string_view bytes) {
  constexpr std::string_view kBetween = "----\n";
  const std::size_t at = bytes.find(kBetween);
  const bool split = at != std::string_view::npos;
  const std::string_view first = bytes.substr(0, split ? at : bytes.size() / 2);
  const std::string_view second = split ? bytes.substr(at + kBetween.size()) : bytes;
  or_refused([&] {
    const TraceSubject a = trace_subject(parse_loose_trace(first, "a.txt"), "a.txt");
    const TraceSubject b = trace_subject(parse_loose_trace(second, "b.txt"), "b.txt");
    const Difference d = difference(trace_side(a), trace_side(b));
    diff_text(d, {}, {});
    diff_json(d);
  });
}

}  // namespace cpuhp::fuzz

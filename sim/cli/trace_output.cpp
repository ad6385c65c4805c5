#include "sim/cli/trace_output.hpp"

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <utility>
#include <vector>

#include "sim/error.hpp"
#include "sim/host.hpp"
#include "sim/scenario/suggest.hpp"
#include "sim/trace/chrome_writer.hpp"
#include "sim/trace/ftrace_writer.hpp"
#include "sim/trace/kernel_log_writer.hpp"
#include "sim/trace/trace_dat_writer.hpp"

namespace cpuhp::cli {
namespace {

enum class TraceFormat { FtraceText, TraceDat, Chrome, JsonLines, Csv, KernelLog };

const std::vector<std::pair<std::string, TraceFormat>> kEndings{
    {".txt", TraceFormat::FtraceText}, {".dat", TraceFormat::TraceDat},
    {".json", TraceFormat::Chrome},    {".jsonl", TraceFormat::JsonLines},
    {".csv", TraceFormat::Csv},        {".log", TraceFormat::KernelLog}};

void write(std::ostream& out, TraceFormat format, const ChromeInput& run,
           const Scenario& scenario) {
  switch (format) {
    case TraceFormat::FtraceText:
      return write_ftrace(out, run.stream, {.look = ftrace_look(scenario.config.table.kernel())});
    case TraceFormat::TraceDat:
      return write_trace_dat(out, run.stream);
    case TraceFormat::Chrome:
      return write_chrome(out, run);
    case TraceFormat::JsonLines:
      return write_jsonl(out, run.header, run.stream);
    case TraceFormat::Csv:
      return write_csv(out, run.stream);
    case TraceFormat::KernelLog:
      return write_kernel_log(out, run.stream, scenario.config);
  }
}

TraceFormat trace_format(const std::string& path) {
  const std::string ending = std::filesystem::path(path).extension().string();
  std::vector<std::string> endings;
  for (const auto& [known, format] : kEndings) {
    if (known == ending) return format;
    endings.push_back(known);
  }
  throw BadInput{BadInputAt{
      .message =
          "--trace " + path + ": " +
          (ending.empty() ? "the file name has no ending" : "unknown ending \"" + ending + '"') +
          ", expected .txt (ftrace text), .dat (trace-cmd), .json (Chrome, "
          "Perfetto), .jsonl, .csv or .log (the kernel's log)",
      .suggestion = nearest(ending, endings)}};
}

}  // namespace

void add_trace(CLI::App& command, std::vector<std::string>& paths) {
  command
      .add_option("--trace", paths,
                  "Write the events to this file; may be repeated. The file name's ending selects "
                  "the format: .txt ftrace text, .dat trace-cmd, .json Chrome/Perfetto, .jsonl and "
                  ".csv all events, .log the kernel's log")
      ->type_name("FILE")
      ->allow_extra_args(false);
}

void require_traces(const std::vector<std::string>& paths, const std::vector<std::string>& inputs) {
  for (auto path = paths.begin(); path != paths.end(); ++path) {
    trace_format(*path);
    if (std::find(paths.begin(), path, *path) != path)
      throw BadInput{"--trace " + *path + " is given twice"};
    require_output(*path, inputs);
  }
}

void write_trace(const std::string& path, const Scenario& scenario, const RunResult& result) {
  const ChromeInput run{.header = {.scenario = scenario.name,
                                   .design = std::string(to_string(result.design)),
                                   .seed = result.seed,
                                   .digest = result.digest},
                        .stream = result.stream,
                        .boot_cpu = scenario.config.boot_cpu,
                        .control_cpu_time = result.control_cpu_time};
  const TraceFormat format = trace_format(path);
  write_file_atomically(path, [&](std::ostream& out) { write(out, format, run, scenario); });
}

}  // namespace cpuhp::cli

#include "sim/cli/trace_output.hpp"

#include <array>
#include <filesystem>
#include <ostream>

#include "sim/error.hpp"
#include "sim/host.hpp"
#include "sim/scenario/suggest.hpp"
#include "sim/trace/ftrace_writer.hpp"

namespace cpuhp::cli {

TraceFormat trace_format(const std::string& path) {
  const std::string ending = std::filesystem::path(path).extension().string();
  if (ending == ".txt") return TraceFormat::FtraceText;
  throw BadInput{BadInputAt{.message = "--trace " + path + ": unknown ending \"" + ending +
                                       "\", expected .txt (ftrace text)",
                            .suggestion = nearest(ending, {".txt"})}};
}

void write_trace(const std::string& path, const Scenario&, const RunResult& result) {
  write_file_atomically(path, [&](std::ostream& out) { write_ftrace(out, result.stream); });
}

}  // namespace cpuhp::cli

#include "sim/report/fault_text.hpp"

#include <spdlog/fmt/fmt.h>

#include "sim/analysis/expectations.hpp"
#include "sim/report/run_report.hpp"
#include "sim/units.hpp"

namespace cpuhp {
namespace {

std::string ordinal(std::uint32_t n) {
  const bool teen = n % 100 / 10 == 1;
  const char* const ending = teen          ? "th"
                             : n % 10 == 1 ? "st"
                             : n % 10 == 2 ? "nd"
                             : n % 10 == 3 ? "rd"
                                           : "th";
  return fmt::format("{}{}", n, ending);
}

std::string words(std::string_view name) {
  std::string text(name);
  for (char& c : text)
    if (c == '_') c = ' ';
  return text;
}

}  // namespace

std::string fault_text(const Fault& f, const MachineConfig& config) {
  std::string text = words(to_string(f.kind));
  if (info(f.kind).error != 0) text += fmt::format(" ({})", return_name(f.error));
  if (f.delay > Ns{}) text += " by " + readable(f.delay);
  if (f.state >= 0) text += " in " + state_text(f.state, config);
  if (f.phase) text += fmt::format(" in {}", to_string(*f.phase));
  text += f.cpu == kNoCpu ? " of any CPU" : fmt::format(" of CPU {}", f.cpu);
  if (f.state >= 0) text += f.direction == Direction::Up ? ", up" : ", down";
  if (f.nth > 1) text += fmt::format(", {} time", ordinal(f.nth));
  if (f.during) text += fmt::format(", during operation {}", *f.during);
  return text;
}

std::vector<Fault> struck_faults(const RunResult& result, const MachineConfig& config) {
  std::vector<Fault> struck;
  for (std::size_t i = 0; i < result.fault_counts.size(); ++i) {
    const std::uint32_t count = result.fault_counts[i];
    if (count > 0 && count >= config.faults[i].nth) struck.push_back(config.faults[i]);
  }
  return struck;
}

}  // namespace cpuhp

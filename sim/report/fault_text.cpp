#include "sim/report/fault_text.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>

#include "sim/analysis/expectations.hpp"
#include "sim/report/run_report.hpp"
#include "sim/units.hpp"

namespace cpuhp {
namespace {

std::string ordinal(std::uint32_t n) {
  constexpr std::array<std::string_view, 4> endings{"th", "st", "nd", "rd"};
  const bool regular = n % 100 / 10 == 1 || n % 10 >= endings.size();
  return fmt::format("{}{}", n, endings[regular ? 0 : n % 10]);
}

}  // namespace

std::string fault_text(const Fault& f, const MachineConfig& config) {
  std::string text(to_string(f.kind));
  std::ranges::replace(text, '_', ' ');
  if (info(f.kind).error != 0) text += fmt::format(" ({})", return_name(f.error));
  if (f.delay > Ns{}) text += " by " + readable(f.delay);
  if (f.state >= 0) text += " in " + state_text(f.state, config);
  if (f.phase) text += fmt::format(" in {}", to_string(*f.phase));
  text += f.cpu == kNoCpu ? " of any CPU" : fmt::format(" of CPU {}", f.cpu);
  if (f.state >= 0) text += f.direction == Direction::Up ? ", up" : ", down";
  if (f.nth > 1) text += fmt::format(", only the {} time", ordinal(f.nth));
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

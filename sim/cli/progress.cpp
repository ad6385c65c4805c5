#include "sim/cli/progress.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "sim/host.hpp"
#include "sim/report/campaign_report.hpp"

namespace cpuhp::cli {
namespace {

constexpr std::int64_t kBeforeFirstMs = 500;
constexpr std::int64_t kBetweenMs = 100;

}  // namespace

Progress::Progress(std::string unit)
    : unit_(std::move(unit)),
      terminal_(stderr_is_terminal()),
      begin_ms_(host_milliseconds()),
      last_ms_(begin_ms_ + kBeforeFirstMs - kBetweenMs) {}

Progress::~Progress() {
  if (shown_) std::fputs("\r\033[K", stderr);
}

void Progress::show(std::uint64_t done, std::uint64_t all, const std::string& more) {
  if (!terminal_) return;
  if (!first_) first_ = done > 0 ? done - 1 : 0;
  const std::int64_t now_ms = host_milliseconds();
  if (now_ms - last_ms_ < kBetweenMs) return;
  last_ms_ = now_ms;
  const auto elapsed_ms = static_cast<std::uint64_t>(std::max<std::int64_t>(now_ms - begin_ms_, 1));
  const std::uint64_t rate = (done - *first_) * 1'000 / elapsed_ms;
  std::string line = fmt::format("{} of {} {}", grouped(done), grouped(all), unit_);
  if (rate > 0)
    line += fmt::format(", {} a second, {} s left", grouped(rate), grouped((all - done) / rate));
  fmt::print(stderr, "\r\033[K{}{}", line, more);
  std::fflush(stderr);
  shown_ = true;
}

}  // namespace cpuhp::cli

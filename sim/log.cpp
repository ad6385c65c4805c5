#include "sim/log.hpp"

namespace cpuhp {

std::shared_ptr<spdlog::logger> logger() {
  if (std::shared_ptr<spdlog::logger> own = spdlog::get(kLogName)) return own;
  static const auto silent = [] {
    auto log = std::make_shared<spdlog::logger>("silent");
    log->set_level(spdlog::level::off);
    return log;
  }();
  return silent;
}

}  // namespace cpuhp

// What a result rests on, and what the engine does: the lines of -v and -vv.
//
//   logger()->info("reads {}", "scenarios/boot-8-cpus.json");
//
// prints "cpuhp-sim: info: reads scenarios/boot-8-cpus.json".
#pragma once

#include <spdlog/spdlog.h>

#include <memory>

namespace cpuhp {

/// The name under which a program registers its log with spdlog.
inline constexpr const char* kLogName = "cpuhp-sim";

/// Returns the log that the program has registered. A program that has registered none, such as a test,
/// gets one that says nothing.
std::shared_ptr<spdlog::logger> logger();

}  // namespace cpuhp

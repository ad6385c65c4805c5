// Makes a report's JSON document, and converts it to text.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "model/cpumask.hpp"
#include "model/ns.hpp"

namespace cpuhp {

/// Returns the CPU's number; null for kNoCpu.
inline nlohmann::ordered_json cpu_json(CpuId cpu) {
  return cpu == kNoCpu ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(cpu);
}

/// Returns a duration in ns; null for no value.
inline nlohmann::ordered_json time_json(const std::optional<Ns>& time) {
  return time ? nlohmann::ordered_json(time->v) : nlohmann::ordered_json(nullptr);
}

/// Returns the document, indented, with a newline at its end. Names in traces and names of files
/// may have bytes that are not UTF-8; these become U+FFFD.
inline std::string json_text(const nlohmann::ordered_json& document) {
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

}  // namespace cpuhp

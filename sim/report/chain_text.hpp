// Prints critical chains as text and JSON, for explain and diff.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "sim/analysis/blame.hpp"
#include "sim/analysis/critical_chain.hpp"

namespace cpuhp {

/// Returns the name of a link: "microcode", "sched:active down", "hotplug core or a pause".
std::string link_text(const ChainLink& link);
/// Returns the name of a ChainShare: "microcode", "wake-up: done_up".
std::string share_text(const ChainShare& share);

nlohmann::ordered_json chain_json(const CriticalChain& chain, CpuId boot_cpu);
nlohmann::ordered_json shares_json(const CriticalChain& chain, CpuId boot_cpu);

std::string_view direction_word(Direction direction);

/// Returns the text, cut to `width` letters. Dots at its end mean that it was cut.
std::string clipped(const std::string& text, std::size_t width);
/// Cuts each line of `text` to `width` letters.
std::string clipped_lines(const std::string& text, std::size_t width);

}  // namespace cpuhp

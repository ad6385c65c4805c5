// Critical chains as text and JSON, for explain and diff.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "sim/analysis/blame.hpp"
#include "sim/analysis/critical_chain.hpp"

namespace cpuhp {

/// Names a link: "microcode", "sched:active down (sched_cpu_deactivate)", "core code".
std::string link_text(const ChainLink& link);
/// Names a share: "microcode", "wake-ups: done_up".
std::string share_text(const ChainShare& share);

nlohmann::ordered_json chain_json(const CriticalChain& chain, CpuId boot_cpu);
nlohmann::ordered_json shares_json(const CriticalChain& chain, CpuId boot_cpu);
/// Returns the CPU's number; null for no CPU.
nlohmann::ordered_json cpu_json(CpuId cpu);

std::string_view direction_word(Direction direction);

/// Returns at most `width` letters; dots at the end mean that something was cut.
std::string clipped(const std::string& text, std::size_t width);
/// Clips each line of a text.
std::string clipped_lines(const std::string& text, std::size_t width);

}  // namespace cpuhp

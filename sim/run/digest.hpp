// A digest of an event stream: the same run has the same digest, wherever and however it ran.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/event_log.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// XXH3 over each CPU's events, folded in CPU order; 16 hex digits. Names added during the run (ids
/// from `fixed_names` on) count by their text, because two modes may meet them in another order.
std::string digest_of(const std::vector<CpuLog>& logs, const Names& names, std::size_t fixed_names);

/// XXH3 of a text; 16 hex digits.
std::string digest_of(std::string_view text);

}  // namespace cpuhp

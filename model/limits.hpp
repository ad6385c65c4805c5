// Limits that a scenario sets and the checks enforce. A new limit needs one row here: the loader,
// the schema and its page are made from the rows.
#pragma once

#include <array>
#include <string_view>

#include "model/ns.hpp"

namespace cpuhp {

/// The longest durations that a scenario allows. A check reports longer ones. 0 means no limit.
struct Limits {
  Ns online_callback{};
};

struct LimitInfo {
  std::string_view name;  ///< name in scenarios
  Ns Limits::*member;
  std::string_view doc;
};

inline constexpr std::array kLimits{
    LimitInfo{"online_callback_ns", &Limits::online_callback,
              "Longest allowed duration of an ONLINE callback while a walk holds "
              "cpu_hotplug_lock; a longer duration is reported as finding I42."},
};

}  // namespace cpuhp

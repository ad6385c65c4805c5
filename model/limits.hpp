// Limits that a scenario sets, and to which the checks hold its runs. A row is all that a new limit
// needs: the loader, the schema and its page read it.
#pragma once

#include <array>
#include <string_view>

#include "model/ns.hpp"

namespace cpuhp {

/// Each 0: no limit.
struct Limits {
  Ns online_callback{};
};

struct LimitInfo {
  std::string_view name;  ///< as scenarios have it
  Ns Limits::*member;
  std::string_view doc;
};

inline constexpr std::array kLimits{
    LimitInfo{"online_callback_ns", &Limits::online_callback,
              "Longest callback of the ONLINE section while a walk holds cpu_hotplug_lock (I42)."},
};

}  // namespace cpuhp

// The library: simulate CPU hotplug from a C++ program (docs/library.md).
//
// Its ABI is not promised: build your program against the version that it runs with. One thread may
// use it at a time.
#pragma once

#include "cpuhp/campaign.hpp"  // IWYU pragma: export
#include "cpuhp/driver.hpp"    // IWYU pragma: export
#include "cpuhp/error.hpp"     // IWYU pragma: export
#include "cpuhp/run.hpp"       // IWYU pragma: export
#include "cpuhp/scenario.hpp"  // IWYU pragma: export

namespace cpuhp::api {

/// The version, as `cpuhp-sim -V` prints it.
CPUHP_VISIBLE const char* version();

}  // namespace cpuhp::api

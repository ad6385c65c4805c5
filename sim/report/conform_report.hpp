// The output of `cpuhp-sim conform`.
#pragma once

#include <string>

#include "sim/conform/conform.hpp"
#include "sim/report/ktap.hpp"
#include "sim/report/look.hpp"

namespace cpuhp {

/// Returns "N operations, M identical", and the first different event of each operation that
/// differs. Shows at most `shown` of these operations in full.
std::string conform_text(const Conformance& c, const Look& look, std::size_t shown = 10);
/// Returns one JSON document with a version field.
std::string conform_json(const Conformance& c);
/// Returns a test for each operation, and one for the invariants of the simulated runs.
KtapTest conform_ktap(const Conformance& c);

}  // namespace cpuhp

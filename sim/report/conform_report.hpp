// What conform says.
#pragma once

#include <string>

#include "sim/conform/conform.hpp"
#include "sim/report/look.hpp"

namespace cpuhp {

/// "N operations, M identical", and for each that differs the first event that does. At most
/// `shown` operations are shown in full.
std::string conform_text(const Conformance& c, const Look& look, std::size_t shown = 10);
/// One JSON document with a version field.
std::string conform_json(const Conformance& c);

}  // namespace cpuhp

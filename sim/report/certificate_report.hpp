// The certificate of a campaign (sim/campaign/certificate.hpp) as text and JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "sim/campaign/certificate.hpp"

namespace cpuhp {

/// Returns a few lines: how many sites were struck and what is left, which invariants never had
/// anything to judge, where no walk turned back. Empty for an empty certificate.
std::string certificate_text(const Certificate& certificate);

/// Returns the whole matrix; null for an empty certificate.
nlohmann::ordered_json certificate_json(const Certificate& certificate);

}  // namespace cpuhp

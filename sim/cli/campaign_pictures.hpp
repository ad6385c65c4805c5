// The pictures of `faults --report`: each finding, and the first case of each outcome.
#pragma once

#include <vector>

#include "sim/campaign/campaign.hpp"
#include "sim/report/html/page.hpp"

namespace cpuhp::cli {

/// Runs these cases once more. Stops when the page would become too long; `left_out` counts the
/// rest.
std::vector<PictureGroup> campaign_pictures(Campaign& campaign,
                                            const std::vector<ReducedFinding>& findings,
                                            std::size_t* left_out);

}  // namespace cpuhp::cli

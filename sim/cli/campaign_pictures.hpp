// What `faults --report` draws: each finding, and the first case of each way in which runs came
// out.
#pragma once

#include <vector>

#include "sim/campaign/campaign.hpp"
#include "sim/report/html/page.hpp"

namespace cpuhp::cli {

/// Runs them once more. Stops when the page would become too long; `left_out` counts the rest.
std::vector<PictureGroup> campaign_pictures(Campaign& campaign,
                                            const std::vector<ReducedFinding>& findings,
                                            std::size_t* left_out);

}  // namespace cpuhp::cli

// Makes the pictures of `faults --report`: for each finding, and for the first case of each
// outcome.
#pragma once

#include <vector>

#include "sim/campaign/campaign.hpp"
#include "sim/report/html/page.hpp"

namespace cpuhp::cli {

/// Runs the cases with pictures again, and returns the pictures. Stops before the page gets too
/// large. `left_out` gets the number of cases without a picture.
std::vector<PictureGroup> campaign_pictures(Campaign& campaign,
                                            const std::vector<ReducedFinding>& findings,
                                            std::size_t* left_out);

}  // namespace cpuhp::cli

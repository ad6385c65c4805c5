// Makes the pictures of `faults --report`: of each finding, and of the first case of each outcome.
#pragma once

#include <vector>

#include "sim/campaign/campaign.hpp"
#include "sim/report/html/page.hpp"

namespace cpuhp::cli {

/// Runs these cases again and returns their pictures. Stops when the page would become too long;
/// `left_out` gets the number of cases without a picture.
std::vector<PictureGroup> campaign_pictures(Campaign& campaign,
                                            const std::vector<ReducedFinding>& findings,
                                            std::size_t* left_out);

}  // namespace cpuhp::cli

#include "model/checks/checks.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "model/checks/atomic.hpp"
#include "model/checks/general_work.hpp"
#include "model/checks/masks.hpp"
#include "model/checks/operations.hpp"
#include "model/checks/registration.hpp"
#include "model/checks/resources.hpp"
#include "model/checks/state_resources.hpp"
#include "model/checks/sync.hpp"
#include "model/checks/takedown.hpp"
#include "model/checks/threads.hpp"

namespace cpuhp {

std::vector<Finding> check_all(const EventStream& stream, const Judged& judged) {
  std::vector<Finding> found = check_resources(stream, judged.complete);
  const auto add = [&found](std::vector<Finding> more) {
    std::move(more.begin(), more.end(), std::back_inserter(found));
  };
  add(check_state_resources(stream));
  for (const auto check : {check_masks, check_sync, check_threads, check_takedown, check_atomic,
                           check_operations, check_registration, check_general_work})
    if (!judged.traced_only) add(check(stream, judged));
  std::stable_sort(found.begin(), found.end(),
                   [](const Finding& a, const Finding& b) { return a.time < b.time; });
  return found;
}

}  // namespace cpuhp

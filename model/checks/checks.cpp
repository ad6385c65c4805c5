#include "model/checks/checks.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "model/checks/resources.hpp"
#include "model/checks/state_resources.hpp"

namespace cpuhp {

std::vector<Finding> check_all(const EventStream& stream, const Judged& judged) {
  std::vector<Finding> found = check_resources(stream, judged.complete);
  const auto add = [&found](std::vector<Finding> more) {
    std::move(more.begin(), more.end(), std::back_inserter(found));
  };
  add(check_state_resources(stream));
  std::stable_sort(found.begin(), found.end(),
                   [](const Finding& a, const Finding& b) { return a.time < b.time; });
  return found;
}

}  // namespace cpuhp

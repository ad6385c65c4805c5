#include "model/checks/checks.hpp"

#include <utility>

#include "model/checks/resources.hpp"
#include "model/checks/state_resources.hpp"

namespace cpuhp {

std::vector<Finding> check_all(const EventStream& stream, bool complete) {
  std::vector<Finding> found = check_resources(stream, complete);
  for (Finding& f : check_state_resources(stream)) found.push_back(std::move(f));
  return found;
}

}  // namespace cpuhp

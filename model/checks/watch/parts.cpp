#include "model/checks/watch/parts.hpp"

#include <cassert>
#include <utility>

namespace cpuhp {

void Parts::add(std::shared_ptr<const EventStream> part) {
  if (parts_.empty()) begin_ = part->events.front().time;
  assert(parts_.empty() || part->first == latest().first + latest().events.size());
  parts_.push_back(std::move(part));
}

}  // namespace cpuhp

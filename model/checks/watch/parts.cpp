#include "model/checks/watch/parts.hpp"

#include <cassert>
#include <functional>
#include <utility>

namespace cpuhp {

void Parts::add(std::shared_ptr<const EventStream> part) {
  assert(parts_.empty() || part->first == latest().first + latest().events.size());
  parts_.push_back(std::move(part));
}

std::size_t Parts::index(const Event& e) const {
  auto part = parts_.rbegin();
  const std::less<> before;  // also orders pointers into different parts
  while (before(&e, (*part)->events.data()) || before(&(*part)->events.back(), &e)) ++part;
  return (*part)->first + static_cast<std::size_t>(&e - (*part)->events.data());
}

}  // namespace cpuhp

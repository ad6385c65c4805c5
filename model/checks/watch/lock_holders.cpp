#include "model/checks/watch/lock_holders.hpp"

#include "model/checks/watch/resources.hpp"

namespace cpuhp {

std::vector<LockHolder> lock_holders(const EventStream& stream, NameId lock) {
  Holds holds;
  show_all(stream.events, holds);
  std::vector<LockHolder> all;
  for (const Holds::Resource& resource : holds.resources())
    for (const Holds::Hold& h : resource.holds)
      if (resource.name == lock && h.to == kNever)
        all.push_back(
            {h.from.on, h.from.role, h.from.cpu, h.shared(), h.from.time, h.from.instance});
  return all;
}

}  // namespace cpuhp

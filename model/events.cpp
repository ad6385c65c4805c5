#include "model/events.hpp"

namespace cpuhp {

NameId Names::find(std::string_view name) const {
  if (const NameId shared = base_ ? base_->find(name) : 0) return shared;
  const auto found = index_.find(name);
  return found == index_.end() ? 0 : found->second;
}

NameId Names::intern(std::string_view name) {
  if (name.empty()) return 0;
  if (const NameId known = find(name)) return known;
  const auto id = static_cast<NameId>(size());
  index_.emplace(name, id);
  names_.emplace_back(name);
  return id;
}

}  // namespace cpuhp

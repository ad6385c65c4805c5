// Inode numbers of paths, by which the host's kernel identifies files. A path keeps its number even
// while it has no file; 1 is the root.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cpuhp {

class FuseInodes {
 public:
  FuseInodes() { number(""); }
  std::uint64_t number(const std::string& path) {
    const auto [found, added] = numbers_.try_emplace(path, paths_.size() + 1);
    if (added) paths_.push_back(&found->first);
    return found->second;
  }
  const std::string& path(std::uint64_t number) const { return *paths_[number - 1]; }
  /// Returns the numbers of a path and of all paths below it.
  std::vector<std::uint64_t> within(const std::string& path) const {
    std::vector<std::uint64_t> found;
    for (auto i = numbers_.lower_bound(path); i != numbers_.end(); ++i) {
      if (!i->first.starts_with(path)) break;
      if (i->first.size() == path.size() || i->first[path.size()] == '/')
        found.push_back(i->second);
    }
    return found;
  }

 private:
  std::map<std::string, std::uint64_t> numbers_;
  std::vector<const std::string*> paths_;  // keys of a map stay where they are
};

}  // namespace cpuhp

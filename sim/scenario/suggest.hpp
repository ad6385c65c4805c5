// "Did you mean ...?": the right word nearest to a wrong one.
//
//   nearest("sokets", {"sockets", "cores"});    // "sockets"
//   nearest("zzz", {"sockets", "cores"});       // "": nothing is near
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cpuhp {

/// Edits (insert, delete, replace, swap of neighbours) between two words.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate with the fewest edits, the first of equals; empty when even that one differs in
/// more than a third of its letters (at least one edit is always forgiven, case is free).
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace cpuhp

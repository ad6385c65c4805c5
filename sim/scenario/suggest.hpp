// "Did you mean ...?": finds the right word nearest to a wrong one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cpuhp {

/// Returns the number of edits between two words (insert, delete, replace, swap of neighbours).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// Returns the candidate with the fewest edits; of several such candidates, the first one. One edit
/// is always allowed, and more only up to a third of the candidate's letters. Otherwise returns an
/// empty text. Ignores case.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// Returns the words with commas between them, and with `last` before the last one: "a, b or c".
std::string listed(const std::vector<std::string>& words, std::string_view last = " or ");

}  // namespace cpuhp

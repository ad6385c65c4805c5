#include "sim/scenario/suggest.hpp"

#include <algorithm>
#include <cctype>

namespace cpuhp {

namespace {

std::string lower(std::string_view word) {
  std::string s(word);
  std::transform(s.begin(), s.end(), s.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return s;
}

/// Longer words are not compared, because the work grows with the product of both lengths.
constexpr std::size_t kLongestWord = 128;

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replace, last[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = last;
    last = row;
  }
  return last[b.size()];
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.empty() || word.size() > kLongestWord) return {};
  const std::string wrong = lower(word);
  std::string best;
  std::size_t fewest = kLongestWord;
  for (const std::string& candidate : candidates) {
    if (candidate.empty() || candidate.size() > kLongestWord) continue;
    const std::size_t edits = edit_distance(wrong, lower(candidate));
    if (edits >= fewest || edits > std::max<std::size_t>(1, candidate.size() / 3)) continue;
    fewest = edits;
    best = candidate;
  }
  return best;
}

std::string listed(const std::vector<std::string>& words, std::string_view last) {
  std::string s;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) s += i + 1 == words.size() ? std::string(last) : ", ";
    s += words[i];
  }
  return s;
}

}  // namespace cpuhp

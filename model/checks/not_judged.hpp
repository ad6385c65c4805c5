// Tells which invariants of walks a stream cannot show to be broken, and why. Of all others, a
// stream without findings says: nothing in it breaks them.
//
//   const std::vector<NotJudged> skipped = not_judged(EventStream{}, Judged{});
//   skipped.front().invariant;   // "I31"
#pragma once

#include <string_view>
#include <vector>

#include "model/checks/judged.hpp"
#include "model/events.hpp"

namespace cpuhp {

struct NotJudged {
  std::string_view invariant;  ///< one of those of walk_laws() (model/checks/checks.hpp)
  std::string_view why;        ///< in a few words
};

std::vector<NotJudged> not_judged(const EventStream& stream, const Judged& judged);

}  // namespace cpuhp

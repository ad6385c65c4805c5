// Findings as text, a line each, with every field that a check fills in.
#pragma once

#include <string>
#include <vector>

#include "model/checks/finding.hpp"

namespace cpuhp::test {

inline std::string finding_text(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& f : findings) {
    text += f.invariant + " of " + std::to_string(f.cpu) + " at " + std::to_string(f.time.v) +
            ", event " + std::to_string(f.event) + ", " + f.place + ": " + f.text;
    for (const long n : {static_cast<long>(f.kind), long{f.state}, long{f.instance.value_or(-1)},
                         static_cast<long>(f.since.v)})
      text += ' ' + std::to_string(n);
    text += '\n';
  }
  return text;
}

}  // namespace cpuhp::test

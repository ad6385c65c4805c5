#include "model/checks/walk_findings.hpp"

#include <cassert>
#include <string_view>

namespace cpuhp {

void WalkFindings::add(const Sentence& sentence, CpuId cpu, std::size_t event, StateId place,
                       std::initializer_list<std::string> parts) {
  std::string words;
  std::string_view rest = sentence.text;
  for (const std::string& part : parts) {
    const std::size_t gap = rest.find("{}");
    assert(gap != rest.npos);
    words.append(rest.substr(0, gap)).append(part);
    rest.remove_prefix(gap + 2);
  }
  found_.push_back({sentence.invariant, sentence.source, cpu, stream_.events[event].time,
                    words.append(rest), place_of(table_, place), event, FindingKind::Walk});
}

}  // namespace cpuhp

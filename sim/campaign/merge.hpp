// Merges campaign files: each holds some cases of one campaign, and the merged file holds those of
// all. Merging is a union. So it does not matter in which order and in how many steps files are
// merged, and a file that is merged twice, or with itself, changes nothing.
//
//   const Merged merged = merge_campaign_files({"1.jsonl", "2.jsonl"}, "all.jsonl",
//                                              [](const std::string&) {});
//   merged.gaps;  // "shard 3 of 3 is missing"
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/scenario/scenario_json.hpp"

namespace cpuhp {

struct Merged {
  std::string header;             ///< first line of the file of the whole campaign
  std::uint64_t cases = 0;        ///< number of cases of the whole campaign
  std::uint64_t missing = 0;      ///< number of cases that no file has
  std::vector<std::string> gaps;  ///< what is missing, a sentence each, in the order of shards
};

/// Merges files of one campaign into `out`: of shards, of shards that were interrupted, and what
/// such a merge has written. When no case is missing, the merged file has the same bytes as the
/// file of the campaign without shards. Otherwise its header says that it is a part. `begins` gets
/// the first line before the first case, `seen` gets each case's line once, in order; what they have
/// got counts only when nothing is missing. `out` may be empty: then nothing is written. Throws
/// BadInput for files of different campaigns, and for files that have different lines for a case.
Merged merge_campaign_files(const std::vector<std::string>& paths, const std::string& out,
                            const std::function<void(const std::string&)>& seen,
                            const std::function<void(const OrderedJson&)>& begins = {});

}  // namespace cpuhp

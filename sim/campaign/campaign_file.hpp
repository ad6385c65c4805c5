// The file of a campaign: a header, then one line a case, in the order of the cases. It only ever
// grows, so that a campaign that was killed goes on where it stopped.
//
//   CampaignFile file("out.jsonl", header, cases_of_this_file);
//   for (const std::string& line : file.lines()) ...           // what was there already
//   for (std::uint64_t i = file.lines_count(); ...) file.append(line);
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace cpuhp {

/// Which cases a file has: every `of`-th, from `index`.
struct Shard {
  std::uint64_t index = 0;
  std::uint64_t of = 1;
  std::uint64_t cases(std::uint64_t all) const { return (all + of - 1 - index) / of; }
  std::uint64_t number(std::uint64_t i) const { return index + i * of; }
};

class CampaignFile {
 public:
  /// Opens the file, or makes it, for this process alone. What is there has to be the beginning of
  /// what this campaign writes; `seen` gets each whole line. Throws BadInput.
  CampaignFile(const std::string& path, const std::string& header, const Shard& shard,
               std::uint64_t cases, const std::function<void(const std::string&)>& seen);
  ~CampaignFile();
  CampaignFile(const CampaignFile&) = delete;
  CampaignFile& operator=(const CampaignFile&) = delete;

  /// Cases that the file has whole.
  std::uint64_t done() const { return done_; }
  /// The next line; completes one that was cut off.
  void append(const std::string& line);
  /// To the file now: a SIGKILL loses at most what was not flushed.
  void flush();

 private:
  void complete(const std::string& line);
  [[noreturn]] void fail(const std::string& what) const;

  std::string path_;
  int fd_ = -1;
  std::string partial_;  ///< the cut-off last line of the file
  std::string buffer_;
  std::uint64_t done_ = 0;
};

/// Lays the files of all shards side by side: the bytes of the campaign without shards, in `out`.
/// `seen` gets each case's line, in order. Returns the header. Throws BadInput.
std::string merge_campaign_files(const std::vector<std::string>& paths, const std::string& out,
                                 const std::function<void(const std::string&)>& seen);

/// The case that a line is about. Throws BadInput when it is no such line.
std::uint64_t case_of_line(const std::string& path, const std::string& line);

}  // namespace cpuhp

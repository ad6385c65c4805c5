// The file of a campaign: a header, then one line for each case, in the order of the cases. The
// file only grows, so that a campaign that was killed resumes at the case where it stopped.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace cpuhp {

/// The cases that a file has: every `of`-th case, beginning with case `index`.
struct Shard {
  std::uint64_t index = 0;
  std::uint64_t of = 1;
  std::uint64_t cases(std::uint64_t all) const { return (all + of - 1 - index) / of; }
  std::uint64_t number(std::uint64_t i) const { return index + i * of; }
};

class CampaignFile {
 public:
  /// Opens or creates the file and locks it for this process. Its content must be the beginning of
  /// the output of this campaign; `seen` gets each whole line. Throws BadInput.
  CampaignFile(const std::string& path, const std::string& header, const Shard& shard,
               std::uint64_t cases, const std::function<void(const std::string&)>& seen);
  ~CampaignFile();
  CampaignFile(const CampaignFile&) = delete;
  CampaignFile& operator=(const CampaignFile&) = delete;

  /// Returns the number of cases whose whole lines are in the file.
  std::uint64_t done() const { return done_; }
  /// Appends the next line, or completes one that was cut off.
  void append(const std::string& line);
  /// Writes the buffered lines to the file. A SIGKILL loses at most the lines that were not
  /// flushed.
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

/// Merges the files of all shards into `out`, which is then byte by byte the file that the campaign
/// writes without shards. `seen` gets each case's line, in order. Returns the header. Throws
/// BadInput.
std::string merge_campaign_files(const std::vector<std::string>& paths, const std::string& out,
                                 const std::function<void(const std::string&)>& seen);

/// Returns the number of the case that a line is about. Throws BadInput for any other line.
std::uint64_t case_of_line(const std::string& path, const std::string& line);

}  // namespace cpuhp

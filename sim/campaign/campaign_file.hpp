// The file of a campaign: a header, then one line for each case, in case order. The file only
// grows. So a campaign that was killed continues with the first missing case.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "sim/campaign/shard.hpp"
#include "sim/scenario/scenario_json.hpp"

namespace cpuhp {

/// Version of the format of campaign files. Lines of version 1 say nothing for a certificate
/// (sim/campaign/certificate.hpp).
inline constexpr int kCampaignFormat = 2;

class CampaignFile {
 public:
  /// Opens or creates the file, and locks it for this process. Its contents must be the first part
  /// of this campaign's output; `seen` gets each complete line. Throws BadInput.
  CampaignFile(const std::string& path, const std::string& header, const Shard& shard,
               std::uint64_t cases, const std::function<void(const std::string&)>& seen);
  ~CampaignFile();
  CampaignFile(const CampaignFile&) = delete;
  CampaignFile& operator=(const CampaignFile&) = delete;

  /// Returns the number of cases with complete lines in the file.
  std::uint64_t done() const { return done_; }
  /// Appends the next line or, when the file's last line is cut off, its missing part.
  void append(const std::string& line);
  /// Writes buffered lines to the file. After a SIGKILL only lines that were not flushed are lost.
  void flush();

 private:
  void complete(const std::string& line);
  [[noreturn]] void fail(const std::string& what) const;

  std::string path_;
  int fd_ = -1;
  std::string partial_;  ///< last line of the file, if it is cut off
  std::string buffer_;
  std::uint64_t done_ = 0;
};

/// Reads the file of a campaign or of one of its shards, as far as it goes. `begins` gets the first
/// line, `seen` gets each complete line of a case, in order. Throws BadInput.
void read_campaign_file(const std::string& path,
                        const std::function<void(const OrderedJson&)>& begins,
                        const std::function<void(const std::string&)>& seen);

/// Returns the number of the line's case. Throws BadInput when it is not the line for a case.
std::uint64_t case_of_line(const std::string& path, const std::string& line);

}  // namespace cpuhp

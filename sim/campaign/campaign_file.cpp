#include "sim/campaign/campaign_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <system_error>

#include "sim/campaign/record.hpp"
#include "sim/error.hpp"
#include "sim/host.hpp"
#include "sim/scenario/scenario_json.hpp"

namespace cpuhp {
namespace {

constexpr std::size_t kBufferMax = 1 << 14;
constexpr mode_t kReadableByAll = 0666;  // before umask
constexpr std::string_view kHeader = "{\"cpuhp_faults\":";
constexpr std::string_view kCase = "{\"case\":";

/// Returns the header for an error message, without its long list of sites.
std::string_view short_header(std::string_view header) {
  return header.substr(0, header.find(",\"certificate\":"));
}

std::string error_text(int error) { return std::generic_category().message(error); }

}  // namespace

std::uint64_t case_of_line(const std::string& path, const std::string& line) {
  std::uint64_t number = 0;
  const char* const begin = line.data() + std::min(line.size(), kCase.size());
  const char* const end = line.data() + line.size();
  if (line.starts_with(kCase) && std::from_chars(begin, end, number).ec == std::errc{} &&
      line.ends_with("]}"))
    return number;
  throw BadInput{path +
                 ": expected a line that `cpuhp-sim faults` wrote, found: " + line.substr(0, 80)};
}

void CampaignFile::fail(const std::string& what) const { throw BadInput{path_ + ": " + what}; }

CampaignFile::CampaignFile(const std::string& path, const std::string& header, const Shard& shard,
                           std::uint64_t cases, const std::function<void(const std::string&)>& seen)
    : path_(path) {
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, kReadableByAll);
  if (fd_ < 0) throw BadInput{"cannot write " + path + ": " + error_text(errno)};
  struct stat status {};
  try {
    if (::fstat(fd_, &status) == 0 && !S_ISREG(status.st_mode)) fail("expected a regular file");
    if (::flock(fd_, LOCK_EX | LOCK_NB) != 0)
      fail("another campaign is writing this file: wait for its end, or choose another file");
    std::ifstream in(path, std::ios::binary);
    std::string line;
    bool has_header = false;
    while (std::getline(in, line)) {
      if (in.eof()) {
        partial_ = line;
        break;
      }
      if (!has_header) {
        const std::string_view format = std::string_view(header).substr(0, header.find(','));
        if (line.starts_with(kHeader) && !line.starts_with(format))
          fail(
              "another version of cpuhp-sim wrote the file, in another format; choose another "
              "file");
        if (line != header)
          fail("the file belongs to another campaign: its header is " +
               std::string(short_header(line)) + ", expected " + std::string(short_header(header)) +
               "; choose another file");
        has_header = true;
        continue;
      }
      const std::uint64_t number = case_of_line(path, line);
      if (done_ >= shard.cases(cases) || number != shard.number(done_))
        fail("case " + std::to_string(number) +
             " is out of order: the file was changed or damaged");
      seen(line);
      ++done_;
    }
    if (!has_header) complete(header);
    if (done_ == shard.cases(cases) && !partial_.empty())
      fail("the file has more lines than the campaign has cases");
    flush();
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

CampaignFile::~CampaignFile() { ::close(fd_); }

/// Appends `line`. When the file ends with a part of this line, appends only what is missing.
void CampaignFile::complete(const std::string& line) {
  if (!line.starts_with(partial_))
    fail(
        "the last line is cut off and differs from the line that this campaign would write "
        "there; choose another file; found: " +
        partial_.substr(0, 80));
  buffer_ += line.substr(partial_.size()) + '\n';
  partial_.clear();
}

void CampaignFile::append(const std::string& line) {
  complete(line);
  ++done_;
  if (buffer_.size() >= kBufferMax) flush();
}

void CampaignFile::flush() {
  std::string_view left = buffer_;
  while (!left.empty()) {
    const ssize_t n = ::write(fd_, left.data(), left.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw BadInput{"cannot write " + path_ + ": " + error_text(errno)};
    left.remove_prefix(static_cast<std::size_t>(n));
  }
  buffer_.clear();
}

void read_campaign_file(const std::string& path,
                        const std::function<void(const OrderedJson&)>& begins,
                        const std::function<void(const std::string&)>& seen) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw BadInput{"cannot read " + path + ": " + error_text(errno)};
  std::string line;
  const auto next = [&] { return static_cast<bool>(std::getline(in, line)) && !in.eof(); };
  try {
    const OrderedJson header = next() ? parse_shallow(line) : OrderedJson();
    if (!header.is_object() || !header.contains("cpuhp_faults"))
      throw BadInput{path + ": expected a file that `cpuhp-sim faults --out` wrote"};
    begins(header);
  } catch (const OrderedJson::exception&) {
    throw BadInput{path + ": expected a file that `cpuhp-sim faults --out` wrote"};
  }
  while (next()) {
    case_of_line(path, line);
    seen(line);
  }
}

}  // namespace cpuhp

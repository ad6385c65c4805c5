#include "sim/campaign/campaign_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <map>
#include <memory>
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

namespace {

/// Reads the file of one shard line by line.
struct ShardFile {
  std::string path;
  std::ifstream in;
  OrderedJson header;
  Shard shard;

  explicit ShardFile(const std::string& path_) : path(path_), in(path_, std::ios::binary) {
    if (!in) throw BadInput{"cannot read " + path + ": " + error_text(errno)};
    try {
      header = parse_shallow(line());
      if (!header.is_object() || !header.contains("cpuhp_faults") ||
          !header.at("cases").is_number_unsigned() || !header.at("scenario").is_string())
        refuse();
      if (!header.contains("shard"))
        throw BadInput{path +
                       ": the file holds the whole campaign; --merge expects files of a campaign "
                       "with --shard"};
      const OrderedJson &index = header["shard"].at("index"), &of = header["shard"].at("of");
      if (!index.is_number_unsigned() || !of.is_number_unsigned()) refuse();
      if (index < 1 || of < index) refuse();
      shard = {index.get<std::uint64_t>() - 1, of};
    } catch (const OrderedJson::exception&) {
      refuse();
    }
  }

  [[noreturn]] void refuse() const {
    throw BadInput{path + ": expected a file that `cpuhp-sim faults --out` wrote"};
  }

  std::string line() {
    std::string text;
    if (!std::getline(in, text) || in.eof())
      throw BadInput{path +
                     ": the file is incomplete; run the command that wrote it again: the command "
                     "continues the file"};
    return text;
  }

  OrderedJson common_header() const {
    OrderedJson common = header;
    common.erase("shard");
    return common;
  }
};

/// Opens the files of all shards, ordered by index. Throws BadInput unless they belong to one
/// campaign and each shard is there exactly once.
std::vector<std::unique_ptr<ShardFile>> open_shards(const std::vector<std::string>& paths) {
  std::map<std::uint64_t, std::unique_ptr<ShardFile>> shards;
  for (const std::string& path : paths) {
    auto file = std::make_unique<ShardFile>(path);
    if (!shards.empty() && file->common_header() != shards.begin()->second->common_header())
      throw BadInput{path + ": the file belongs to another campaign than " +
                     shards.begin()->second->path};
    if (!shards.empty() && file->shard.of != shards.begin()->second->shard.of)
      throw BadInput{path + ": the file has another number of shards than " +
                     shards.begin()->second->path};
    const std::uint64_t index = file->shard.index;
    const auto [it, fresh] = shards.emplace(index, std::move(file));
    if (!fresh) throw BadInput{path + ": the file holds the same shard as " + it->second->path};
  }
  std::vector<std::unique_ptr<ShardFile>> all;
  const std::uint64_t of = shards.begin()->second->shard.of;
  for (std::uint64_t i = 0; i < of; ++i) {
    const auto found = shards.find(i);
    if (found == shards.end())
      throw BadInput{"shard " + std::to_string(i + 1) + "/" + std::to_string(of) + " is missing"};
    all.push_back(std::move(found->second));
  }
  return all;
}

}  // namespace

std::string merge_campaign_files(const std::vector<std::string>& paths, const std::string& out,
                                 const std::function<void(const std::string&)>& seen,
                                 const std::function<void(const OrderedJson&)>& begins) {
  const auto shards = open_shards(paths);
  if (begins) begins(shards.front()->header);
  const std::string header = shards.front()->common_header().dump();
  const std::uint64_t cases = shards.front()->header["cases"];
  const auto write = [&](std::ostream* to) {
    if (to != nullptr) *to << header << '\n';
    for (std::uint64_t i = 0; i < cases; ++i) {
      ShardFile& file = *shards[i % shards.size()];
      const std::string line = file.line();
      if (case_of_line(file.path, line) != i)
        throw BadInput{file.path + ": case " + std::to_string(i) + " is missing"};
      if (to != nullptr) *to << line << '\n';
      seen(line);
    }
    for (const auto& file : shards)
      if (file->in.peek() != std::ifstream::traits_type::eof())
        throw BadInput{file->path + ": the file has more cases than its header states"};
  };
  if (out.empty())
    write(nullptr);
  else
    write_file_atomically(out, [&](std::ostream& to) { write(&to); });
  return header;
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

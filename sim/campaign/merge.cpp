#include "sim/campaign/merge.hpp"

#include <spdlog/fmt/fmt.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <queue>
#include <string_view>
#include <system_error>
#include <utility>

#include "sim/campaign/campaign_file.hpp"
#include "sim/campaign/record.hpp"
#include "sim/campaign/shard.hpp"
#include "sim/error.hpp"
#include "sim/host.hpp"
#include "sim/scenario/scenario_json.hpp"

namespace cpuhp {
namespace {

/// Every header begins so.
constexpr std::string_view kHeaderBegin = "{\"cpuhp_faults\":";
/// So many incomplete shards are told one by one.
constexpr std::size_t kGapsMax = 20;

/// One file, read line by line. A last line that is cut off is left out.
class PartFile {
 public:
  explicit PartFile(const std::string& path) : path_(path), in_(path, std::ios::binary) {
    if (!in_) throw BadInput{"cannot read " + path + ": " + std::generic_category().message(errno)};
    std::string text;
    if (!std::getline(in_, text) || in_.eof()) {
      // Whoever wrote it was killed before the header was complete.
      if (!kHeaderBegin.starts_with(text.substr(0, kHeaderBegin.size()))) refuse();
      return;
    }
    read_header(text);
  }

  bool has_header() const { return !header_.is_null(); }
  const std::string& path() const { return path_; }
  /// Returns the header without what it says of shards.
  OrderedJson common_header() const {
    OrderedJson common = header_;
    common.erase("shard");
    return common;
  }
  /// Returns the number of shards of the campaign; 1: the file is of no shard.
  std::uint64_t of() const { return of_; }
  std::uint64_t cases() const { return cases_; }

  /// Reads the next case. Returns false at the end of the file.
  bool next() {
    std::string line;
    if (!std::getline(in_, line) || in_.eof()) return false;
    const std::uint64_t number = case_of_line(path_, line);
    if (has_case_ && number <= number_)
      throw BadInput{fmt::format("{}: case {} follows case {}: the file was changed or damaged",
                                 path_, number, number_)};
    if (number >= cases_ || (index_ && number % of_ != *index_))
      throw BadInput{fmt::format("{}: case {} is not a case of this file's header", path_, number)};
    has_case_ = true;
    number_ = number;
    line_ = std::move(line);
    return true;
  }
  std::uint64_t number() const { return number_; }
  const std::string& line() const { return line_; }

 private:
  [[noreturn]] void refuse() const {
    throw BadInput{path_ + ": expected a file that `cpuhp-sim faults --out` wrote"};
  }

  void read_header(const std::string& text) {
    try {
      header_ = parse_shallow(text);
      if (!header_.is_object() || !header_.contains("cpuhp_faults") ||
          !header_.at("cases").is_number_unsigned() || !header_.at("scenario").is_string())
        refuse();
      cases_ = header_["cases"];
      if (header_.contains("shard")) read_shard(header_["shard"]);
    } catch (const OrderedJson::exception&) {
      refuse();
    }
  }

  /// A merged file with some of the shards has no index.
  void read_shard(const OrderedJson& shard) {
    const OrderedJson& of = shard.at("of");
    if (!of.is_number_unsigned() || of < 1 || of > kShardsMax) refuse();
    of_ = of;
    if (!shard.contains("index")) return;
    const OrderedJson& index = shard["index"];
    if (!index.is_number_unsigned() || index < 1 || of < index) refuse();
    index_ = index.get<std::uint64_t>() - 1;
  }

  std::string path_;
  std::ifstream in_;
  OrderedJson header_;
  std::uint64_t cases_ = 0;
  std::uint64_t of_ = 1;
  std::optional<std::uint64_t> index_;
  bool has_case_ = false;
  std::uint64_t number_ = 0;
  std::string line_;
};

/// Which cases of each shard are there.
class Coverage {
 public:
  Coverage(std::uint64_t cases, std::uint64_t of) : cases_(cases), of_(of), shards_(of) {}

  void add(std::uint64_t number) {
    Count& shard = shards_[number % of_];
    ++all_;
    ++shard.present;
    if (number / of_ == shard.first_missing) ++shard.first_missing;
  }
  std::uint64_t missing() const { return cases_ - all_; }
  std::vector<std::string> gaps() const;

 private:
  struct Count {
    std::uint64_t present = 0;
    std::uint64_t first_missing = 0;  ///< position in the shard
  };

  std::string absent() const;

  std::uint64_t cases_, of_;
  std::uint64_t all_ = 0;
  std::vector<Count> shards_;
};

/// Returns which shards have no case at all, such as "3, 5-7"; empty: none.
std::string Coverage::absent() const {
  std::string text;
  const auto is_absent = [this](std::uint64_t i) {
    return i < of_ && shards_[i].present == 0 && Shard{i, of_}.cases(cases_) > 0;
  };
  for (std::uint64_t i = 0; i < of_; ++i) {
    if (!is_absent(i)) continue;
    const std::uint64_t first = i;
    while (is_absent(i + 1)) ++i;
    if (!text.empty()) text += ", ";
    text += std::to_string(first + 1);
    if (i > first) text += '-' + std::to_string(i + 1);
  }
  return text;
}

std::vector<std::string> Coverage::gaps() const {
  std::vector<std::string> gaps;
  if (const std::string shards = absent(); !shards.empty() && of_ > 1) {
    const bool one = shards.find_first_of(",-") == std::string::npos;
    gaps.push_back(fmt::format("shard{} {} of {} {} missing", one ? "" : "s", shards, of_,
                               one ? "is" : "are"));
  }
  std::size_t more = 0;
  for (std::uint64_t i = 0; i < of_; ++i) {
    const Shard shard{i, of_};
    const Count& count = shards_[i];
    if (count.present == shard.cases(cases_) || (count.present == 0 && of_ > 1)) continue;
    if (gaps.size() > kGapsMax)
      ++more;
    else
      gaps.push_back(fmt::format(
          "{} has {} of its {} cases, and lacks case {} first",
          of_ > 1 ? fmt::format("shard {} of {}", i + 1, of_) : std::string("the campaign"),
          count.present, shard.cases(cases_), shard.number(count.first_missing)));
  }
  if (more > 0) gaps.push_back(fmt::format("{} more shards are incomplete", more));
  return gaps;
}

/// The files of one merge.
struct Parts {
  std::vector<std::unique_ptr<PartFile>> files;
  OrderedJson header;       ///< of the whole campaign
  std::uint64_t cases = 0;  ///< of the whole campaign
  std::uint64_t of = 1;     ///< number of shards; 1: no file is of a shard
};

/// Opens all files. Throws BadInput unless they belong to one campaign.
Parts open_parts(const std::vector<std::string>& paths) {
  Parts parts;
  const PartFile *first = nullptr, *sharded = nullptr;
  for (const std::string& path : paths) {
    auto file = std::make_unique<PartFile>(path);
    if (!file->has_header()) continue;
    if (first == nullptr) {
      first = file.get();
      parts.header = file->common_header();
      parts.cases = file->cases();
    } else if (file->common_header() != parts.header) {
      throw BadInput{path + ": the file belongs to another campaign than " + first->path()};
    }
    if (file->of() > 1) {
      if (sharded != nullptr && file->of() != sharded->of())
        throw BadInput{path + ": the file has another number of shards than " + sharded->path()};
      sharded = file.get();
      parts.of = file->of();
    }
    parts.files.push_back(std::move(file));
  }
  if (first == nullptr) throw BadInput{"none of the files to merge has a complete first line"};
  return parts;
}

/// Passes each case of the files to `seen` once, in order. Returns which ones there were.
Coverage pass_cases(Parts& parts, const std::function<void(const std::string&)>& seen) {
  Coverage coverage(parts.cases, parts.of);
  const auto later = [](const PartFile* a, const PartFile* b) { return a->number() > b->number(); };
  std::priority_queue<PartFile*, std::vector<PartFile*>, decltype(later)> next(later);
  for (const auto& file : parts.files)
    if (file->next()) next.push(file.get());
  while (!next.empty()) {
    PartFile* const file = next.top();
    next.pop();
    coverage.add(file->number());
    seen(file->line());
    while (!next.empty() && next.top()->number() == file->number()) {
      PartFile* const other = next.top();
      next.pop();
      if (other->line() != file->line())
        throw BadInput{
            fmt::format("{} and {} have different results of case {}: they were made by "
                        "different builds of cpuhp-sim, or one was changed",
                        file->path(), other->path(), file->number())};
      if (other->next()) next.push(other);
    }
    if (file->next()) next.push(file);
  }
  return coverage;
}

/// What was written as a whole turned out to be a part, or the other way round.
struct OtherHeader {};

/// Returns the header of a merged file that lacks cases.
OrderedJson part_header(const Parts& parts) {
  OrderedJson header = parts.header;
  if (parts.of > 1) header["shard"] = {{"of", parts.of}};
  return header;
}

}  // namespace

Merged merge_campaign_files(const std::vector<std::string>& paths, const std::string& out,
                            const std::function<void(const std::string&)>& seen,
                            const std::function<void(const OrderedJson&)>& begins) {
  Merged merged;
  bool first = true;
  const auto merge = [&](std::ostream* to, bool whole) {
    Parts parts = open_parts(paths);
    if (first && begins) begins(parts.header);
    if (to != nullptr) *to << (whole ? parts.header : part_header(parts)).dump() << '\n';
    const Coverage coverage = pass_cases(parts, [&](const std::string& line) {
      if (to != nullptr) *to << line << '\n';
      if (first) seen(line);
    });
    merged = {parts.header.dump(), parts.cases, coverage.missing(), coverage.gaps()};
    if (to != nullptr && (coverage.missing() == 0) != whole) throw OtherHeader{};
  };
  // Whether anything is missing is known when all is read, and the header comes first. Nearly
  // always nothing is missing, so a file, which can be written anew, is begun as the whole.
  std::error_code error;
  const bool anew = !std::filesystem::exists(out, error) || std::filesystem::is_regular_file(out);
  try {
    if (out.empty() || !anew)
      merge(nullptr, true);
    else
      write_file_atomically(out, [&](std::ostream& to) { merge(&to, true); });
    if (out.empty() || anew) return merged;
  } catch (const OtherHeader&) {
  }
  first = false;
  const bool whole = merged.missing == 0;
  try {
    write_file_atomically(out, [&](std::ostream& to) { merge(&to, whole); });
  } catch (const OtherHeader&) {
    throw BadInput{"the files to merge are being written: merge them when that has ended"};
  }
  return merged;
}

}  // namespace cpuhp

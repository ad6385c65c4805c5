#include "sim/trace/text_file.hpp"

#include <zlib.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <system_error>

#include "sim/error.hpp"
#include "sim/input_file.hpp"
#include "sim/scenario/file_kind.hpp"
#include "sim/trace/trace_dat_reader.hpp"

namespace cpuhp {
namespace {

void check_is_file(const std::string& path, const std::string& opened) {
  std::error_code error;
  const auto status = std::filesystem::status(opened, error);
  if (!std::filesystem::exists(status)) refuse(path, 0, "the file does not exist");
  if (std::filesystem::is_directory(status)) refuse(path, 0, "is a directory, expected a file");
}

/// Returns the bytes of a file, decompressed if it is gzip'd.
std::string read_bytes(const std::string& named, std::size_t most) {
  const std::string path = shown_file(named);
  const std::string opened = path_to_open(named, most);
  check_is_file(path, opened);
  // gzread() also reads plain files.
  errno = 0;
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(opened.c_str(), "rb"), gzclose_r);
  if (!file)
    refuse(path, 0,
           "cannot be opened: " + std::error_code(errno, std::generic_category()).message());
  std::string text;
  std::array<char, 1 << 16> buffer;
  for (;;) {
    const int n = gzread(file.get(), buffer.data(), static_cast<unsigned>(buffer.size()));
    if (n < 0) {
      int code = 0;
      gzerror(file.get(), &code);
      if (code == Z_BUF_ERROR) refuse(path, 0, "the gzip data is incomplete");
      refuse(path, 0, code == Z_ERRNO ? "cannot be read" : "the gzip data is broken");
    }
    if (n == 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(n));
    if (text.size() > most)
      refuse(path, 0, "is too large: expected at most " + std::to_string(most >> 20) + " MiB");
  }
  // If the data is cut off at the end of a compressed block, only gzerror() reports it.
  int code = 0;
  gzerror(file.get(), &code);
  if (code == Z_BUF_ERROR) refuse(path, 0, "the gzip data is incomplete");
  return text;
}

void check_is_text(const std::string& text, const std::string& path) {
  if (text.find('\0') != std::string::npos) refuse(path, 0, "is binary, expected text");
}

}  // namespace

void refuse(const std::string& file, std::size_t line, std::string message) {
  throw BadInput{BadInputAt{.file = shown_file(file),
                            .line = line,
                            .column = std::size_t{line != 0},
                            .message = std::move(message)}};
}

std::string read_text(const std::string& path) {
  std::string text = read_bytes(path, kMaxTextBytes);
  check_is_text(text, shown_file(path));
  return text;
}

std::string read_trace_text(const std::string& path, std::size_t most) {
  std::string bytes = read_bytes(path, most);
  refuse_json(bytes, path, "a trace");
  if (is_trace_dat(bytes)) return trace_dat_text(bytes, shown_file(path));
  check_is_text(bytes, shown_file(path));
  return bytes;
}

}  // namespace cpuhp

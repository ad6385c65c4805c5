// Sends texts through pipes. The length precedes each text. Internal to the workers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cpuhp {

/// An end of a pipe, closed when it goes out of scope.
class PipeEnd {
 public:
  PipeEnd() = default;
  explicit PipeEnd(int fd) : fd_(fd) {}
  PipeEnd(PipeEnd&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  PipeEnd& operator=(PipeEnd&& other) noexcept;
  ~PipeEnd() { close(); }
  int get() const { return fd_; }
  void close();

 private:
  int fd_ = -1;
};

struct Pipe {
  PipeEnd read, write;
};
/// Throws BadInput when the system cannot make a pipe.
Pipe make_pipe();

/// Texts that are sent together.
class TextBatch {
 public:
  void add(std::string_view text);
  /// Sends the texts. Returns false when the reader is gone.
  bool send(int fd) const;

 private:
  std::string bytes_;
};
bool send_text(int fd, std::string_view text);

/// Splits the bytes from a pipe into texts.
class TextStream {
 public:
  /// Reads the bytes that have arrived. Returns false at the end of the pipe.
  bool read_some(int fd);
  /// Returns the next text, if it is complete.
  std::optional<std::string> next();
  /// Waits for a complete text. Returns no value at the end of the pipe.
  std::optional<std::string> receive(int fd);

 private:
  std::vector<char> piece_;
  std::string bytes_;
  std::size_t at_ = 0;
};

}  // namespace cpuhp

// BadInput, the only exception that readers of files, options and writes throw. It means an error
// of the user. A bug of this program is a failed assertion instead.
//
//   throw BadInput{{.file = "boot.json", .line = 7, .column = 12, .pointer = "/machine/sockets",
//                   .message = "sockets is 0, expected 1 to 65536", .suggestion = "1"}};
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>

namespace cpuhp {

/// What is wrong, and where. Everything except `message` may be left out. Lines and columns count
/// from 1, in bytes. The whole text is like "boot.json:7:12: /machine/sockets: sockets is 0,
/// expected 1 to 65536 (did you mean '1'?)".
struct BadInputAt {
  std::string file;
  std::size_t line = 0;    ///< 0: the file as a whole
  std::size_t column = 0;  ///< 0: the line as a whole
  std::string pointer;     ///< JSON pointer of the value
  std::string message;     ///< one clear sentence, without a full stop
  std::string suggestion;  ///< the nearest right word
};

struct BadInput : std::runtime_error {
  explicit BadInput(BadInputAt at)
      : std::runtime_error(text(at)),
        file(std::move(at.file)),
        line(at.line),
        column(at.column),
        pointer(std::move(at.pointer)),
        message(std::move(at.message)),
        suggestion(std::move(at.suggestion)) {}
  explicit BadInput(std::string sentence) : BadInput(BadInputAt{.message = std::move(sentence)}) {}

  std::string file;
  std::size_t line = 0;
  std::size_t column = 0;
  std::string pointer;
  std::string message;
  std::string suggestion;

 private:
  static std::string text(const BadInputAt& at) {
    std::string s;
    if (!at.file.empty()) {
      s += at.file;
      if (at.line != 0) s += ":" + std::to_string(at.line);
      if (at.line != 0 && at.column != 0) s += ":" + std::to_string(at.column);
      s += ": ";
    }
    if (!at.pointer.empty()) s += at.pointer + ": ";
    s += at.message;
    if (!at.suggestion.empty()) s += " (did you mean '" + at.suggestion + "'?)";
    return s;
  }
};

}  // namespace cpuhp

// What the reader's terminal can show: colour, Unicode and width.
#pragma once

#include <string>
#include <string_view>

namespace cpuhp {

struct Look {
  bool colour = false;
  bool unicode = false;
  unsigned columns = 80;
};

enum class Ink { Plain, Bold, Dim, Green, Red, Blue, Yellow };

/// Returns the text with the colour `ink`; unchanged when the terminal has no colours.
inline std::string inked(std::string_view text, Ink ink, const Look& look) {
  if (!look.colour || ink == Ink::Plain) return std::string(text);
  const char* code = "0";
  switch (ink) {
    case Ink::Plain:
      break;
    case Ink::Bold:
      code = "1";
      break;
    case Ink::Dim:
      code = "2";
      break;
    case Ink::Red:
      code = "31";
      break;
    case Ink::Green:
      code = "32";
      break;
    case Ink::Yellow:
      code = "33";
      break;
    case Ink::Blue:
      code = "34";
      break;
  }
  return std::string("\033[") + code + "m" + std::string(text) + "\033[0m";
}

}  // namespace cpuhp

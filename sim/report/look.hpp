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

/// A colour or weight; its value is the terminal's code for it.
enum class Ink { Plain = 0, Bold = 1, Dim = 2, Red = 31, Green = 32, Yellow = 33, Blue = 34 };

/// Returns the text with the colour `ink`; unchanged when the terminal has no colours.
inline std::string inked(std::string_view text, Ink ink, const Look& look) {
  if (!look.colour || ink == Ink::Plain) return std::string(text);
  return "\033[" + std::to_string(static_cast<int>(ink)) + "m" + std::string(text) + "\033[0m";
}

}  // namespace cpuhp

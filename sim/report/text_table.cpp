#include "sim/report/text_table.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace cpuhp {

std::string TextTable::print(const std::string& indent) const {
  std::vector<std::string> titles;
  std::vector<std::size_t> widths;
  for (const TextColumn& c : columns_) titles.push_back(c.title);
  for (const TextColumn& c : columns_) widths.push_back(c.title.size());
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());

  std::string text;
  const auto line = [&](const std::vector<std::string>& row) {
    std::string one = indent;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string gap(widths[i] - row[i].size(), ' ');
      if (i > 0) one += "  ";
      one += columns_[i].align == Align::Left ? row[i] + gap : gap + row[i];
    }
    one.erase(one.find_last_not_of(' ') + 1);
    text += one + '\n';
  };
  line(titles);
  for (const auto& row : rows_) line(row);
  return text;
}

std::string counted(std::size_t n, std::string_view noun) {
  return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
}

std::string left_out(std::size_t n, std::string_view what) {
  return n == 0 ? "" : fmt::format("  and {} more {} (--all shows them)\n", n, what);
}

}  // namespace cpuhp

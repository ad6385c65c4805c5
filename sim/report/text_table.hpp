// A table of text with aligned columns.
//
//   TextTable t({{"design"}, {"boot (ms)", Align::Right}});
//   t.add({"notifier", "123.456"});
//   const std::string text = t.print("  ");
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cpuhp {

enum class Align { Left, Right };

struct TextColumn {
  std::string title;
  Align align = Align::Left;
};

class TextTable {
 public:
  explicit TextTable(std::vector<TextColumn> columns) : columns_(std::move(columns)) {}
  /// Adds a row with one cell for each column.
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  /// Returns title and rows, each on a line after `indent`. Lines don't end in blanks.
  std::string print(const std::string& indent = "") const;

 private:
  std::vector<TextColumn> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// How many rows of each table are shown.
struct ShownRows {
  std::size_t top = 10;
  bool all = false;

  template <typename Row>
  std::span<const Row> of(const std::vector<Row>& rows) const {
    return std::span(rows).first(all ? rows.size() : std::min(rows.size(), top));
  }
};

/// Returns a number with its noun: "1 CPU", "2 CPUs".
std::string counted(std::size_t n, std::string_view noun);
/// Tells how many rows are not shown: "  and 3 more links (--all shows them)\n".
std::string left_out(std::size_t n, std::string_view what);

}  // namespace cpuhp

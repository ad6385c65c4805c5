// A table of text with aligned columns.
//
//   TextTable t({{"design"}, {"boot (ms)", Align::Right}});
//   t.add({"notifier", "123.456"});
//   const std::string text = t.print("  ");
#pragma once

#include <string>
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

}  // namespace cpuhp

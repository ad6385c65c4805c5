// Integers packed for the report's page: columns of numbers, each as few bytes as it needs,
// deflated and written in base64. report/src/columns.js reads them.
//
//   Columns columns;
//   columns.add(begins);        // {0, 1200, 1350}
//   columns.add(durations);
//   columns.text();             // "eJxjYGBg..."
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cpuhp {

class Columns {
 public:
  /// Any integers; small ones are short, so give differences where values grow.
  void add(const std::vector<std::int64_t>& values);
  /// All columns: for each its length, then its values.
  std::string text() const;

 private:
  void put(std::uint64_t value);

  std::string bytes_;
};

std::string base64(const std::string& bytes);

}  // namespace cpuhp

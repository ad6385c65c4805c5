// Packs integers for the report's page: columns of numbers, each in as few bytes as possible,
// deflated and in base64. report/src/columns.js reads them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cpuhp {

class Columns {
 public:
  /// Adds a column of any integers; small ones are short, so give differences if values grow.
  void add(const std::vector<std::int64_t>& values);
  /// Returns all columns: for each its length, then its values.
  std::string text() const;

 private:
  void put(std::uint64_t value);

  std::string bytes_;
};

std::string base64(const std::string& bytes);

}  // namespace cpuhp

// Packs columns of integers for the report's page: each number in as few bytes as possible, all
// deflated and in base64. page/src/columns.js reads them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cpuhp {

class Columns {
 public:
  /// Adds a column of integers. Small numbers need fewer bytes, so growing values should be given
  /// as differences.
  void add(const std::vector<std::int64_t>& values);
  /// Returns all columns packed. The length of each column precedes its values.
  std::string text() const;

 private:
  void put(std::uint64_t value);

  std::string bytes_;
};

std::string base64(const std::string& bytes);

}  // namespace cpuhp

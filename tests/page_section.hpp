// A generated part of a page of docs/: between a line of its own and the line "<!-- end -->".
// CPUHP_UPDATE=1 in a test's environment writes it instead of comparing.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "tests/file_text.hpp"

namespace cpuhp::test {

/// Expects `text` below the line `<!-- name -->` of the page, a path from the repository's root.
inline void expect_section(const std::string& page, const std::string& name,
                           const std::string& text) {
  const std::string path = CPUHP_SOURCE_DIR "/" + page;
  const std::string begin = "<!-- " + name + " -->\n";
  std::string all = file_text(path);
  const std::size_t from = all.find(begin);
  ASSERT_NE(from, std::string::npos) << path << " lacks the line " << begin;
  const std::size_t first = from + begin.size(), end = all.find("<!-- end -->", first);
  ASSERT_NE(end, std::string::npos) << path << ": the part " << name << " has no end";
  if (std::getenv("CPUHP_UPDATE") != nullptr) {
    all.replace(first, end - first, text);
    std::ofstream(path, std::ios::binary) << all;
    return;
  }
  EXPECT_EQ(all.substr(first, end - first), text)
      << "rewrite it with CPUHP_UPDATE=1 in this test's environment";
}

}  // namespace cpuhp::test

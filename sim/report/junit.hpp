// Writes results as JUnit XML, which CI systems read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cpuhp {

struct JUnitCase {
  std::string classname;
  std::string name;
  std::string failure;  ///< empty: the test passed; otherwise its first line is the message
};

struct JUnitSuite {
  std::string name;
  std::vector<JUnitCase> cases;
};

std::string junit_xml(const std::vector<JUnitSuite>& suites);

/// Escapes a text for XML 1.0. Characters that XML cannot represent become U+FFFD.
std::string xml_escaped(std::string_view text);

}  // namespace cpuhp

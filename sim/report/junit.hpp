// Results as JUnit XML, which CI systems read.
//
//   junit_xml({{.name = "scenarios", .cases = {{.name = "boot", .failure = "online: ..."}}}});
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cpuhp {

struct JUnitCase {
  std::string classname;
  std::string name;
  std::string failure;  ///< empty: it passed; its first line is the message
};

struct JUnitSuite {
  std::string name;
  std::vector<JUnitCase> cases;
};

std::string junit_xml(const std::vector<JUnitSuite>& suites);

/// As an attribute or a text of XML 1.0 has it; what XML cannot hold at all becomes U+FFFD.
std::string xml_escaped(std::string_view text);

}  // namespace cpuhp

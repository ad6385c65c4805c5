#include "sim/report/junit.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace cpuhp {
namespace {

std::size_t failures(const JUnitSuite& suite) {
  return static_cast<std::size_t>(
      std::count_if(suite.cases.begin(), suite.cases.end(),
                    [](const JUnitCase& c) { return !c.failure.empty(); }));
}

std::string case_xml(const JUnitCase& c) {
  const std::string open = fmt::format("    <testcase classname=\"{}\" name=\"{}\"",
                                       xml_escaped(c.classname), xml_escaped(c.name));
  if (c.failure.empty()) return open + "/>\n";
  return open + fmt::format(">\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n",
                            xml_escaped(c.failure.substr(0, c.failure.find('\n'))),
                            xml_escaped(c.failure));
}

}  // namespace

std::string xml_escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\n':
      case '\t':
        escaped += c == '\n' ? "&#10;" : "&#9;";
        break;
      default:
        if (static_cast<unsigned char>(c) < ' ')
          escaped += "\xef\xbf\xbd";
        else
          escaped += c;
    }
  return escaped;
}

std::string junit_xml(const std::vector<JUnitSuite>& suites) {
  std::size_t tests = 0, failed = 0;
  for (const JUnitSuite& suite : suites) {
    tests += suite.cases.size();
    failed += failures(suite);
  }
  std::string xml = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"cpuhp-sim\" tests=\"{}\" failures=\"{}\" errors=\"0\">\n",
      tests, failed);
  for (const JUnitSuite& suite : suites) {
    xml += fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\">\n",
                       xml_escaped(suite.name), suite.cases.size(), failures(suite));
    for (const JUnitCase& c : suite.cases) xml += case_xml(c);
    xml += "  </testsuite>\n";
  }
  return xml + "</testsuites>\n";
}

}  // namespace cpuhp

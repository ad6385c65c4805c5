#include "sim/report/junit.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <utility>

namespace cpuhp {
namespace {

using Escape = std::pair<char, std::string_view>;

constexpr std::array<Escape, 6> kEscapes{{{'&', "&amp;"},
                                          {'<', "&lt;"},
                                          {'>', "&gt;"},
                                          {'"', "&quot;"},
                                          {'\n', "&#10;"},
                                          {'\t', "&#9;"}}};

std::size_t failures(const JUnitSuite& suite) {
  return static_cast<std::size_t>(
      std::ranges::count_if(suite.cases, [](const JUnitCase& c) { return !c.failure.empty(); }));
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
  for (const char c : text)
    if (const auto known = std::ranges::find(kEscapes, c, &Escape::first); known != kEscapes.end())
      escaped += known->second;
    else if (static_cast<unsigned char>(c) < ' ')
      escaped += "\xef\xbf\xbd";
    else
      escaped += c;
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

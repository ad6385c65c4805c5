#include "sim/report/html/page.hpp"

#include <cassert>

namespace cpuhp {
namespace {

using Json = nlohmann::ordered_json;

/// Returns JSON for a script element. Every '<' is escaped, so that no text can end the element or
/// begin a comment.
std::string for_script(const Json& json) {
  const std::string plain = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string safe;
  safe.reserve(plain.size());
  for (const char& c : plain) safe += c == '<' ? "\\u003c" : std::string_view(&c, 1);
  return safe;
}

}  // namespace

bool has_report_page() { return !page_parts().before.empty(); }

std::string html_page(const HtmlReport& report) {
  assert(has_report_page());
  Json data{{"version", 1},
            {"command", report.command},
            {"title", report.title},
            {"subtitle", report.subtitle},
            {"repeat", report.repeat},
            {"program", report.program},
            {"document", Json::parse(report.document)},
            {"groups", Json::array()}};
  for (const PictureGroup& group : report.groups)
    data["groups"].push_back({{"key", group.key}, {"label", group.label}, {"runs", group.runs}});
  const PageParts parts = page_parts();
  std::string page(parts.before);
  page += for_script(data);
  return page += parts.after;
}

}  // namespace cpuhp

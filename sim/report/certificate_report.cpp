#include "sim/report/certificate_report.hpp"

#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include <algorithm>
#include <set>
#include <vector>

#include "sim/report/campaign_report.hpp"
#include "sim/report/text_table.hpp"

namespace cpuhp {
namespace {

using Json = nlohmann::ordered_json;

/// Upper limit of lines or words of one list in the text. The JSON has all.
constexpr std::size_t kShownMax = 5;

/// Returns the first words, and how many more there are.
std::string some(const std::vector<std::string>& words) {
  const std::size_t shown = std::min(words.size(), kShownMax);
  std::string text = fmt::format(
      "{}", fmt::join(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  if (words.size() > shown) text += fmt::format(" and {} more", words.size() - shown);
  return text;
}

/// Returns a line for each cell that was not struck on every CPU every time.
std::string left_text(const Certificate& certificate) {
  std::string text;
  std::size_t cells = 0;
  for (std::size_t i = 0; i < certificate.cells().size(); ++i) {
    const CertificateCell& c = certificate.cells()[i];
    if (c.struck >= c.sites || ++cells > kShownMax) continue;
    text += fmt::format("    {}, {}: {} struck {} of {} times\n", c.design, c.place, c.kind,
                        grouped(c.struck), grouped(c.sites));
  }
  if (cells > kShownMax)
    text += fmt::format("    and {} more places and kinds; --format json lists all\n",
                        grouped(cells - kShownMax));
  return text;
}

std::string sites_text(const Certificate& certificate) {
  const std::uint64_t left = certificate.left();
  std::string text = fmt::format("  sites       {} of {} struck: ", grouped(certificate.struck()),
                                 grouped(certificate.sites()));
  if (left == 0)
    text += certificate.has_all_kinds() ? "no site left\n" : "no site left of these kinds\n";
  if (left > 0) text += fmt::format("{} left\n", grouped(left)) + left_text(certificate);
  std::size_t places = 0;
  std::set<std::string> reasons;
  for (const CertificateReason& r : certificate.reasons()) {
    places += r.kinds.size() * r.places.size();
    reasons.insert(r.why);
  }
  return text + fmt::format("  impossible  {} places and kinds, for {}\n", grouped(places),
                            counted(reasons.size(), "reason"));
}

std::string invariants_text(const Certificate& certificate) {
  std::vector<std::string> never;
  for (const CertificateInvariant& i : certificate.invariants())
    if (i.runs == 0) never.push_back(i.name);
  const std::size_t all = certificate.invariants().size();
  return fmt::format("  invariants  {} of {} had something to judge{}\n", all - never.size(), all,
                     never.empty() ? "" : "; never: " + fmt::format("{}", fmt::join(never, ", ")));
}

std::string turns_text(const Certificate& certificate) {
  std::vector<std::string> never;
  std::size_t expected = 0, met = 0;
  for (const CertificateTurn& t : certificate.turns()) {
    if (!t.expected) ++met;
    if (!t.expected) continue;
    ++expected;
    if (t.runs == 0) never.push_back(fmt::format("{} {} ({})", t.at, t.direction, t.design));
  }
  std::string text = fmt::format("  turns       walks turned back at {} of {} places",
                                 expected - never.size(), expected);
  if (met > 0) text += fmt::format(", and at {} more", met);
  if (!never.empty()) text += "; never: " + some(never);
  return text + '\n';
}

Json back_json(const std::map<std::string, std::uint64_t>& back) {
  Json json = Json::array();
  for (const auto& [state, runs] : back) json.push_back({{"to", state}, {"runs", runs}});
  return json;
}

Json instance_json(InstanceId instance) {
  return instance == kNoInstance ? Json() : Json(instance);
}

Json cell_json(const Certificate& certificate, std::size_t i) {
  const CertificateCell& c = certificate.cells()[i];
  Json json{{"design", c.design}, {"place", c.place},   {"kind", c.kind},
            {"sites", c.sites},   {"struck", c.struck}, {"beyond", c.beyond}};
  json["passed"] = Json::array();
  for (const CertificateCell::Passed& p : c.passed)
    json["passed"].push_back(
        {{"cpus", p.cpus}, {"instance", instance_json(p.instance)}, {"times", p.passes}});
  json["back"] = back_json(c.back);
  json["never_rested"] = c.never_rested;
  json["left"] = Json::array();
  for (const Certificate::Left& left : certificate.left(i))
    json["left"].push_back({{"cpu", left.cpu},
                            {"instance", instance_json(left.instance)},
                            {"times", left.sites},
                            {"struck", left.struck}});
  return json;
}

}  // namespace

std::string certificate_text(const Certificate& certificate) {
  if (certificate.empty()) return {};
  return "certificate\n" + sites_text(certificate) + invariants_text(certificate) +
         turns_text(certificate);
}

Json certificate_json(const Certificate& certificate) {
  if (certificate.empty()) return {};
  Json json{{"sites", certificate.sites()}, {"struck", certificate.struck()},
            {"left", certificate.left()},   {"cells", Json::array()},
            {"impossible", Json::array()},  {"invariants", Json::array()},
            {"turns", Json::array()}};
  for (std::size_t i = 0; i < certificate.cells().size(); ++i)
    json["cells"].push_back(cell_json(certificate, i));
  for (const CertificateReason& r : certificate.reasons())
    json["impossible"].push_back(
        {{"design", r.design}, {"why", r.why}, {"kinds", r.kinds}, {"places", r.places}});
  for (const CertificateInvariant& i : certificate.invariants())
    json["invariants"].push_back({{"name", i.name}, {"needs", i.needs}, {"runs", i.runs}});
  for (const CertificateTurn& t : certificate.turns())
    json["turns"].push_back({{"design", t.design},
                             {"at", t.at},
                             {"direction", t.direction},
                             {"expected", t.expected},
                             {"runs", t.runs},
                             {"back", back_json(t.back)}});
  return json;
}

}  // namespace cpuhp

#include "sim/report/finding_report.hpp"

#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "model/checks/checks.hpp"
#include "model/judged_run.hpp"
#include "sim/report/fault_text.hpp"
#include "sim/report/json_number.hpp"
#include "sim/report/json_text.hpp"
#include "sim/report/run_report.hpp"

namespace cpuhp {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kPlacesShown = 4;

/// Tells where a finding is: "CPU 3, state 202 (rx:online), rx_online(), instance 1, operation 3
/// (down cpu3)".
std::string where_text(const Finding& f) {
  std::vector<std::string> parts;
  if (f.cpu != kNoCpu) parts.push_back(fmt::format("CPU {}", f.cpu));
  if (f.state >= 0)
    parts.push_back(fmt::format("state {}", f.state) +
                    (f.state_name.empty() ? "" : " (" + f.state_name + ')'));
  if (!f.callback.empty()) parts.push_back(f.callback + "()");
  if (f.instance) parts.push_back(fmt::format("instance {}", *f.instance));
  if (f.operation != Finding::kNone)
    parts.push_back(fmt::format("operation {}", f.operation) +
                    (f.operation_text.empty() ? "" : " (" + f.operation_text + ')'));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string line(std::string_view label, std::string_view text) {
  return text.empty() ? "" : fmt::format("  {:<9}{}\n", fmt::format("{}:", label), text);
}

std::string events_text(const Finding& f, bool counter) {
  std::string text;
  for (const Nearby& e : f.around)
    text +=
        fmt::format("    {} {:>12}  {}\n", e.here ? '>' : ' ',
                    counter ? std::to_string(e.time.v) : fmt::format("{} ns", e.time.v), e.text);
  return text.empty() ? "" : "  events:\n" + text;
}

/// Returns a list of consequences: "I5 of a, b, c, d and 16 more; I29 of e".
std::string list_text(const std::vector<Follower>& followers) {
  using Places = std::pair<std::string, std::vector<std::string>>;
  std::vector<Places> by_invariant;
  for (const Follower& f : followers) {
    if (f.why == Follows::Again) continue;
    auto same = std::ranges::find(by_invariant, f.invariant, &Places::first);
    if (same == by_invariant.end()) same = by_invariant.insert(same, {f.invariant, {}});
    if (!f.place.empty() && std::ranges::find(same->second, f.place) == same->second.end())
      same->second.push_back(f.place);
  }
  std::vector<std::string> texts;
  for (auto& [invariant, places] : by_invariant) {
    const std::size_t more = places.size() - std::min(places.size(), kPlacesShown);
    places.resize(places.size() - more);
    texts.push_back(invariant +
                    (places.empty() ? "" : fmt::format(" of {}", fmt::join(places, ", "))) +
                    (more > 0 ? fmt::format(" and {} more", more) : ""));
  }
  return fmt::format("{}", fmt::join(texts, "; "));
}

std::string followers_text(const std::vector<Follower>& followers) {
  std::uint64_t again = 0, others = 0;
  for (const Follower& f : followers) (f.why == Follows::Again ? again : others) += f.count;
  std::string text;
  if (again > 0)
    text += line("again", fmt::format("{} more with the same invariant and place", again));
  if (others > 0)
    text += line("follows", fmt::format("further findings of the same cause ({}): {}", others,
                                        list_text(followers)));
  return text;
}

/// Returns the JSON fields that causes and their consequences have in common.
Json base_json(const Finding& f) {
  return {{"invariant", f.invariant},
          {"place", f.place},
          {"cpu", cpu_json(f.cpu)},
          {"time_ns", f.time.v},
          {"text", f.text}};
}

Finding base_from(const Json& json) {
  Finding f{.invariant = json.at("invariant"),
            .time = Ns{whole_number<std::int64_t>(json.at("time_ns"))}};
  if (!json.at("cpu").is_null()) f.cpu = whole_number<CpuId>(json.at("cpu"));
  f.text = json.at("text");
  f.place = json.at("place");
  return f;
}

Finding cause_from(const Json& json) {
  Finding f = base_from(json);
  f.source = json.at("source");
  f.state_name = json.at("state_name");
  f.callback = json.at("callback");
  f.wanted = json.at("wanted");
  if (!json.at("state").is_null()) f.state = whole_number<StateId>(json.at("state"));
  if (!json.at("instance").is_null()) f.instance = whole_number<int>(json.at("instance"));
  if (const Json& operation = json.at("operation"); !operation.is_null()) {
    f.operation = whole_number<std::size_t>(operation.at("number"));
    f.operation_text = operation.at("text");
  }
  for (const Json& fault : json.at("faults")) f.faults.push_back(fault);
  for (const Json& e : json.at("events"))
    f.around.push_back(
        {Ns{whole_number<std::int64_t>(e.at("time_ns"))}, e.at("text"), e.at("here")});
  return f;
}

Follows follows_from(const Json& json) {
  for (const Follows why :
       {Follows::Again, Follows::Walk, Follows::Resource, Follows::End, Follows::Stray})
    if (json.at("why") == to_string(why)) return why;
  return Follows::Nothing;
}

}  // namespace

void name_run(std::vector<Finding>& findings, const RunResult& result,
              const MachineConfig& config) {
  if (findings.empty()) return;
  std::vector<std::string> faults;
  for (const Fault& f : struck_faults(result, config)) faults.push_back(fault_text(f, config));
  for (Finding& f : findings) {
    if (!f.is_cause()) continue;
    f.faults = faults;
    if (f.operation < config.operations.size())
      f.operation_text = operation_text(config.operations[f.operation], config);
  }
}

std::vector<Finding> findings_of(const RunResult& result, const MachineConfig& config) {
  std::vector<Finding> findings = check_all(result.stream, judged_by(config, result.ok()));
  name_run(findings, result, config);
  return findings;
}

std::size_t count_causes(const std::vector<Finding>& findings) {
  return static_cast<std::size_t>(std::ranges::count_if(findings, &Finding::is_cause));
}

std::vector<Follower> followers_of(const std::vector<Finding>& findings, std::size_t cause) {
  std::vector<Follower> followers;
  for (const Finding& f : findings) {
    if (f.cause != cause) continue;
    auto same = std::ranges::find_if(followers, [&](const Follower& other) {
      return other.invariant == f.invariant && other.place == f.place && other.why == f.follows;
    });
    if (same == followers.end()) same = followers.insert(same, {f.invariant, f.place, f.follows});
    ++same->count;
  }
  return followers;
}

std::string finding_title(const Finding& f) {
  return f.invariant + (f.place.empty() ? "" : " of " + f.place);
}

std::string finding_details(const Finding& f, const std::vector<Follower>& followers,
                            bool counter) {
  std::string text = line("where", where_text(f));
  for (const std::string& fault : f.faults) text += line("fault", fault);
  text += line("should", f.wanted + (f.source.empty() ? "" : " (" + f.source + ')'));
  return text + events_text(f, counter) + followers_text(followers);
}

std::string finding_paragraph(const Finding& f) {
  std::string text = f.text + '.';
  const auto sentence = [&text](std::string_view label, const std::string& words) {
    if (!words.empty()) text += fmt::format(" {}: {}.", label, words);
  };
  sentence("Where", where_text(f));
  sentence("Fault", fmt::format("{}", fmt::join(f.faults, "; ")));
  sentence("What should be", f.wanted);
  std::vector<std::string> events;
  for (const Nearby& e : f.around)
    events.push_back(fmt::format("{}{} ns {}", e.here ? "> " : "", e.time.v, e.text));
  sentence("Events", fmt::format("{}", fmt::join(events, "; ")));
  return text;
}

std::string broken_text(const std::vector<Finding>& findings, std::size_t cause) {
  const Finding& f = findings[cause];
  return fmt::format("broken: {} at {} ns: {}\n", f.invariant, f.time.v, f.text) +
         finding_details(f, followers_of(findings, cause));
}

std::string broken_text(const std::vector<Finding>& findings) {
  std::string text;
  for (std::size_t i = 0; i < findings.size(); ++i)
    if (findings[i].is_cause()) text += broken_text(findings, i);
  return text;
}

Json finding_json(const Finding& f) {
  Json json = base_json(f);
  json["source"] = f.source;
  json["where"] = where_text(f);
  json["state"] = f.state < 0 ? Json() : Json(f.state);
  json["state_name"] = f.state_name;
  json["callback"] = f.callback;
  json["instance"] = f.instance ? Json(*f.instance) : Json();
  json["operation"] = nullptr;
  if (f.operation != Finding::kNone)
    json["operation"] = {{"number", f.operation}, {"text", f.operation_text}};
  json["faults"] = f.faults;
  json["wanted"] = f.wanted;
  Json& events = json["events"] = Json::array();
  for (const Nearby& e : f.around)
    events.push_back({{"time_ns", e.time.v}, {"text", e.text}, {"here", e.here}});
  return json;
}

Json findings_json(const std::vector<Finding>& findings, const AddToFinding& add) {
  Json list = Json::array();
  std::vector<std::size_t> place_of_cause(findings.size());
  for (std::size_t i = 0; i < findings.size(); ++i) {
    const Finding& f = findings[i];
    Json json = f.is_cause() ? finding_json(f) : base_json(f);
    if (!f.is_cause()) json["why"] = to_string(f.follows);
    if (add) add(json, i);
    if (f.is_cause()) {
      json["follows"] = Json::array();
      place_of_cause[i] = list.size();
      list.push_back(std::move(json));
    } else {
      list[place_of_cause[f.cause]]["follows"].push_back(std::move(json));
    }
  }
  return list;
}

std::vector<Finding> findings_from(const Json& json) {
  std::vector<Finding> findings;
  for (const Json& one : json) {
    const std::size_t cause = findings.size();
    findings.push_back(cause_from(one));
    for (const Json& follower : one.at("follows")) {
      findings.push_back(base_from(follower));
      findings.back().cause = cause;
      findings.back().follows = follows_from(follower);
    }
  }
  return findings;
}

}  // namespace cpuhp

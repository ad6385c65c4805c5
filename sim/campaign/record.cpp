#include "sim/campaign/record.hpp"

#include "sim/error.hpp"

namespace cpuhp {
namespace {

OrderedJson case_json(const CampaignPlan& plan, const CampaignCase& c) {
  const MachineConfig& config = plan.config(c.design);
  OrderedJson json{{"case", c.number},
                   {"design", to_string(config.design)},
                   {"mode", to_string(c.mode)},
                   {"faults", OrderedJson::array()}};
  for (const Fault& f : c.faults) json["faults"].push_back(fault_json(f, config));
  if (c.mode != CaseMode::Random) return json;
  json["seed"] = c.seed;
  json["jitter"] = c.jitter;
  return json;
}

}  // namespace

OrderedJson finding_json(const Finding& f) {
  OrderedJson json{{"invariant", f.invariant}, {"place", f.place}};
  json["cpu"] = f.cpu == kNoCpu ? OrderedJson() : OrderedJson(f.cpu);
  json["time_ns"] = f.time.v;
  json["text"] = f.text;
  return json;
}

Finding finding_of(const OrderedJson& json) {
  Finding f{.invariant = json.at("invariant"), .time = Ns{json.at("time_ns")}};
  if (!json.at("cpu").is_null()) f.cpu = json.at("cpu");
  f.text = json.at("text");
  f.place = json.at("place");
  return f;
}

std::string record_line(const CampaignPlan& plan, const CampaignCase& c, const Verdict& verdict) {
  OrderedJson json = case_json(plan, c);
  json["outcome"] = to_string(verdict.outcome);
  json["ret"] = OrderedJson::array();
  for (const std::optional<int>& ret : verdict.returns)
    json["ret"].push_back(ret ? OrderedJson(*ret) : OrderedJson());
  json["digest"] = verdict.digest;
  json["findings"] = OrderedJson::array();
  for (const Finding& f : verdict.findings) json["findings"].push_back(finding_json(f));
  return json.dump();
}

std::string crash_line(const CampaignPlan& plan, const CampaignCase& c, const std::string& death) {
  OrderedJson json = case_json(plan, c);
  json["outcome"] = to_string(Outcome::Crash);
  json["ret"] = OrderedJson::array();
  json["digest"] = "";
  const Finding crash{.invariant = std::string(kCrash),
                      .text = "cpuhp-sim itself died of this run: " + death,
                      .place = death};
  json["findings"] = OrderedJson::array({finding_json(crash)});
  return json.dump();
}

Record parse_record(std::string_view line) {
  try {
    const OrderedJson json = OrderedJson::parse(line);
    Record r{.number = json.at("case"),
             .design = json.at("design"),
             .mode = json.at("mode"),
             .outcome = json.at("outcome")};
    for (const OrderedJson& fault : json.at("faults")) r.kinds.push_back(fault.at("kind"));
    for (const OrderedJson& finding : json.at("findings"))
      r.findings.push_back(finding_of(finding));
    return r;
  } catch (const OrderedJson::exception&) {
    throw BadInput{"not a line of a campaign: " + std::string(line.substr(0, 80))};
  }
}

}  // namespace cpuhp

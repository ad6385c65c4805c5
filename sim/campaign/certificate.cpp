#include "sim/campaign/certificate.hpp"

#include <algorithm>
#include <numeric>

#include "model/checks/exercised.hpp"
#include "model/faults/sites.hpp"
#include "sim/error.hpp"
#include "sim/report/json_number.hpp"
#include "sim/scenario/cpulist.hpp"

namespace cpuhp {
namespace {

/// Returns the name or number of a state as text.
std::string state_word(const CampaignPlan& plan, std::size_t design, StateId state) {
  const OrderedJson json = OrderedJson::parse(plan.state_text(design, state));
  return json.is_string() ? json.get<std::string>() : json.dump();
}

/// Returns an object for all CPUs that pass a site as often.
OrderedJson passed_json(const std::vector<SitePasses>& passed, CpuId nr_cpus) {
  std::map<std::pair<InstanceId, std::uint32_t>, CpuMask> groups;
  for (const SitePasses& p : passed)
    groups.try_emplace({p.instance, p.passes}, CpuMask(nr_cpus)).first->second.set(p.cpu);
  OrderedJson json = OrderedJson::array();
  for (const auto& [key, cpus] : groups) {
    json.push_back({{"cpus", print_cpulist(cpus)}, {"times", key.second}});
    if (key.first != kNoInstance) json.back()["instance"] = key.first;
  }
  return json;
}

/// Appends a word to a list of which it is not the last one already.
void append_once(OrderedJson& list, std::string_view word) {
  if (std::ranges::find(list, OrderedJson(word)) == list.end()) list.push_back(word);
}

OrderedJson cells_json(const CampaignPlan& plan, std::size_t design) {
  OrderedJson cells = OrderedJson::array();
  std::map<std::pair<std::string, std::string>, std::size_t> known;
  for (const CampaignSite& s : plan.sites(design)) {
    if (!s.impossible.empty()) continue;
    OrderedJson passed = passed_json(s.passed, plan.config(design).topology.nr_cpus());
    const std::string place = place_word(plan, design, s.site);
    const auto [at, fresh] = known.try_emplace({place, passed.dump()}, cells.size());
    if (fresh)
      cells.push_back(
          {{"place", place}, {"kinds", OrderedJson::array()}, {"passed", std::move(passed)}});
    cells[at->second]["kinds"].push_back(to_string(s.site.kind));
  }
  return cells;
}

/// Returns each reason with the kinds and places for which it holds. A reason that holds for some
/// kinds at some places, and for others at others, comes more than once.
OrderedJson reasons_json(const CampaignPlan& plan, std::size_t design) {
  std::map<std::pair<std::string_view, std::string>, std::vector<std::string_view>> kinds_at;
  std::vector<std::pair<std::string_view, std::string>> order;
  for (const CampaignSite& s : plan.sites(design)) {
    if (s.impossible.empty()) continue;
    const std::pair key{s.impossible, place_word(plan, design, s.site)};
    if (!kinds_at.contains(key)) order.push_back(key);
    kinds_at[key].push_back(to_string(s.site.kind));
  }
  OrderedJson reasons = OrderedJson::array();
  std::map<std::pair<std::string_view, std::string>, std::size_t> known;
  for (const auto& key : order) {
    const OrderedJson kinds = kinds_at[key];
    const auto [at, fresh] = known.try_emplace({key.first, kinds.dump()}, reasons.size());
    if (fresh)
      reasons.push_back({{"why", key.first}, {"kinds", kinds}, {"places", OrderedJson::array()}});
    append_once(reasons[at->second]["places"], key.second);
  }
  return reasons;
}

OrderedJson turns_json(const CampaignPlan& plan, std::size_t design) {
  OrderedJson turns = OrderedJson::array();
  const StateTable& table = plan.blueprint(design)->table;
  for (const CampaignSite& s : plan.sites(design)) {
    const StateId state = turning_state(s.site, table, plan.config(design).design);
    if (!s.impossible.empty() || state < 0) continue;
    const bool up = s.site.direction == Direction::Up && s.site.kind != FaultKind::RefusedTakedown;
    turns.push_back({{"at", state_word(plan, design, state)}, {"direction", up ? "up" : "down"}});
  }
  return turns;
}

std::string_view needs_of(std::string_view invariant) {
  const auto row = std::ranges::find(kExercises, invariant, &Exercise::invariant);
  return row == kExercises.end() ? std::string_view() : row->text;
}

/// Returns the CPUs of a list such as "1-3,5" as ranges. Throws BadInput for another text.
std::vector<std::pair<CpuId, CpuId>> ranges_of(const std::string& list) {
  const ParsedCpuList parsed = parse_cpulist(list, kMaxCpus);
  if (!parsed.mask) throw BadInput{parsed.error};
  std::vector<std::pair<CpuId, CpuId>> ranges;
  const CpuMask& cpus = *parsed.mask;
  for (CpuId cpu = cpus.first(); cpu != kNoCpu; cpu = cpus.next(cpu + 1))
    if (!ranges.empty() && ranges.back().second + 1 == cpu)
      ranges.back().second = cpu;
    else
      ranges.emplace_back(cpu, cpu);
  return ranges;
}

std::vector<std::string> words_of(const OrderedJson& list) {
  std::vector<std::string> words;
  for (const OrderedJson& word : list) words.push_back(word.get<std::string>());
  return words;
}

}  // namespace

std::string place_word(const CampaignPlan& plan, std::size_t design, const FaultSite& site) {
  if (site.state < 0) return std::string(handshake_name(site));
  return state_word(plan, design, site.state) + (site.direction == Direction::Up ? " up" : " down");
}

OrderedJson certificate_plan(const CampaignPlan& plan) {
  OrderedJson json{{"designs", OrderedJson::array()}, {"invariants", OrderedJson::array()}};
  for (std::size_t i = 0; i < plan.designs(); ++i)
    json["designs"].push_back({{"design", to_string(plan.config(i).design)},
                               {"cells", cells_json(plan, i)},
                               {"impossible", reasons_json(plan, i)},
                               {"turns", turns_json(plan, i)}});
  for (const Exercise& e : kExercises) json["invariants"].push_back(e.invariant);
  return json;
}

bool CertificateCell::Passed::has(CpuId cpu) const {
  return std::ranges::any_of(
      ranges, [cpu](const auto& range) { return range.first <= cpu && cpu <= range.second; });
}

Certificate::Certificate(const OrderedJson& plan, const std::string& path) {
  const auto refuse = [&path](const char* why) {
    throw BadInput{(path.empty() ? path : path + ": ") + "the list of sites is damaged: " + why};
  };
  try {
    read(plan);
  } catch (const OrderedJson::exception& error) {
    refuse(error.what());
  } catch (const BadInput& error) {
    refuse(error.what());
  }
}

void Certificate::read(const OrderedJson& plan) {
  for (const OrderedJson& design : plan.at("designs")) read_design(design);
  for (const std::string& name : words_of(plan.at("invariants"))) {
    CertificateInvariant invariant;
    invariant.name = name;
    invariant.needs = needs_of(name);
    invariants_.push_back(std::move(invariant));
  }
  struck_.resize(cells_.size());
}

void Certificate::read_design(const OrderedJson& design) {
  const std::string name = design.at("design");
  for (const OrderedJson& cell : design.at("cells")) read_cell(name, cell);
  for (const OrderedJson& r : design.at("impossible")) {
    CertificateReason reason;
    reason.design = name;
    reason.why = r.at("why");
    reason.kinds = words_of(r.at("kinds"));
    reason.places = words_of(r.at("places"));
    kinds_.insert(reason.kinds.begin(), reason.kinds.end());
    reasons_.push_back(std::move(reason));
  }
  for (const OrderedJson& t : design.at("turns")) {
    CertificateTurn turn;
    turn.design = name;
    turn.at = t.at("at");
    turn.direction = t.at("direction");
    turns_.push_back(std::move(turn));
  }
}

/// Reads the cells of one place: one for each kind.
void Certificate::read_cell(const std::string& design, const OrderedJson& cell) {
  CertificateCell c;
  c.design = design;
  c.place = cell.at("place");
  for (const OrderedJson& p : cell.at("passed")) {
    CertificateCell::Passed passed;
    passed.cpus = p.at("cpus");
    passed.ranges = ranges_of(passed.cpus);
    passed.passes = whole_number<std::uint32_t>(p.at("times"));
    if (p.contains("instance")) passed.instance = whole_number<InstanceId>(p["instance"]);
    for (const auto& [first, last] : passed.ranges)
      c.sites += std::uint64_t{passed.passes} * (last - first + 1);
    c.passed.push_back(std::move(passed));
  }
  for (const std::string& kind : words_of(cell.at("kinds"))) {
    c.kind = kind;
    kinds_.insert(kind);
    numbers_[{c.design, c.place, c.kind}] = cells_.size();
    cells_.push_back(c);
  }
}

void Certificate::add(const Record& record) {
  if (empty() || !record.judged) return;
  for (std::size_t i = 0; i < invariants_.size(); ++i)
    invariants_[i].runs += *record.judged >> i & 1;
  for (const StruckSite& s : record.struck)
    if (const auto cell = numbers_.find({record.design, s.place, s.kind}); cell != numbers_.end())
      strike(cell->second, s);
  for (const RecordedTurn& t : record.turns) turn(record.design, t);
}

void Certificate::strike(std::size_t cell, const StruckSite& struck) {
  CertificateCell& c = cells_[cell];
  struck.back.empty() ? ++c.never_rested : ++c.back[struck.back];
  Struck& all = struck_[cell];
  if (!all.times.emplace(struck.cpu, struck.time).second) return;
  std::uint64_t passes = 0;  // of all instances
  for (const CertificateCell::Passed& p : c.passed)
    if (p.has(struck.cpu)) passes += p.passes;
  if (struck.time > passes) {
    ++c.beyond;
    return;
  }
  ++c.struck;
  ++all.counts[{struck.cpu, struck.instance}];
}

void Certificate::turn(const std::string& design, const RecordedTurn& turn) {
  auto at = std::ranges::find_if(turns_, [&](const CertificateTurn& t) {
    return t.at == turn.at && t.direction == turn.direction && t.design == design;
  });
  if (at == turns_.end()) {
    turns_.push_back({.design = design, .at = turn.at, .direction = turn.direction});
    at = turns_.end() - 1;
    at->expected = false;
  }
  ++at->runs;
  ++at->back[turn.to];
}

bool Certificate::has_all_kinds() const { return kinds_.size() == kFaultKinds; }

std::uint64_t Certificate::sites() const {
  return std::accumulate(cells_.begin(), cells_.end(), std::uint64_t{0},
                         [](std::uint64_t n, const CertificateCell& c) { return n + c.sites; });
}

std::uint64_t Certificate::struck() const {
  return std::accumulate(cells_.begin(), cells_.end(), std::uint64_t{0},
                         [](std::uint64_t n, const CertificateCell& c) { return n + c.struck; });
}

bool Certificate::was_struck(const std::string& design, const std::string& place,
                             const std::string& kind, CpuId cpu, std::uint32_t time) const {
  const auto cell = numbers_.find({design, place, kind});
  return cell != numbers_.end() && struck_[cell->second].times.contains({cpu, time});
}

std::vector<Certificate::Left> Certificate::left(std::size_t cell) const {
  std::vector<Left> left;
  const Struck& all = struck_[cell];
  for (const CertificateCell::Passed& p : cells_[cell].passed)
    for (const auto& [first, last] : p.ranges)
      for (CpuId cpu = first; cpu <= last; ++cpu) {
        const auto found = all.counts.find({cpu, p.instance});
        const std::uint32_t struck = found == all.counts.end() ? 0 : found->second;
        if (struck < p.passes) left.push_back({cpu, p.instance, p.passes, struck});
      }
  std::ranges::sort(left, {}, [](const Left& l) { return std::pair(l.cpu, l.instance); });
  return left;
}

}  // namespace cpuhp

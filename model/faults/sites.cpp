#include "model/faults/sites.hpp"

#include <algorithm>

#include "model/faults/applies.hpp"

namespace cpuhp {
namespace {

struct ImpossibleInfo {
  Impossible value;
  std::string_view name;
};

constexpr std::array<ImpossibleInfo, 9> kImpossible{{
    {Impossible::NoCallback, "the state has no callback in this direction"},
    {Impossible::CoreCallback,
     "the callback belongs to the hotplug core, and is struck through its handshakes"},
    {Impossible::NoResult, "the function returns no result in this kernel, so it cannot fail"},
    {Impossible::Registration,
     "the kernel has a BUG() for a teardown that fails while a state is removed, a setup is undone "
     "or the machine shuts down"},
    {Impossible::NotSetUp, "no operation sets the state up"},
    {Impossible::NoInstance, "the state has no instances"},
    {Impossible::OneCpu, "the machine has one CPU, and the last online CPU does not go down"},
    {Impossible::NeverDown, "the kernel refuses to take any CPU of this machine down"},
    {Impossible::NeverPassed, "under this design no operation passes this place"},
}};
static_assert(in_order(kImpossible));

/// The pair of section and direction in which handshakes of an occasion take place, as applies()
/// wants it.
std::pair<Section, Direction> when(Occasion occasion) {
  if (occasion == Occasion::Takedown) return {Section::Teardown, Direction::Down};
  return {occasion == Occasion::Wakeup ? Section::Online : Section::Prepare, Direction::Up};
}

/// A state of the table, or a declared one.
struct Callbacks {
  StateId key = -1;     ///< number in faults
  StateId number = -1;  ///< number in the table: decides the section
  bool startup = false, teardown = false;
};

std::vector<Callbacks> all_callbacks(const MachineConfig& config, const StateTable& table) {
  std::vector<Callbacks> all;
  for (const State& s : table.all())
    all.push_back({s.id, s.id, !s.startup.empty(), !s.teardown.empty()});
  for (std::size_t i = 0; i < config.declared.size(); ++i) {
    const DeclaredState& d = config.declared[i];
    const StateId number = d.range == DynamicRange::None ? d.number : table.dynamic(d.range).first;
    all.push_back({declared_id(i), number, !d.startup.empty(), !d.teardown.empty()});
  }
  return all;
}

class Cells {
 public:
  explicit Cells(const MachineConfig& config)
      : table_(effective_table(config)),
        rules_(effective_rules(config)),
        notifier_(!has_state_machine(config.design)),
        all_(all_callbacks(config, table_)) {}

  void add(FaultKind kind) {
    if (is_handshake(kind)) return handshake(kind);
    for (const Callbacks& c : all_) {
      if (!c.startup && !c.teardown) continue;
      for (const Direction direction : {Direction::Up, Direction::Down})
        list.push_back(
            {{.kind = kind, .state = c.key, .direction = direction}, why(kind, c, direction)});
    }
  }

  std::vector<SiteCell> list;

 private:
  std::string_view why(FaultKind kind, const Callbacks& c, Direction direction) const {
    const Anchors& at = table_.anchors();
    if (!(direction == Direction::Up ? c.startup : c.teardown))
      return to_string(Impossible::NoCallback);
    if (c.key == at.kick_ap || c.key == at.bringup || c.key == at.teardown)
      return to_string(Impossible::CoreCallback);
    if (notifier_ && c.key == at.smpboot_threads && info(kind).error != 0)
      return to_string(Impossible::NoResult);
    const Applies a = applies(kind, table_.section(c.number), direction, rules_);
    return a.yes ? std::string_view() : a.why;
  }

  void handshake(FaultKind kind) {
    const auto [section, direction] = when(info(kind).occasion);
    const Applies a = applies(kind, section, direction, rules_);
    FaultSite site{.kind = kind};
    for (const Sleeper sleeper : {Sleeper::Thread, Sleeper::Control}) {
      if (info(kind).takes(kWakeup)) site.sleeper = sleeper;
      for (const bool too_late : {false, true}) {
        site.too_late = too_late;
        list.push_back({site, a.yes ? std::string_view() : a.why});
        if (!info(kind).takes(kDelay) || info(kind).occasion == Occasion::Wakeup) break;
      }
      if (!info(kind).takes(kWakeup)) break;
    }
  }

  StateTable table_;
  Rules rules_;
  bool notifier_;
  std::vector<Callbacks> all_;
};

}  // namespace

std::string_view to_string(Impossible why) { return row_of(kImpossible, why).name; }

FaultSite site_of(const Fault& fault) {
  FaultSite site{.kind = fault.kind, .state = fault.state, .direction = fault.direction};
  if (!is_handshake(fault.kind)) return site;
  site.direction = Direction::Up;  // a handshake has no direction
  if (info(fault.kind).takes(kWakeup)) site.sleeper = fault.sleeper;
  site.too_late = info(fault.kind).occasion != Occasion::Wakeup && fault.delay >= kHandshakeWait;
  return site;
}

Fault fault_at(const FaultSite& site) {
  Fault f{
      .kind = site.kind, .state = site.state, .direction = site.direction, .sleeper = site.sleeper};
  if (info(site.kind).error != 0) f.error = info(site.kind).error;
  if (info(site.kind).takes(kDelay)) f.delay = site.too_late ? kHandshakeWait : 1_s;
  return f;
}

std::string_view handshake_name(const FaultSite& site) {
  switch (info(site.kind).occasion) {
    case Occasion::Callback:
      return {};
    case Occasion::BringUp:
      return site.too_late ? "bring-up, 10 s or more" : "bring-up";
    case Occasion::Takedown:
      return site.too_late ? "takedown, 10 s or more" : "takedown";
    case Occasion::Wakeup:
      return site.sleeper == Sleeper::Control ? "wake-up of control" : "wake-up of cpuhp";
  }
  return {};
}

std::vector<SiteCell> site_cells(const MachineConfig& config, const std::vector<FaultKind>& kinds) {
  Cells cells(config);
  for (const FaultKind kind : kinds) cells.add(kind);
  return std::move(cells.list);
}

bool is_multi(const MachineConfig& config, StateId state) {
  if (is_declared(state)) return config.declared[declared_index(state)].multi;
  return config.table.valid(state) && config.table.at(state).multi;
}

std::vector<InstanceId> instances_in_run(const MachineConfig& config, StateId state) {
  std::vector<InstanceId> all;
  if (!is_multi(config, state)) return all;
  if (!is_declared(state))
    for (InstanceId i = 0; i < config.table.at(state).instances; ++i) all.push_back(i);
  for (const Operation& op : config.operations)
    if (op.kind == OpKind::AddInstance && op.state == state) all.push_back(op.instance);
  std::ranges::sort(all);
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

StateId turning_state(const FaultSite& site, const StateTable& table, Design design) {
  const Anchors& at = table.anchors();
  if (site.state < 0) {
    if (!has_state_machine(design)) return -1;
    if (site.kind == FaultKind::RefusedTakedown) return at.teardown;
    if (site.kind == FaultKind::NeverAlive) return at.kick_ap >= 0 ? at.kick_ap : at.bringup;
    return -1;
  }
  if (site.kind != FaultKind::Error) return -1;
  const bool starting = !is_declared(site.state) && table.section(site.state) == Section::Starting;
  return starting ? -1 : site.state;
}

}  // namespace cpuhp

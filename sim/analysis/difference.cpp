#include "sim/analysis/difference.hpp"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <tuple>
#include <utility>

#include "sim/analysis/chain_index.hpp"
#include "sim/analysis/traced_walks.hpp"
#include "sim/units.hpp"

namespace cpuhp {
namespace {

/// Gives a step the same name on both sides: the name of its state if one of the sides knows this
/// name, else the name of its callback.
class StepWords {
 public:
  StepWords(const DiffSide& a, const DiffSide& b) {
    learn(a);
    learn(b);
  }

  std::string of(const DiffSide& side, StateId step, const std::string& symbol) const {
    const std::string name = side.facts.step(step);
    if (step < 0 || name != std::to_string(step)) return name;
    const auto exact = numbered_.find({symbol, step});
    if (exact != numbered_.end()) return exact->second;
    const auto known = names_.find(symbol);
    return known != names_.end() ? known->second : symbol.empty() ? name : symbol;
  }

 private:
  void learn(const DiffSide& side) {
    for (const Event& e : side.stream->events) {
      if (e.kind != EventKind::Enter && e.kind != EventKind::MultiEnter) continue;
      const std::string name = side.facts.step(e.step);
      if (name == std::to_string(e.step)) continue;
      names_.try_emplace(side.stream->names[e.name], name);
      numbered_.try_emplace({side.stream->names[e.name], e.step}, name);
    }
  }
  std::map<std::string, std::string> names_;
  /// Names of states, by callback and state number, because some callbacks belong to two states.
  std::map<std::pair<std::string, StateId>, std::string> numbered_;
};

Span all_of(const DiffSide& side) {
  Span span = whole_trace(*side.stream);
  if (side.simulated) span.begin = {};
  return span;
}

/// Returns the span to compare. When one side is a trace, only operations are compared, because the
/// rest of a trace is not about CPUs that go up or down.
Span compared(const DiffSide& side, bool with_trace) {
  return with_trace && !side.operations.empty() ? together(side.operations, "operations")
                                                : all_of(side);
}

// ------------------------------------------------------------------------------ the first event

/// The properties of an event that are compared with the other side, perhaps another kernel.
struct Common {
  EventKind kind{};
  std::string step, name;
  std::uint16_t instance = 0;
  std::int32_t ret = 0;
  /// True when the task drives the operation. In a trace: when it is not the CPU's own thread,
  /// because early in a boot the driving task looks like an idle task.
  bool drives = false;
  bool operator==(const Common&) const = default;
};

struct Sequence {
  std::vector<std::size_t> events;  ///< indices in the stream
  std::vector<Common> common;
};

/// Returns the events, grouped by the CPU that they are for. Events that only one side can have are
/// left out.
std::map<CpuId, Sequence> sequences(const DiffSide& side, const StepWords& words, bool callbacks) {
  std::map<CpuId, Sequence> all;
  std::map<std::pair<CpuId, StateId>, std::string> entered;
  const EventStream& s = *side.stream;
  for (std::size_t i = 0; i < s.events.size(); ++i) {
    const Event& e = s.events[i];
    if (callbacks && (!is_callback(e.kind) || e.role == Role::ApBoot || e.role == Role::Stopper))
      continue;
    Sequence& of = all[e.cpu];
    const std::string& symbol = s.names[e.name];
    std::string step = e.step < 0 ? std::string{} : words.of(side, e.step, symbol);
    // An exit has no callback name, so the step is known from the enter.
    if (e.kind == EventKind::Enter || e.kind == EventKind::MultiEnter)
      entered[{e.cpu, e.step}] = step;
    else if (const auto found = entered.find({e.cpu, e.step});
             e.kind == EventKind::Exit && found != entered.end())
      step = found->second;
    of.events.push_back(i);
    of.common.push_back({e.kind, std::move(step), symbol, callbacks ? std::uint16_t{0} : e.instance,
                         e.kind == EventKind::Interrupt ? 0 : e.ret,
                         callbacks ? e.role != Role::CpuhpThread : drives(e.role)});
  }
  return all;
}

Ns since_begin(const DiffSide& side, std::size_t i) {
  return side.stream->events[i].time - (side.simulated ? Ns{} : side.stream->events.front().time);
}

std::string line_of(const DiffSide& side, std::size_t i) {
  const EventStream& s = *side.stream;
  const Event& e = s.events[i];
  std::string line = readable(since_begin(side, i)) + "  ";
  line += who({.on = e.on, .role = e.role, .cpu = e.cpu}, side.facts.boot_cpu);
  line += ": " + std::string(to_string(e.kind));
  if (e.step >= 0) line += ' ' + side.facts.step(e.step);
  if (!s.names[e.name].empty()) line += " (" + s.names[e.name] + ')';
  if (e.cpu != kNoCpu) line += " for CPU " + std::to_string(e.cpu);
  if (e.ret != 0) line += " = " + std::to_string(e.ret);
  return line;
}

std::vector<std::string> context(const DiffSide& side, const Sequence& of, std::size_t at) {
  constexpr std::size_t around = 3;
  std::vector<std::string> lines;
  for (std::size_t i = at - std::min(at, around); i < std::min(of.events.size(), at + around + 1);
       ++i)
    lines.push_back((i == at ? "> " : "  ") + line_of(side, of.events[i]));
  return lines;
}

/// Where the events of two sides begin to differ: in an event or, between simulated runs, in a
/// time.
struct Parting {
  std::size_t at = 0;
  bool by_date = false;
  Ns date{};
};

std::optional<Parting> parting(const DiffSide& a, const DiffSide& b, const Sequence& x,
                               const Sequence& y) {
  const std::size_t both = std::min(x.events.size(), y.events.size());
  for (std::size_t i = 0; i < both; ++i) {
    const Ns date_a = since_begin(a, x.events[i]), date_b = since_begin(b, y.events[i]);
    const bool same = x.common[i] == y.common[i];
    if (!same || (a.simulated && b.simulated && date_a != date_b))
      return Parting{i, same, std::min(date_a, date_b)};
  }
  if (x.events.size() == y.events.size()) return std::nullopt;
  return Parting{
      both, false,
      x.events.size() > both ? since_begin(a, x.events[both]) : since_begin(b, y.events[both])};
}

std::string reason(const DiffSide& a, const DiffSide& b, const Sequence& x, const Sequence& y,
                   const Parting& p) {
  if (p.at >= x.common.size()) return "only in B";
  if (p.at >= y.common.size()) return "only in A";
  if (p.by_date) {
    const Ns d = since_begin(b, y.events[p.at]) - since_begin(a, x.events[p.at]);
    return d > Ns{} ? "later in B by " + readable(d) : "earlier in B by " + readable(Ns{-d.v});
  }
  const Common &ca = x.common[p.at], &cb = y.common[p.at];
  if (ca.kind == cb.kind && ca.step == cb.step && !ca.step.empty())
    return ca.name != cb.name ? "another callback"
           : ca.ret != cb.ret ? "another result"
                              : "another task or instance";
  // Two steps count as the same even when their callbacks differ.
  const auto alike = [](const Common& one, const Common& two) {
    return one.kind == two.kind && one.step == two.step &&
           (!one.step.empty() || one.name == two.name);
  };
  const auto again = [&](const Sequence& s, const Common& c) {
    return std::ranges::any_of(std::span(s.common).subspan(p.at),
                               [&](const Common& other) { return alike(other, c); });
  };
  if (!again(y, ca)) return "only in A";
  return again(x, cb) ? "another order" : "only in B";
}

std::optional<Divergence> first_divergence(const DiffSide& a, const DiffSide& b,
                                           const StepWords& words) {
  const bool callbacks = a.facts.callbacks_only || b.facts.callbacks_only;
  std::map<CpuId, Sequence> all_a = sequences(a, words, callbacks),
                            all_b = sequences(b, words, callbacks);
  for (const auto& [cpu, of] : all_b) all_a.try_emplace(cpu);
  std::optional<std::pair<CpuId, Parting>> first;
  for (const auto& [cpu, of] : all_a) {
    const std::optional<Parting> p = parting(a, b, of, all_b[cpu]);
    if (p && (!first || p->date < first->second.date)) first = std::pair(cpu, *p);
  }
  if (!first) return std::nullopt;
  const Sequence &x = all_a[first->first], &y = all_b[first->first];
  const std::size_t at = first->second.at;
  Divergence d{.cpu = first->first,
               .why = reason(a, b, x, y, first->second),
               .context_a = context(a, x, at),
               .context_b = context(b, y, at)};
  if (at < x.events.size()) d.a = x.events[at];
  if (at < y.events.size()) d.b = y.events[at];
  return d;
}

// ------------------------------------------------------------------------------ durations

/// One duration on both sides: the total, and the parts by CPU.
struct Both {
  Delta delta;
  std::map<CpuId, std::pair<Ns, Ns>> by_cpu;
};

class Deltas {
 public:
  explicit Deltas(const StepWords& words) : words_(words) {}

  void add(const DiffSide& side, const Span& span, bool second) {
    for (const Occurrences& one : occurrences(*side.stream, span, side.facts)) {
      const BlameRow& row = one.row;
      std::string name =
          row.kind == BlameKind::Step ? words_.of(side, row.step, row.symbol) : row.name;
      Both& both = all_[{row.kind, name, row.direction}];
      both.delta.kind = row.kind;
      both.delta.name = std::move(name);
      both.delta.direction = row.direction;
      (second ? both.delta.count_b : both.delta.count_a) += row.count;
      for (const Occurrence& o : one.all) {
        auto& [a, b] = both.by_cpu[o.cpu];
        (second ? b : a) += o.duration;
        (second ? both.delta.b : both.delta.a) += o.duration;
        if (row.kind != BlameKind::Step && row.kind != BlameKind::Phase) continue;
        Delta& cpu = cpus_[o.cpu];
        cpu.cpu = o.cpu;
        (second ? cpu.b : cpu.a) += o.duration;
        ++(second ? cpu.count_b : cpu.count_a);
      }
    }
  }

  void finish(Difference& d) {
    for (auto& [key, both] : all_) {
      Ns most{};
      for (const auto& [cpu, times] : both.by_cpu) {
        const Ns by = times.second - times.first;
        if (std::abs(by.v) <= std::abs(most.v)) continue;
        most = by;
        both.delta.cpu = cpu;
      }
      auto& list = both.delta.kind == BlameKind::Step    ? d.steps
                   : both.delta.kind == BlameKind::Phase ? d.phases
                                                         : d.waits;
      list.push_back(both.delta);
    }
    for (auto& [cpu, delta] : cpus_) d.cpus.push_back(delta);
    for (auto* list : {&d.steps, &d.phases, &d.waits, &d.cpus}) {
      std::erase_if(*list, [](const Delta& one) {
        return one.delta() == Ns{} && one.count_a == one.count_b;
      });
      std::ranges::stable_sort(*list, std::greater{},
                               [](const Delta& one) { return std::abs(one.delta().v); });
    }
  }

 private:
  const StepWords& words_;
  std::map<std::tuple<BlameKind, std::string, Direction>, Both> all_;
  std::map<CpuId, Delta> cpus_;
};

// ------------------------------------------------------------------------------ states

void note_states(const DiffSide& side, const StepWords& words, bool second,
                 std::map<std::string, CameOrWent>& all) {
  const auto entry = [&](const std::string& name) -> CameOrWent& {
    CameOrWent& state = all[name];
    state.name = name;
    (second ? state.in_b : state.in_a) = true;
    return state;
  };
  for (const std::string& name : side.states)
    if (!name.empty()) entry(name);
  std::map<std::string, std::set<std::string>> symbols;
  for (const Event& e : side.stream->events) {
    if (e.kind != EventKind::Enter && e.kind != EventKind::MultiEnter) continue;
    const std::string& symbol = side.stream->names[e.name];
    if (symbol == "cpuhp_kick_ap_work") continue;
    const std::string name = words.of(side, e.step, symbol);
    entry(name);
    symbols[name].insert(symbol);
  }
  for (const auto& [name, list] : symbols) {
    std::string& text = second ? all[name].symbol_b : all[name].symbol_a;
    for (const std::string& symbol : list) text += (text.empty() ? "" : ", ") + symbol;
  }
}

std::vector<CameOrWent> came_and_went(const DiffSide& a, const DiffSide& b,
                                      const StepWords& words) {
  std::map<std::string, CameOrWent> all;
  note_states(a, words, false, all);
  note_states(b, words, true, all);
  std::vector<CameOrWent> list;
  for (auto& [name, state] : all)
    if (state.in_a != state.in_b || state.symbol_a != state.symbol_b)
      list.push_back(std::move(state));
  return list;
}

/// Returns the chain of the operation that is most interesting for a reader.
CriticalChain main_chain(const DiffSide& side, const Span& span, bool with_trace) {
  if (side.operations.empty() || side.stream->events.empty()) return {};
  const Span& chosen = with_trace ? span : side.operations[most_interesting(side.operations)];
  return critical_chain(*side.stream, chosen, side.facts);
}

}  // namespace

DiffSide trace_side(const TraceSubject& trace) {
  DiffSide side{.label = trace.file,
                .kernel = trace.kernel,
                .stream = &trace.stream,
                .facts = trace.facts(),
                .states = trace.states,
                .operations = {walks_of_trace(trace.stream)}};
  // This trace lists no states, so `steps` has only names of callbacks.
  if (trace.states.empty()) side.facts.steps.clear();
  return side;
}

Difference difference(const DiffSide& a, const DiffSide& b) {
  const StepWords words(a, b);
  Difference d{.label_a = a.label, .label_b = b.label, .kernel_a = a.kernel, .kernel_b = b.kernel};
  const bool with_trace = !a.simulated || !b.simulated;
  const Span span_a = compared(a, with_trace), span_b = compared(b, with_trace);
  d.total_a = span_a.busy();
  d.total_b = span_b.busy();
  d.outside_a = all_of(a).total() - d.total_a;
  d.outside_b = all_of(b).total() - d.total_b;
  d.first = first_divergence(a, b, words);
  Deltas deltas(words);
  deltas.add(a, span_a, false);
  deltas.add(b, span_b, true);
  deltas.finish(d);
  d.states = came_and_went(a, b, words);
  d.chain_a = main_chain(a, span_a, with_trace);
  d.chain_b = main_chain(b, span_b, with_trace);
  d.boot_cpu_a = a.facts.boot_cpu;
  d.boot_cpu_b = b.facts.boot_cpu;
  d.same = !d.first && d.states.empty() && d.steps.empty() && d.phases.empty() && d.waits.empty() &&
           d.total_a == d.total_b && d.outside_a == d.outside_b;
  return d;
}

}  // namespace cpuhp

#include "tests/truth/damage.hpp"

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace cpuhp::test {
namespace {

std::string field(const std::string& line, const char* name, int value) {
  std::ostringstream out;
  out << name << ' ' << value;
  return std::regex_replace(line, std::regex(std::string(name) + " +-?[0-9]+"), out.str());
}

template <typename F>
std::optional<std::size_t> pick(std::size_t n, Draws& d, F wanted) {
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < n; ++i)
    if (wanted(i)) all.push_back(i);
  if (all.empty()) return std::nullopt;
  return all[d.below(static_cast<std::uint32_t>(all.size()))];
}

std::string shown(const Victim& v, std::size_t event) {
  return std::to_string(v.events[event].at + 1) + ": " + v.line(event);
}

using Done = std::optional<std::string>;

template <typename F>
Done on_event(Victim& v, Draws& d, F wanted, void (*change)(Victim&, std::size_t, Draws&)) {
  const auto i = pick(v.events.size(), d, [&](std::size_t k) { return wanted(v.events[k]); });
  if (!i) return std::nullopt;
  std::string done = shown(v, *i);
  change(v, *i, d);
  return done + " -> " + v.line(*i);
}

template <typename F>
Done drop_pair(Victim& v, Draws& d, F wanted) {
  const auto i = pick(v.pairs.size(), d, [&](std::size_t k) {
    return !v.pairs[k].bracket && !v.pairs[k].registered && wanted(v.pairs[k]);
  });
  if (!i) return std::nullopt;
  std::string done = shown(v, v.pairs[*i].enter);
  v.drop(v.pairs[*i].enter);
  v.drop(v.pairs[*i].exit);
  return done;
}

bool both_sided(const Victim& v, const TracePair& p) {
  return v.has(v.events[p.enter].step, !p.up);
}

/// Another walk shows the same state: how many instances it has, no single walk tells. Of other
/// states the table knows.
bool compared(const Victim& v, const TracePair& p) {
  const TraceLine& e = v.events[p.enter];
  if (!e.multi) return true;
  return std::any_of(v.pairs.begin(), v.pairs.end(), [&](const TracePair& other) {
    const TraceLine& o = v.events[other.enter];
    const bool own = o.block == e.block && o.cpu == e.cpu && other.up == p.up;
    return o.step == e.step && !other.registered && !own;
  });
}

/// A state whose first CPU refuses it is not set up, and nothing is left to be undone.
bool refuses_first(const Victim& v, const TraceLine& exit) {
  for (std::size_t k = 0; k < v.pairs.size(); ++k) {
    const TracePair& p = v.pairs[k];
    if (v.events[p.exit].at != exit.at) continue;
    return p.registered && (k == 0 || v.events[v.pairs[k - 1].enter].step != exit.step);
  }
  return false;
}

Done swap_pairs(Victim& v, Draws& d) {
  const auto next = [&](std::size_t k) -> std::optional<std::size_t> {
    const TracePair& a = v.pairs[k];
    if (a.bracket || a.registered || a.exit != a.enter + 1) return std::nullopt;
    for (std::size_t j = 0; j < v.pairs.size(); ++j) {
      const TracePair& b = v.pairs[j];
      if (b.enter == a.exit + 1 && b.exit == b.enter + 1 && !b.bracket && !b.registered &&
          v.events[a.enter].task == v.events[b.enter].task &&
          v.events[a.enter].cpu == v.events[b.enter].cpu &&
          v.events[a.enter].step != v.events[b.enter].step)
        return j;
    }
    return std::nullopt;
  };
  const auto i = pick(v.pairs.size(), d, [&](std::size_t k) { return next(k).has_value(); });
  if (!i) return std::nullopt;
  const TracePair a = v.pairs[*i], b = v.pairs[*next(*i)];
  // The stamps stay where they are.
  const auto restamp = [&](std::size_t what, std::size_t where) {
    std::string line = v.line(what);
    line.replace(line.find(v.events[what].stamp), v.events[what].stamp.size(),
                 v.events[where].stamp);
    return line;
  };
  const std::string lines[] = {restamp(b.enter, a.enter), restamp(b.exit, a.exit),
                               restamp(a.enter, b.enter), restamp(a.exit, b.exit)};
  std::string done = shown(v, a.enter) + " <-> " + shown(v, b.enter);
  v.replace(a.enter, lines[0]);
  v.replace(a.exit, lines[1]);
  v.replace(b.enter, lines[2]);
  v.replace(b.exit, lines[3]);
  return done;
}

/// To another CPU; a task of user space may really do that while it sleeps in a callback, and
/// between operations.
Done move_executor(Victim& v, Draws& d) {
  return on_event(
      v, d,
      [&](const TraceLine& e) {
        return e.task.starts_with("cpuhp/") || e.task.starts_with("kworker/");
      },
      [](Victim& w, std::size_t i, Draws& draws) {
        const int on = std::stoi(w.events[i].on);
        const int other = on == 0 ? 1 : (draws.once_in(2) ? 0 : on - 1);
        std::string line = w.line(i), digits = std::to_string(other);
        digits.insert(0, 3 - digits.size(), '0');
        line.replace(line.find('[' + w.events[i].on + ']') + 1, w.events[i].on.size(), digits);
        w.replace(i, line);
      });
}

Done swap_stamps(Victim& v, Draws& d) {
  const auto i = pick(v.events.size() - 1, d, [&](std::size_t k) {
    return v.events[k].stamp != v.events[k + 1].stamp && v.events[k].block == v.events[k + 1].block;
  });
  if (!i) return std::nullopt;
  const std::string a = v.line(*i), b = v.line(*i + 1);
  const auto with = [](std::string line, const std::string& from, const std::string& to) {
    return line.replace(line.find(from + ':'), from.size(), to);
  };
  std::string done = shown(v, *i);
  v.replace(*i, with(a, v.events[*i].stamp, v.events[*i + 1].stamp));
  v.replace(*i + 1, with(b, v.events[*i + 1].stamp, v.events[*i].stamp));
  return done + " -> " + v.line(*i);
}

/// The bracket's end moves before the last step in it.
Done end_early(Victim& v, Draws& d) {
  // Events of one stamp stand in no order.
  const auto inner = [&](const TracePair& b) -> std::optional<std::size_t> {
    for (std::size_t k = v.pairs.size(); k-- > 0;) {
      const TracePair& p = v.pairs[k];
      if (p.enter <= b.enter || p.exit >= b.exit || p.bracket) continue;
      if (v.events[p.enter].stamp == v.events[p.enter - 1].stamp) return std::nullopt;
      return k;
    }
    return std::nullopt;
  };
  const auto i = pick(v.pairs.size(), d, [&](std::size_t k) {
    return v.pairs[k].bracket && inner(v.pairs[k]).has_value();
  });
  if (!i) return std::nullopt;
  const TracePair b = v.pairs[*i], last = v.pairs[*inner(b)];
  std::string end = v.line(b.exit);
  end.replace(end.find(v.events[b.exit].stamp), v.events[b.exit].stamp.size(),
              v.events[last.enter - 1].stamp);
  v.drop(b.exit);
  v.replace(last.enter, end + '\n' + v.line(last.enter));
  return shown(v, b.enter);
}

/// The first steps against the direction of a block that began the other way: its way back.
std::vector<std::size_t> way_back(const Victim& v, int block) {
  std::vector<std::size_t> run;
  std::optional<bool> first;
  for (std::size_t k = 0; k < v.pairs.size(); ++k) {
    const TracePair& p = v.pairs[k];
    if (v.events[p.enter].block != block || p.registered) continue;
    if (p.bracket) {
      if (!run.empty()) break;
      continue;
    }
    if (!first) first = p.up;
    if (p.up != *first)
      run.push_back(k);
    else if (!run.empty())
      break;
  }
  return run;
}

std::optional<int> turned_block(const Victim& v, Draws& d) {
  std::set<int> blocks;
  for (const TraceLine& e : v.events)
    if (e.block > 0) blocks.insert(e.block);
  std::vector<int> turned;
  for (const int block : blocks)
    if (!way_back(v, block).empty()) turned.push_back(block);
  if (turned.empty()) return std::nullopt;
  return turned[d.below(static_cast<std::uint32_t>(turned.size()))];
}

/// A rollback that undoes something: one of its callbacks has an opposite. Whether a teardown without
/// a startup ran in a rollback is not judged.
std::optional<int> undoing_block(const Victim& v, Draws& d) {
  for (int tries = 0; tries < 20; ++tries) {
    const auto block = turned_block(v, d);
    if (!block) return std::nullopt;
    const auto undoes = [&v](std::size_t k) {
      return v.has(v.events[v.pairs[k].enter].step, !v.pairs[k].up);
    };
    if (std::ranges::any_of(way_back(v, *block), undoes)) return block;
  }
  return std::nullopt;
}

Done drop_rollback(Victim& v, Draws& d) {
  const auto block = undoing_block(v, d);
  if (!block) return std::nullopt;
  std::string done;
  for (const std::size_t k : way_back(v, *block)) {
    if (done.empty()) done = shown(v, v.pairs[k].enter);
    v.drop(v.pairs[k].enter);
    v.drop(v.pairs[k].exit);
  }
  return done;
}

/// Which step an armed `fail` hit, as the operation's first write says.
std::optional<int> armed(const Victim& v, std::size_t before) {
  static const std::regex kFail("#W path=cpu[0-9]+/hotplug/fail value=([0-9]+) .*name=OK.*");
  for (std::size_t i = v.events[before].at; i-- > 0;) {
    std::smatch m;
    if (v.lines[i].starts_with("#OP")) return std::nullopt;
    if (std::regex_match(v.lines[i], m, kFail)) return std::stoi(m[1]);
  }
  return std::nullopt;
}

Done undo_failing(Victim& v, Draws& d) {
  for (int tries = 0; tries < 20; ++tries) {
    const auto block = turned_block(v, d);
    if (!block) return std::nullopt;
    const TracePair first = v.pairs[way_back(v, *block).front()];
    const auto step = armed(v, first.enter);
    if (!step || v.symbol(*step, first.up).empty() || !v.has(*step, !first.up)) continue;
    const TraceLine& e = v.events[first.enter];
    // The same section's, or its task would be another one.
    if ((*step > e.step + 40 || *step < e.step - 40) || *step == e.step) continue;
    std::string enter = field(v.line(first.enter), "step:", *step);
    enter =
        std::regex_replace(enter, std::regex("\\([^)]*\\)"), "(" + v.symbol(*step, first.up) + ")");
    enter = std::regex_replace(enter, std::regex("cpuhp_multi_enter"), "cpuhp_enter");
    std::string exit = field(v.line(first.exit), "step:", *step);
    exit = field(exit, "state:", first.up ? *step : *step - 1);
    exit.replace(exit.find(v.events[first.exit].stamp), v.events[first.exit].stamp.size(), e.stamp);
    v.replace(first.enter, enter + '\n' + exit + '\n' + v.line(first.enter));
    return enter;
  }
  return std::nullopt;
}

/// Events of one CPU in one operation.
std::vector<std::size_t> walk_at(const Victim& v, std::size_t i) {
  std::vector<std::size_t> walk;
  for (std::size_t k = 0; k < v.events.size(); ++k)
    if (v.events[k].block == v.events[i].block && v.events[k].cpu == v.events[i].cpu)
      walk.push_back(k);
  return walk;
}

Done drop_walk(Victim& v, Draws& d, bool half) {
  const auto i = pick(v.events.size(), d, [&](std::size_t k) {
    return v.events[k].block > 0 && walk_at(v, k).size() > 4;
  });
  if (!i) return std::nullopt;
  const std::vector<std::size_t> walk = walk_at(v, *i);
  std::string done = shown(v, walk.front());
  for (std::size_t k = half ? walk.size() / 2 : 0; k < walk.size(); ++k) v.drop(walk[k]);
  return done;
}

}  // namespace

std::string_view to_string(Damage kind) {
  static constexpr std::array<std::string_view, kDamages> kNames{"enter dropped",
                                                                 "exit dropped",
                                                                 "one-sided dropped",
                                                                 "both-sided dropped",
                                                                 "instance dropped",
                                                                 "pairs swapped",
                                                                 "other executor",
                                                                 "other plugged CPU",
                                                                 "other step",
                                                                 "other state",
                                                                 "other target",
                                                                 "other symbol",
                                                                 "other result",
                                                                 "startup twice",
                                                                 "teardown dropped",
                                                                 "bracket dropped",
                                                                 "bracket ends early",
                                                                 "rollback dropped",
                                                                 "failing step undone",
                                                                 "stamps swapped",
                                                                 "other task",
                                                                 "half a walk dropped",
                                                                 "line twice",
                                                                 "walk dropped",
                                                                 "garbage"};
  return kNames[static_cast<std::size_t>(kind)];
}

Victim::Victim(std::string_view text) {
  static const std::regex kLine(
      R"(^\s*(\S.*-\d+)\s+\[(\d+)\]\s+\S+\s+([\d.]+): (cpuhp_\w+):\s+cpu: (\d+)\s+(?:target|state):\s+(-?\d+) step:\s+(\d+) (?:\((.*)\)|ret: (-?\d+))$)");
  std::istringstream in{std::string(text)};
  int block = 0;
  bool open = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("#T begin")) ++block, open = true;
    if (line.starts_with("#T end")) open = false;
    std::smatch m;
    if (line.find(": cpuhp_") != std::string::npos && std::regex_match(line, m, kLine)) {
      TraceLine e{.at = lines.size(), .task = m[1], .on = m[2], .stamp = m[3]};
      e.enter = m[4] != "cpuhp_exit";
      e.multi = m[4] == "cpuhp_multi_enter";
      e.cpu = std::stoi(m[5]);
      e.value = std::stoi(m[6]);
      e.step = std::stoi(m[7]);
      e.symbol = m[8];
      e.ret = e.enter ? 0 : std::stoi(m[9]);
      e.block = open ? block : 0;
      events.push_back(std::move(e));
    }
    lines.push_back(line);
  }
  std::map<std::string, std::vector<std::size_t>> stacks;
  for (std::size_t i = 0; i < events.size(); ++i) {
    std::vector<std::size_t>& stack = stacks[events[i].task];
    if (events[i].enter) {
      stack.push_back(i);
      continue;
    }
    if (stack.empty()) continue;
    const TraceLine& enter = events[stack.back()];
    const std::string& name = enter.symbol;
    TracePair p{.enter = stack.back(), .exit = i};
    stack.pop_back();
    p.bracket = name == "cpuhp_kick_ap_work" || name == "bringup_cpu" ||
                name == "cpuhp_bringup_ap" || name == "takedown_cpu";
    p.registered = !p.bracket && events[i].value > enter.step;
    p.up = enter.value >= enter.step && events[i].value != enter.step - 1;
    pairs.push_back(p);
  }
  std::sort(pairs.begin(), pairs.end(),
            [](const TracePair& a, const TracePair& b) { return a.enter < b.enter; });
}

std::string Victim::text() const {
  std::string out;
  int count = 0;
  for (const std::string& line : lines) {
    if (line == kDropped) continue;
    if (line.starts_with("#T begin")) count = -1;
    if (line.starts_with("#T end")) {
      out += "#T end lines=" + std::to_string(count) + '\n';
      continue;
    }
    count += 1 + static_cast<int>(std::count(line.begin(), line.end(), '\n'));
    out += line + '\n';
  }
  return out;
}

std::string Victim::plain() const {
  std::string out;
  for (const std::string& line : lines)
    if (line != kDropped && !line.starts_with('#') && line.find(": cpuhp_") != std::string::npos)
      out += line + '\n';
  return out;
}

bool Victim::has(int step, bool up) const { return !symbol(step, up).empty(); }

std::string Victim::symbol(int step, bool up) const {
  for (const TracePair& p : pairs)
    if (events[p.enter].step == step && p.up == up && !p.registered) return events[p.enter].symbol;
  return {};
}

std::optional<std::string> damage(Victim& v, Damage kind, Draws& d) {
  const auto any = [](const TraceLine&) { return true; };
  const auto exit = [](const TraceLine& e) { return !e.enter; };
  const auto enter = [](const TraceLine& e) { return e.enter; };
  switch (kind) {
    case Damage::EnterDropped:
      return on_event(v, d, enter, [](Victim& w, std::size_t i, Draws&) { w.drop(i); });
    case Damage::ExitDropped:
      return on_event(v, d, exit, [](Victim& w, std::size_t i, Draws&) { w.drop(i); });
    case Damage::OneSidedDropped:
      return drop_pair(
          v, d, [&](const TracePair& p) { return !v.events[p.enter].multi && !both_sided(v, p); });
    case Damage::BothSidedDropped:
      return drop_pair(
          v, d, [&](const TracePair& p) { return !v.events[p.enter].multi && both_sided(v, p); });
    case Damage::InstanceDropped:
      return drop_pair(
          v, d, [&](const TracePair& p) { return v.events[p.enter].multi && compared(v, p); });
    case Damage::TeardownDropped:
      return drop_pair(v, d, [&](const TracePair& p) { return !p.up && compared(v, p); });
    case Damage::PairsSwapped:
      return swap_pairs(v, d);
    case Damage::OtherExecutor:
      return move_executor(v, d);
    case Damage::OtherCpu:
      return on_event(v, d, any, [](Victim& w, std::size_t i, Draws& draws) {
        const int cpu = w.events[i].cpu;
        w.replace(i, field(w.line(i), "cpu:", cpu == 0 || draws.once_in(2) ? cpu + 1 : cpu - 1));
      });
    case Damage::OtherStep:
      return on_event(v, d, any, [](Victim& w, std::size_t i, Draws& draws) {
        const int by = 1 + static_cast<int>(draws.below(9));
        const int step = w.events[i].step;
        w.replace(i,
                  field(w.line(i), "step:", step > by && draws.once_in(2) ? step - by : step + by));
      });
    case Damage::OtherState:
      return on_event(v, d, exit, [](Victim& w, std::size_t i, Draws& draws) {
        const int by = 1 + static_cast<int>(draws.below(9));
        const int state = w.events[i].value;
        w.replace(i, field(w.line(i),
                           "state:", state > by && draws.once_in(2) ? state - by : state + by));
      });
    case Damage::OtherTarget: {
      // The target of a walk that calls nothing but its one step is whatever it says.
      return on_event(v, d, enter, [](Victim& w, std::size_t i, Draws& draws) {
        const int by = 1 + static_cast<int>(draws.below(9));
        const int target = w.events[i].value;
        w.replace(i, field(w.line(i),
                           "target:", target > by && draws.once_in(2) ? target - by : target + by));
      });
    }
    case Damage::OtherSymbol:
      return on_event(v, d, enter, [](Victim& w, std::size_t i, Draws& draws) {
        std::string symbol = w.events[i].symbol;
        while (symbol == w.events[i].symbol)
          symbol = w.events[w.pairs[draws.below(static_cast<std::uint32_t>(w.pairs.size()))].enter]
                       .symbol;
        std::string line = w.line(i);
        line.replace(line.rfind('(') + 1, w.events[i].symbol.size(), symbol);
        if (w.events[i].symbol.find('[') != std::string::npos)
          line = w.line(i).substr(0, w.line(i).find(" (") + 2) + symbol + ')';
        w.replace(i, line);
      });
    case Damage::OtherResult: {
      const auto result = [&](const TraceLine& e) { return !e.enter && !refuses_first(v, e); };
      return on_event(v, d, result, [](Victim& w, std::size_t i, Draws&) {
        w.replace(i, field(w.line(i), "ret:", w.events[i].ret == 0 ? -5 : w.events[i].ret - 1));
      });
    }
    case Damage::StartupTwice: {
      const auto i = pick(v.pairs.size(), d, [&](std::size_t k) {
        const TracePair& p = v.pairs[k];
        return p.up && !p.bracket && !p.registered && p.exit == p.enter + 1 && compared(v, p);
      });
      if (!i) return std::nullopt;
      const TracePair p = v.pairs[*i];
      std::string done = shown(v, p.enter);
      std::string enter_line = v.line(p.enter);
      enter_line.replace(enter_line.find(v.events[p.enter].stamp), v.events[p.enter].stamp.size(),
                         v.events[p.exit].stamp);
      v.replace(p.exit, v.line(p.exit) + '\n' + enter_line + '\n' + v.line(p.exit));
      return done;
    }
    case Damage::BracketDropped: {
      const auto i = pick(v.pairs.size(), d, [&](std::size_t k) { return v.pairs[k].bracket; });
      if (!i) return std::nullopt;
      std::string done = shown(v, v.pairs[*i].enter);
      v.drop(v.pairs[*i].enter);
      v.drop(v.pairs[*i].exit);
      return done;
    }
    case Damage::BracketEndsEarly:
      return end_early(v, d);
    case Damage::RollbackDropped:
      return drop_rollback(v, d);
    case Damage::FailingStepUndone:
      return undo_failing(v, d);
    case Damage::StampsSwapped:
      return swap_stamps(v, d);
    case Damage::OtherTask:
      return on_event(
          v, d, [](const TraceLine& e) { return e.task.starts_with("cpuhp/"); },
          [](Victim& w, std::size_t i, Draws&) {
            w.replace(i, std::regex_replace(w.line(i), std::regex("cpuhp/[0-9]+"),
                                            "cpuhp/" + std::to_string(w.events[i].cpu + 1)));
          });
    case Damage::HalfWalkDropped:
      return drop_walk(v, d, true);
    case Damage::WalkDropped:
      return drop_walk(v, d, false);
    case Damage::LineTwice:
      return on_event(v, d, any, [](Victim& w, std::size_t i, Draws&) {
        w.replace(i, w.line(i) + '\n' + w.line(i));
      });
    case Damage::Garbage:
      return on_event(v, d, any, [](Victim& w, std::size_t i, Draws& draws) {
        const std::string& line = w.line(i);
        const std::size_t name = line.find(": cpuhp_") + 14;
        const auto rest = static_cast<std::uint32_t>(line.size() - name - 6);
        w.replace(i, line.substr(0, name + draws.below(rest)));
      });
  }
  return std::nullopt;
}

}  // namespace cpuhp::test

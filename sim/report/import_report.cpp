#include "sim/report/import_report.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>

#include "sim/report/text_table.hpp"
#include "sim/units.hpp"

namespace cpuhp {
namespace {

/// The parts of the ways of one kind, added up.
struct Parts {
  std::size_t ways = 0, failed = 0, one_interval = 0, hidden = 0, still = 0;
  Ns whole{}, between{}, prepare{}, kick{}, started{}, section{}, done{}, takedown{}, dead{};

  void add(const RecordedWalk& w) {
    ++ways;
    failed += w.ret != 0 ? 1 : 0;
    const bool told = w.logged[static_cast<std::size_t>(StartPart::Alive)].has_value();
    if (w.started && !told) ++(w.hidden() ? hidden : one_interval);
    still += w.still ? 1 : 0;
    between += w.before + w.after;
    prepare += w.prepare;
    kick += w.kick;
    started += w.started.value_or(Ns{});
    section += w.section + w.woken;
    done += w.done;
    takedown += w.takedown;
    dead += w.dead;
    whole += w.taken() + w.before;
  }
};

std::string table_of(const Parts& p, std::string_view what) {
  const Unit unit = unit_for(p.whole);
  TextTable table(
      {{std::string(what)}, {fmt::format("{}", unit.name), Align::Right}, {"share", Align::Right}});
  struct Row {
    const char* what;
    Ns length;
  };
  for (const Row& row :
       {Row{"control CPU, between two CPUs", p.between}, Row{"PREPARE callbacks", p.prepare},
        Row{"kick", p.kick}, Row{"from there to the AP's first callback", p.started},
        Row{"ONLINE callbacks", p.section}, Row{"from the last one to the end", p.done},
        Row{"cpu:teardown", p.takedown}, Row{"DEAD callbacks", p.dead}})
    if (row.length > Ns{})
      table.add({row.what, in_unit(row.length, unit), percent(row.length, p.whole)});
  return table.print("  ");
}

/// Says of how many ways the trace does not tell something.
std::string untold(const Parts& p) {
  std::string text;
  const auto say = [&](std::size_t n, const char* what) {
    if (n > 0) text += fmt::format("  {} of {}: {}\n", n, p.ways, what);
  };
  say(p.failed, "failed");
  say(p.one_interval, "alive and what follows the release are one interval");
  say(p.hidden, "waited for its release, which hides when it came alive");
  say(p.still, "the clock stood still, and all callbacks of the AP have one stamp");
  return text;
}

}  // namespace

std::string import_text(const Evidence& evidence) {
  std::string text;
  for (const PowerOn& on : evidence.power_ons) {
    std::array<Parts, 3> parts;  // in the boot, later bring-ups, takedowns
    for (const RecordedWalk& w : on.walks) parts[w.in_boot ? 0 : w.up() ? 1 : 2].add(w);
    if (on.walks.empty()) continue;
    text += on.file + "\n";
    if (on.design) {
      const WalksSpan span = boot_span(on.walks);
      text += fmt::format("  a {} boot: {} in {}\n", to_string(*on.design),
                          counted(parts[0].ways, "bring-up"), readable(span.end - span.begin));
    }
    for (const auto& [p, what] :
         {std::pair{parts[0], "in the boot"}, std::pair{parts[1], "later bring-ups"},
          std::pair{parts[2], "takedowns"}})
      if (p.ways > 0) text += table_of(p, what) + untold(p);
  }
  return text;
}

}  // namespace cpuhp

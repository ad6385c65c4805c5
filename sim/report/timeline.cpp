#include "sim/report/timeline.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "sim/units.hpp"

namespace cpuhp {
namespace {

struct Glyph {
  std::string_view unicode, ascii;
  Ink ink = Ink::Plain;
  std::string_view meaning = {};
};

/// Letters for each CpuTime. Time in stop_machine() is shown like spinning.
constexpr std::array<Glyph, kCpuTimes> kTimes{{{"█", "#", Ink::Green, "useful"},
                                               {"▒", "x", Ink::Red, "spinning"},
                                               {"·", ".", Ink::Blue, "sleeping"},
                                               {" ", " ", Ink::Plain, "idle"},
                                               {"▒", "x", Ink::Red, "spinning"}}};
/// The rows of the legend. The last kind of time (in stop_machine()) is left out, because it looks
/// like spinning.
constexpr std::span<const Glyph> kTimesKey(kTimes.data(), kCpuTimes - 1);
/// Letters for each CpuStage.
constexpr std::array<Glyph, kCpuStages> kStages{{{" ", " ", Ink::Plain, "off"},
                                                 {"░", "p", Ink::Yellow, "prepare"},
                                                 {"▒", "b", Ink::Red, "boot"},
                                                 {"▓", "o", Ink::Blue, "online section"},
                                                 {"█", "=", Ink::Green, "online"}}};

/// A row of letters. Neighbours with the same colour share one colour code.
class Row {
 public:
  explicit Row(const Look& look) : look_(look) {}
  void put(const Glyph& glyph) {
    const std::string_view text = look_.unicode ? glyph.unicode : glyph.ascii;
    if (glyph.ink != ink_) flush();
    ink_ = glyph.ink;
    run_ += text;
  }
  std::string text() {
    flush();
    return std::move(text_);
  }

 private:
  void flush() {
    if (!run_.empty()) text_ += inked(run_, ink_, look_);
    run_.clear();
  }
  const Look& look_;
  std::string text_, run_;
  Ink ink_ = Ink::Plain;
};

/// Returns the time at which a column ends; the last column ends at `end`.
Ns column_end(Ns end, unsigned columns, unsigned column) {
  const std::int64_t whole = end.v / columns, rest = end.v % columns;
  return {whole * (column + 1) + rest * (column + 1) / columns};
}

/// Returns the column in which a time lies.
std::size_t column_of(std::int64_t date, std::int64_t end, unsigned columns) {
  // Very large times are halved until the product fits 64 bits.
  for (; end > INT64_MAX / columns; end /= 2) date /= 2;
  return static_cast<std::size_t>(date * columns / end);
}

/// Adds to `time` how long each kind lasts between `from` and `to`. `next`: index of the first span
/// to look at. It is advanced for the next call, which begins at `to`.
template <std::size_t kKinds, typename Span, typename Kind>
void add_share(const std::vector<Span>& spans, std::size_t& next, Ns from, Ns to, Kind kind,
               std::array<std::int64_t, kKinds>& time) {
  while (next < spans.size()) {
    const Ns until = std::min(spans[next].until, to);
    if (until > from) time[static_cast<std::size_t>(spans[next].*kind)] += (until - from).v;
    from = std::max(from, until);
    if (spans[next].until > to) break;
    ++next;
  }
}

/// Draws the control CPU's time. A column can show only one kind of time. The other kinds in it are
/// carried over to later columns, so that the proportions of the whole row are right.
std::string control_row(const std::vector<CpuSpan>& spans, Ns end, unsigned columns, Ns scale,
                        const Look& look) {
  Row row(look);
  std::array<std::int64_t, kCpuTimes> owed{};
  std::size_t next = 0;
  Ns from{};
  for (unsigned c = 0; c < columns && from < end; ++c) {
    const Ns to = std::min(column_end(scale, columns, c), end);
    std::array<std::int64_t, kCpuTimes> time{};
    add_share(spans, next, from, to, &CpuSpan::what, time);
    std::size_t most = kCpuTimes;
    for (std::size_t k = 0; k < kCpuTimes; ++k) {
      owed[k] += time[k];
      if (time[k] > 0 && (most == kCpuTimes || owed[k] > owed[most])) most = k;
    }
    if (most == kCpuTimes) most = static_cast<std::size_t>(CpuTime::Idle);
    owed[most] -= (to - from).v;
    row.put(kTimes[most]);
    from = to;
  }
  return row.text();
}

/// Draws the stages of a group of CPUs. Where the CPUs differ, a stage on the way up or down has
/// priority over off and online.
std::string stages_row(const CpuStages& stages, CpuId first, CpuId last, Ns end, unsigned columns,
                       const Look& look) {
  Row row(look);
  std::vector<std::size_t> next(last - first + 1);
  Ns from{};
  for (unsigned c = 0; c < columns; ++c) {
    const Ns to = column_end(end, columns, c);
    std::array<std::int64_t, kCpuStages> time{};
    for (CpuId cpu = first; cpu <= last; ++cpu)
      add_share(stages.of[cpu], next[cpu - first], from, to, &StageSpan::stage, time);
    const auto on_the_way = std::max_element(time.begin() + 1, time.end() - 1);
    const std::size_t rest = time.back() > time.front() ? kCpuStages - 1 : 0;
    row.put(kStages[*on_the_way > 0 ? static_cast<std::size_t>(on_the_way - time.begin()) : rest]);
    from = to;
  }
  return row.text();
}

/// Draws bars for the number of online CPUs at the end of each column.
std::string online_row(const DesignPicture& picture, CpuId most, unsigned columns, Ns scale,
                       const Look& look) {
  static constexpr std::array<Glyph, 9> kHeights{{{" ", " "},
                                                  {"▁", "1"},
                                                  {"▂", "2"},
                                                  {"▃", "3"},
                                                  {"▄", "4"},
                                                  {"▅", "5"},
                                                  {"▆", "6"},
                                                  {"▇", "7"},
                                                  {"█", "8"}}};
  Row row(look);
  std::size_t next = 0;
  CpuId online = 0;
  for (unsigned c = 0; c < columns; ++c) {
    if (c > 0 && column_end(scale, columns, c - 1) >= picture.end) break;
    const Ns to = column_end(scale, columns, c);
    for (; next < picture.online.size() && picture.online[next].from <= to; ++next)
      online = picture.online[next].cpus;
    const std::uint64_t eighths = std::uint64_t{online} * 8 / std::max<CpuId>(most, 1);
    row.put(kHeights[online == 0 ? 0 : std::max<std::uint64_t>(eighths, 1)]);
  }
  return row.text();
}

std::string key(std::span<const Glyph> glyphs, const Look& look) {
  std::string text;
  for (const Glyph& g : glyphs) {
    if (g.ascii == " ") continue;
    text += (text.empty() ? "" : "  ") + inked(look.unicode ? g.unicode : g.ascii, g.ink, look) +
            ' ' + std::string(g.meaning);
  }
  return text;
}

unsigned row_columns(const Look& look, std::size_t label) {
  constexpr unsigned widest = 120, narrowest = 20;
  const auto taken = static_cast<unsigned>(label) + 3;
  const unsigned columns = std::min(look.columns, widest);
  return columns > taken + narrowest ? columns - taken : narrowest;
}

std::string label_of(CpuId first, CpuId last) {
  return first == last ? fmt::format("cpu {}", first) : fmt::format("cpu {}-{}", first, last);
}

}  // namespace

std::string time_axis(Ns end, unsigned columns) {
  if (end.v <= 0 || columns == 0) return "";
  // Ticks are 1, 2 or 5 times a power of ten apart, with space for their labels.
  constexpr unsigned apart = 12;
  const std::int64_t least = std::max<std::int64_t>(end.v / columns * apart, 1);
  std::int64_t step = 1;
  for (int i = 0; step < least; ++i) step = i % 3 == 1 ? step / 2 * 5 : step * 2;
  const Unit unit = step >= 1'000'000'000 ? Unit{"s", 1'000'000'000}
                    : step >= 1'000'000   ? Unit{"ms", 1'000'000}
                    : step >= 1'000       ? Unit{"us", 1'000}
                                          : Unit{"ns", 1};
  std::string axis;
  for (std::int64_t tick = 0; tick <= end.v; tick += step) {
    const std::size_t column = column_of(tick, end.v, columns);
    const std::string label =
        tick == 0 ? std::string("|0") : fmt::format("|{} {}", tick / unit.ns, unit.name);
    if (column + label.size() > columns) break;
    axis.resize(column, ' ');
    axis += label;
  }
  return axis;
}

std::string machine_timeline(const MachinePicture& picture, const Look& look) {
  const auto cpus = static_cast<CpuId>(picture.stages.of.size());
  if (picture.end <= Ns{} || cpus == 0) return "";
  const auto rows = static_cast<CpuId>(picture.rows_max);
  const CpuId group = (cpus + rows - 1) / rows;
  const std::size_t label = std::max(label_of(cpus - std::min(group, cpus), cpus - 1).size(),
                                     std::string_view("control CPU").size());
  const unsigned columns = row_columns(look, label);
  std::string text =
      fmt::format("  {:{}} {}\n", "control CPU", label,
                  control_row(picture.control, picture.end, columns, picture.end, look));
  for (CpuId first = 0; first < cpus; first += group) {
    const CpuId last = std::min(first + group, cpus) - 1;
    text += fmt::format("  {:{}} {}\n", label_of(first, last), label,
                        stages_row(picture.stages, first, last, picture.end, columns, look));
  }
  const std::string indent(label + 3, ' ');
  text += indent + time_axis(picture.end, columns) + '\n';
  text += fmt::format("  control CPU: {}\n", key(kTimesKey, look));
  return text + fmt::format("  CPUs:        {}\n", key(kStages, look));
}

std::string designs_timeline(const std::vector<DesignPicture>& designs, const Look& look) {
  Ns end{};
  CpuId most = 0;
  std::size_t name = 0;
  for (const DesignPicture& d : designs) {
    end = std::max(end, d.end);
    name = std::max(name, d.design.size());
    for (const OnlineCount& n : d.online) most = std::max(most, n.cpus);
  }
  if (end <= Ns{}) return "";
  const std::string_view rows[] = {"control CPU", "CPUs online"};
  const std::size_t label = name + 2 + rows[0].size();
  const unsigned columns = row_columns(look, label);
  std::string text;
  for (const DesignPicture& d : designs) {
    text += fmt::format("  {:{}}  {} {}\n", d.design, name, rows[0],
                        control_row(d.control, d.end, columns, end, look));
    text +=
        fmt::format("  {:{}}  {} {}\n", "", name, rows[1], online_row(d, most, columns, end, look));
  }
  text += std::string(label + 3, ' ') + time_axis(end, columns) + '\n';
  return text + fmt::format("  control CPU: {}; CPUs online: scale from 0 to {}\n",
                            key(kTimesKey, look), most);
}

}  // namespace cpuhp

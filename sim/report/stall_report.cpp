#include "sim/report/stall_report.hpp"

#include <spdlog/fmt/fmt.h>

#include "sim/report/text_table.hpp"
#include "sim/units.hpp"

namespace cpuhp {
namespace {

using Json = nlohmann::ordered_json;

std::string place_text(const LockStall& s, const std::vector<LockReader>& readers) {
  std::string text = s.reader ? fmt::format("\"{}\" on CPU {}", readers.at(*s.reader).name, s.on)
                              : fmt::format("CPU {}", s.cpu);
  text += fmt::format(" at {}", readable(s.begin));
  if (s.behind_reader) text += fmt::format(", behind \"{}\"", readers.at(*s.behind_reader).name);
  if (s.behind_cpu != kNoCpu) text += fmt::format(", behind a writer for CPU {}", s.behind_cpu);
  return text;
}

std::string side_text(const char* who, const char* whom, const StallSum& side,
                      const std::vector<LockReader>& readers) {
  if (side.count == 0) return fmt::format("  no {} waited for {}s\n", who, whom);
  return fmt::format("  {} of {}s for {}s: {} in all, the longest {}: {}\n",
                     counted(side.count, "wait"), who, whom, readable(side.sum),
                     readable(side.longest.length), place_text(side.longest, readers));
}

/// `reads`: of a reader's wait.
Json stall_json(const LockStall& s, bool reads, const std::vector<LockReader>& readers) {
  Json json{{"begin_ns", s.begin.v}, {"on", s.on}};
  if (s.reader) json["reader"] = readers.at(*s.reader).name;
  if (!reads) json["cpu"] = s.cpu;
  if (s.behind_reader) json["behind_reader"] = readers.at(*s.behind_reader).name;
  if (s.behind_cpu != kNoCpu) json["behind_cpu"] = s.behind_cpu;
  return json;
}

Json sum_json(const StallSum& side) {
  return {{"count", side.count}, {"sum_ns", side.sum.v}, {"longest_ns", side.longest.length.v}};
}

Json side_json(const StallSum& side, bool reads, const std::vector<LockReader>& readers) {
  Json json = sum_json(side);
  json["longest"] = side.count > 0 ? stall_json(side.longest, reads, readers) : Json(nullptr);
  return json;
}

}  // namespace

std::string stalls_text(const LockStalls& stalls, const std::vector<LockReader>& readers) {
  std::string text = "waits for cpu_hotplug_lock\n" +
                     side_text("writer", "reader", stalls.all.writers, readers) +
                     side_text("reader", "writer", stalls.all.readers, readers);
  if (stalls.operations.empty()) return text;
  TextTable table({{"#", Align::Right},
                   {"writers waited", Align::Right},
                   {"longest", Align::Right},
                   {"times", Align::Right},
                   {"readers waited", Align::Right},
                   {"longest", Align::Right},
                   {"times", Align::Right}});
  constexpr std::size_t kShown = 40;
  std::size_t shown = 0;
  for (const auto& [operation, of] : stalls.operations) {
    if (++shown > kShown) break;
    table.add({std::to_string(operation), readable(of.writers.sum),
               readable(of.writers.longest.length), std::to_string(of.writers.count),
               readable(of.readers.sum), readable(of.readers.longest.length),
               std::to_string(of.readers.count)});
  }
  text += table.print("  ");
  if (shown > kShown)
    text += fmt::format("  and {} more (--format json has them all)\n",
                        stalls.operations.size() - kShown);
  return text;
}

Json stalls_json(const LockStalls& stalls, const std::vector<LockReader>& readers) {
  Json json{{"writers", side_json(stalls.all.writers, false, readers)},
            {"readers", side_json(stalls.all.readers, true, readers)},
            {"operations", Json::array()},
            {"each_reader", Json::array()}};
  for (const auto& [operation, of] : stalls.operations)
    json["operations"].push_back({{"operation", operation},
                                  {"writers", sum_json(of.writers)},
                                  {"readers", sum_json(of.readers)}});
  for (const auto& [reader, of] : stalls.each_reader) {
    json["each_reader"].push_back(sum_json(of));
    json["each_reader"].back()["reader"] = readers.at(reader).name;
  }
  return json;
}

}  // namespace cpuhp

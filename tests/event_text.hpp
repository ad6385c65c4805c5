// An event as one line, for people and for diff:
// "     371000 cpu1 on cpu0 control    enter          step 2 a_up value 18"
#pragma once

#include <array>
#include <cstdio>
#include <string>

#include "model/events.hpp"

namespace cpuhp::test {

inline std::string event_text(const EventStream& stream, const Event& e) {
  std::array<char, 96> head{};
  const auto cpu = [](CpuId id) { return id == kNoCpu ? std::string("-") : std::to_string(id); };
  std::snprintf(head.data(), head.size(), "%12lld cpu%-3s on cpu%-3s %-9s %-14s",
                static_cast<long long>(e.time.v), cpu(e.cpu).c_str(), cpu(e.on).c_str(),
                std::string(to_string(e.role)).c_str(), std::string(to_string(e.kind)).c_str());
  std::string line = head.data();
  if (e.step >= 0) line += " step " + std::to_string(e.step);
  if (e.name != 0) line += " " + stream.names[e.name];
  if (e.kind == EventKind::MultiEnter) line += " #" + std::to_string(e.instance);
  if (e.value != 0) line += " value " + std::to_string(e.value);
  if (e.ret != 0) line += " ret " + std::to_string(e.ret);
  while (line.back() == ' ') line.pop_back();
  return line;
}

/// Returns the whole stream, one event a line.
inline std::string stream_text(const EventStream& stream) {
  std::string text;
  for (const Event& e : stream.events) text += event_text(stream, e) + "\n";
  return text;
}

}  // namespace cpuhp::test

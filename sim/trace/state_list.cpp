#include "sim/trace/state_list.hpp"

#include <algorithm>
#include <set>

#include "model/state_table.hpp"
#include "sim/input_file.hpp"
#include "sim/scenario/file_kind.hpp"
#include "sim/trace/text_file.hpp"

namespace cpuhp {
namespace {

void check_ascending(const StateList& list) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < list.states.size(); ++i) {
    const NamedState& s = list.states[i];
    if (s.id >= kMaxStates)
      refuse(list.file, s.line,
             "state " + std::to_string(s.id) + " is out of range, expected 0 to " +
                 std::to_string(kMaxStates - 1));
    if (i > 0 && s.id == list.states[i - 1].id)
      refuse(list.file, s.line, "state " + std::to_string(s.id) + " is listed twice");
    if (i > 0 && s.id < list.states[i - 1].id)
      refuse(list.file, s.line,
             "state " + std::to_string(s.id) + " comes after state " +
                 std::to_string(list.states[i - 1].id) + ": expected states in ascending order");
    if (!names.insert(s.name).second)
      refuse(list.file, s.line, "the name \"" + s.name + "\" is listed twice");
  }
}

/// Checks the order of the hotplug core's states, which is the same in every kernel.
void check_anchors(const StateList& list) {
  constexpr std::string_view kOrder[] = {"offline",   "cpu:bringup",  "idle:dead", "ap:offline",
                                         "ap:online", "cpu:teardown", "online"};
  const NamedState* last = nullptr;
  for (const std::string_view name : kOrder) {
    const NamedState* s = list.find(name);
    if (s == nullptr) refuse(list.file, 0, "there is no state named \"" + std::string(name) + "\"");
    if (last != nullptr && s->id < last->id)
      refuse(list.file, s->line,
             "\"" + s->name + "\" comes before \"" + last->name + "\", expected after it");
    last = s;
  }
  if (list.states.front().name != "offline" || list.states.front().id != 0)
    refuse(list.file, list.states.front().line, "the first state is not \"0: offline\"");
  if (list.states.back().name != "online")
    refuse(list.file, list.states.back().line, "the last state is not \"online\"");
  const auto follows = [&](std::string_view first, std::string_view second) {
    const NamedState* s = list.find(second);
    if (s->id != list.id(first) + 1)
      refuse(list.file, s->line,
             "expected \"" + s->name + "\" directly after \"" + std::string(first) + "\"");
  };
  follows("cpu:bringup", "idle:dead");
  follows("idle:dead", "ap:offline");
  follows("ap:online", "cpu:teardown");
}

}  // namespace

const NamedState* StateList::find(std::string_view name) const {
  const auto found = std::ranges::find(states, name, &NamedState::name);
  return found == states.end() ? nullptr : &*found;
}

const NamedState* StateList::find(int id) const {
  const auto found = std::ranges::find(states, id, &NamedState::id);
  return found == states.end() ? nullptr : &*found;
}

std::int16_t StateList::id(std::string_view name) const {
  const NamedState* s = find(name);
  return s == nullptr ? std::int16_t{-1} : s->id;
}

StateList read_states(const std::string& path) {
  const std::string text = read_text(path);
  refuse_json(text, path, "a list of hotplug states");
  StateList list{.file = shown_file(path)};
  if (text.starts_with('#')) {
    list.states = parse_recording(text, path).states;
  } else {
    for_each_line(text, [&](std::string_view line, std::size_t number, bool newline) {
      if (line.empty()) return;
      const auto s = parse_state_line(line, number);
      if (!s) refuse(path, number, "expected a line of hotplug/states, \"NUMBER: NAME\"");
      if (!newline && s->name != "online")
        refuse(path, number, "the file ends in the middle of a line");
      list.states.push_back(*s);
    });
  }
  if (list.states.empty()) refuse(path, 0, "has no states, expected lines \"NUMBER: NAME\"");
  check_ascending(list);
  check_anchors(list);
  list.kick_ap = list.id("cpu:kick_ap");
  list.bringup = list.id("cpu:bringup");
  list.ap_online = list.id("ap:online");
  list.online = list.id("online");
  return list;
}

}  // namespace cpuhp

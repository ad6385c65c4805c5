#include "model/checks/watch/scene.hpp"

namespace cpuhp {
namespace {

std::shared_ptr<const Known> known_of(const EventStream& stream, const Judged& judged) {
  if (judged.known != nullptr && judged.names == stream.names.base()) return judged.known;
  return std::make_shared<const Known>(known_to_checks(stream.names, judged.table));
}

}  // namespace

void OpenEnters::grow(CpuId on) { contexts_.resize((std::size_t{on} + 1) * kRoles); }

std::uint32_t OpenEnters::add() {
  open_.emplace_back();
  return static_cast<std::uint32_t>(open_.size() - 1);
}

bool OpenEnters::has_match(const Event& e) const {
  const std::size_t i = index(e.on, e.role);
  if (i >= contexts_.size()) return false;
  for (std::uint32_t at = contexts_[i].match; at != 0; at = open_[at].next_match)
    if (open_[at].enter.cpu == e.cpu && open_[at].enter.step == e.step) return true;
  return false;
}

/// Finds the enter of an exit when the task has moved to another CPU in between. Only one operation
/// moves a CPU at a time, so an enter of the same step by the same kind of task is the right one.
const Event* OpenEnters::take_elsewhere(const Event& e) {
  for (std::size_t i = static_cast<std::size_t>(e.role); i < contexts_.size(); i += kRoles) {
    Context& c = contexts_[i];
    std::uint32_t* match = &c.match;
    while (*match != 0 && (open_[*match].enter.cpu != e.cpu || open_[*match].enter.step != e.step))
      match = &open_[*match].next_match;
    if (*match == 0) continue;
    const std::uint32_t place = *match;
    *match = open_[place].next_match;
    std::uint32_t* latest = &c.latest;
    while (*latest != place) latest = &open_[*latest].below;
    *latest = std::exchange(open_[place].below, free_);
    free_ = place;
    return &open_[place].enter;
  }
  return nullptr;
}

/// Puts the linked list `list` in front of the list `there`, and empties `list`.
void OpenEnters::append(std::uint32_t& list, std::uint32_t& there, std::uint32_t OpenEnter::*link) {
  if (list == 0) return;
  std::uint32_t last = list;
  while (open_[last].*link != 0) last = open_[last].*link;
  open_[last].*link = there;
  there = std::exchange(list, 0);
}

void OpenEnters::move(const Event& e) {
  Context from = std::exchange(context(e.cpu, e.role), {});
  Context& to = context(static_cast<CpuId>(e.ret), e.role);
  append(from.latest, to.latest, &OpenEnter::below);
  append(from.match, to.match, &OpenEnter::next_match);
}

Scene::Scene(std::shared_ptr<const EventStream> first_part, const Judged& by)
    : cpus_(first_part->nr_cpus), open_(first_part->nr_cpus) {
  cpus_[by.boot_cpu].rest = by.table.anchors().online;
  enter(std::move(first_part), by);
}

void Scene::enter(std::shared_ptr<const EventStream> part, const Judged& by) {
  parts.add(std::move(part));
  judged = &by;
  known = known_of(parts.latest(), by);
  names = known->names;
  names.look_up(parts.latest().names);  // The run may use names that the shared names lack.
}

}  // namespace cpuhp

#include "model/checks/watch/resources.hpp"

#include <algorithm>
#include <iterator>

namespace cpuhp {
namespace {

constexpr const char* kResource = "docs/kernel.md 5.4";

/// True when `earlier` had not ended when `later` began.
bool overlaps(const Holds::Hold& earlier, const Holds::Hold& later) {
  return later.from.time < earlier.to;
}

/// True when `a` is a hold that does not end before `b`.
bool outlasts(const Holds::Hold& a, const Holds::Hold& b) { return b.to != kNever && a.to >= b.to; }

}  // namespace

Holds::Resource& Holds::of(NameId name) {
  const auto known = std::find_if(resources_.begin(), resources_.end(),
                                  [&](const Resource& r) { return r.name == name; });
  return known != resources_.end() ? *known : resources_.emplace_back(Resource{name, {}});
}

void Holds::forget(std::size_t resource, std::size_t n) {
  Resource& r = resources_[resource];
  r.holds.erase(r.holds.begin(), r.holds.begin() + static_cast<std::ptrdiff_t>(n));
  for (OpenHold& o : open_)
    if (o.name == r.name) o.hold -= n;
}

std::vector<Holds::OpenHold>::iterator Holds::open(const Event& e) {
  return std::find_if(open_.begin(), open_.end(), [&](const OpenHold& o) {
    return o.name == e.name && o.role == e.role && o.may_be(place_of_task(e));
  });
}

void Holds::see(On<EventKind::Acquire>, const Event& e) {
  std::vector<Hold>& holds = of(e.name).holds;
  const auto mine = open(e);
  if (mine == open_.end() || (e.value == 1 && askers_.get(e.on) > 1))
    open_.push_back({e.name, {place_of_task(e)}, e.role, holds.size()});
  else
    mine->hold = holds.size();
  holds.push_back({{e, number}});
}

void Holds::see(On<EventKind::Unlock>, const Event& e) {
  const auto mine = open(e);
  if (mine == open_.end()) return strays_.push_back({e, number});
  of(e.name).holds[mine->hold].to = e.time;
  open_.erase(mine);
}

/// A task moves to another CPU with everything that it holds. When several tasks that drive
/// operations sleep on the old CPU, no event tells which one moves. So a hold may be on either CPU.
void Holds::see(On<EventKind::Move>, const Event& e) {
  if (e.role == Role::Reader) return;  // its number stays
  const auto to = static_cast<CpuId>(e.ret);
  const bool asks = e.role == Role::Control;
  const bool alone = !asks || askers_.get(e.cpu) <= 1;
  if (asks) {
    --askers_[e.cpu];
    ++askers_[to];
  }
  for (OpenHold& o : open_) {
    if (o.role != e.role || !o.may_be(e.cpu)) continue;
    if (alone) std::erase(o.on, e.cpu);
    if (!o.may_be(to)) o.on.push_back(to);
  }
}

std::vector<ResourceHolds> resource_holds(const EventStream& stream) {
  Holds holds;
  show_all(stream.events, holds);
  const Ns last = stream.events.empty() ? Ns{} : stream.events.back().time;
  std::vector<ResourceHolds> all;
  for (const Holds::Resource& resource : holds.resources()) {
    ResourceHolds r{.name = stream.names[resource.name]};
    Ns covered{};
    for (const Holds::Hold& h : resource.holds) {
      const Ns begin = h.from.time;
      const Ns end = h.to == kNever ? last : h.to;
      ++r.count;
      r.total += std::max(Ns{}, end - std::max(begin, covered));  // readers share the time
      r.longest = std::max(r.longest, end - begin);
      covered = std::max(covered, end);
    }
    all.push_back(std::move(r));
  }
  return all;
}

void ResourceWatch::find_wrong(const char* invariant, const PastEvent& e, const std::string& what) {
  find(invariant, kResource, e, name(e.name), name(e.name) + what);
  found_.back().kind = FindingKind::Resource;
}

/// Judges the next hold of a resource. Holds come in the order in which they begin.
void ResourceWatch::judge(const Holds::Hold& h, Past& past) {
  // Readers exclude writers, but not each other.
  const Holds::Hold* const before = overlaps(past.writer, h)                  ? &past.writer
                                    : !h.shared() && overlaps(past.reader, h) ? &past.reader
                                                                              : nullptr;
  if (before != nullptr)
    find_wrong("resource-exclusive", h.from,
               " is taken on " + cpu_text(h.from.on) + " for " + cpu_text(h.from.cpu) + " while " +
                   cpu_text(before->from.on) + " holds it for " + cpu_text(before->from.cpu));
  if (h.to == kNever && judged().complete)
    find_wrong("resource-released", h.from, " is never released by " + cpu_text(h.from.on));
  Holds::Hold& latest = h.shared() ? past.reader : past.writer;
  if (!outlasts(latest, h)) latest = h;
  if (!h.shared() && h.to != kNever && h.to <= holds_.boot_done())
    past.held_in_boot += h.to - h.from.time;
}

/// Judges the first `n` holds of a resource, and forgets them.
void ResourceWatch::judge(std::size_t resource, std::size_t n) {
  Past& past = past_[resource];
  found_.swap(past.found);
  for (std::size_t i = 0; i < n; ++i) judge(holds_.resources()[resource].holds[i], past);
  found_.swap(past.found);
  holds_.forget(resource, n);
}

void ResourceWatch::part_ends() {
  past_.resize(holds_.resources().size());
  for (std::size_t i = 0; i < past_.size(); ++i) {
    const std::vector<Holds::Hold>& holds = holds_.resources()[i].holds;
    const auto open = std::ranges::find(holds, kNever, &Holds::Hold::to);
    judge(i, static_cast<std::size_t>(open - holds.begin()));
  }
}

void ResourceWatch::finish() {
  for (const PastEvent& e : holds_.strays())
    find_wrong("resource-released", e, " is released by a task that does not hold it");
  for (std::size_t i = 0; i < past_.size(); ++i) {
    judge(i, holds_.resources()[i].holds.size());
    std::move(past_[i].found.begin(), past_[i].found.end(), std::back_inserter(found_));
    if (past_[i].held_in_boot <= holds_.boot_done()) continue;
    const std::string& resource = name(holds_.resources()[i].name);
    found_.push_back({.invariant = "resource-serial",
                      .source = kResource,
                      .time = holds_.boot_done(),
                      .text = "the boot was shorter than the total time for which " + resource +
                              " was held exclusively during the boot",
                      .place = resource,
                      .kind = FindingKind::Resource});
  }
}

std::vector<Finding> check_resources(const EventStream& stream, bool complete) {
  return findings_of<ResourceWatch>(stream, complete);
}

}  // namespace cpuhp

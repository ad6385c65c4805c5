#include "model/checks/resources.hpp"

#include <algorithm>

namespace cpuhp {
namespace {

constexpr const char* kResource = "docs/kernel.md 5.4";

/// True when `earlier` had not ended when `later` began.
bool overlaps(const Holds::Hold* earlier, const Holds::Hold& later) {
  return earlier != nullptr && (earlier->to == nullptr || later.from->time < earlier->to->time);
}

/// Returns the hold that ends later; `a` may be nullptr.
const Holds::Hold* last_to_end(const Holds::Hold* a, const Holds::Hold& b) {
  return a == nullptr || b.to == nullptr || (a->to != nullptr && b.to->time > a->to->time) ? &b : a;
}

/// Judges all holds of one resource. Holds must be passed in the order in which they begin.
class ResourceJudge {
 public:
  ResourceJudge(const Parts& parts, NameId resource, bool complete, std::vector<Finding>& findings)
      : parts_(parts),
        resource_(parts.latest().names[resource]),
        complete_(complete),
        findings_(findings) {}

  void hold(const Holds::Hold& h) {
    // Readers exclude writers, but not each other.
    const Holds::Hold* const before = overlaps(writer_, h)                  ? writer_
                                      : !h.shared() && overlaps(reader_, h) ? reader_
                                                                            : nullptr;
    if (before != nullptr)
      find("resource-exclusive", *h.from,
           " is taken on " + cpu_text(h.from->on) + " for " + cpu_text(h.from->cpu) + " while " +
               cpu_text(before->from->on) + " holds it for " + cpu_text(before->from->cpu));
    if (h.to == nullptr && complete_)
      find("resource-released", *h.from, " is never released by " + cpu_text(h.from->on));
    const Holds::Hold*& latest = h.shared() ? reader_ : writer_;
    latest = last_to_end(latest, h);
  }
  void stray(const Event& e) {
    find("resource-released", e, " is released by a task that does not hold it");
  }

 private:
  void find(const char* invariant, const Event& e, const std::string& what) {
    findings_.push_back({invariant, kResource, e.cpu, e.time, resource_ + what, resource_,
                         parts_.index(e), FindingKind::Resource});
  }

  const Parts& parts_;
  const std::string& resource_;
  bool complete_;
  std::vector<Finding>& findings_;
  const Holds::Hold *writer_ = nullptr, *reader_ = nullptr;
};

Ns held_in_boot(const Holds::Resource& resource, Ns boot) {
  Ns held{};
  for (const Holds::Hold& h : resource.holds)
    if (!h.shared() && h.to != nullptr && h.to->time <= boot) held += h.to->time - h.from->time;
  return held;
}

std::vector<Finding> judge(const Holds& holds, const Parts& parts, bool complete) {
  std::vector<Finding> findings;
  for (const Event* const e : holds.strays())
    ResourceJudge(parts, e->name, complete, findings).stray(*e);
  for (const Holds::Resource& resource : holds.resources()) {
    ResourceJudge judge(parts, resource.name, complete, findings);
    for (const Holds::Hold& h : resource.holds) judge.hold(h);
    if (holds.boot_done() == nullptr) continue;
    const Ns boot = holds.boot_done()->time;
    const std::string& name = parts.latest().names[resource.name];
    if (held_in_boot(resource, boot) > boot)
      findings.push_back({.invariant = "resource-serial",
                          .source = kResource,
                          .time = boot,
                          .text = "the boot was shorter than the total time for which " + name +
                                  " was held exclusively during the boot",
                          .place = name,
                          .kind = FindingKind::Resource});
  }
  return findings;
}

}  // namespace

Holds::Resource& Holds::of(NameId name) {
  const auto known = std::find_if(resources_.begin(), resources_.end(),
                                  [&](const Resource& r) { return r.name == name; });
  return known != resources_.end() ? *known : resources_.emplace_back(Resource{name, {}});
}

std::vector<Holds::OpenHold>::iterator Holds::open(const Event& e) {
  return std::find_if(open_.begin(), open_.end(), [&](const OpenHold& o) {
    return o.name == e.name && o.role == e.role && o.may_be(e.on);
  });
}

void Holds::see(On<EventKind::Acquire>, const Event& e) {
  std::vector<Hold>& holds = of(e.name).holds;
  const auto mine = open(e);
  if (mine == open_.end() || (e.value == 1 && askers_.get(e.on) > 1))
    open_.push_back({e.name, {e.on}, e.role, holds.size()});
  else
    mine->hold = holds.size();
  holds.push_back({&e});
}

void Holds::see(On<EventKind::Unlock>, const Event& e) {
  const auto mine = open(e);
  if (mine == open_.end()) return strays_.push_back(&e);
  of(e.name).holds[mine->hold].to = &e;
  open_.erase(mine);
}

/// A task moves to another CPU with everything that it holds. When several tasks that drive
/// operations sleep on the old CPU, no event tells which one moves. So a hold may be on either CPU.
void Holds::see(On<EventKind::Move>, const Event& e) {
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
      const Ns begin = h.from->time;
      const Ns end = h.to == nullptr ? last : h.to->time;
      ++r.count;
      r.total += std::max(Ns{}, end - std::max(begin, covered));  // readers share the time
      r.longest = std::max(r.longest, end - begin);
      covered = std::max(covered, end);
    }
    all.push_back(std::move(r));
  }
  return all;
}

void ResourceWatch::finish() { found_ = judge(holds_, scene().parts, judged().complete); }

std::vector<Finding> check_resources(const EventStream& stream, bool complete) {
  return findings_of<ResourceWatch>(stream, complete);
}

}  // namespace cpuhp

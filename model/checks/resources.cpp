#include "model/checks/resources.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace cpuhp {
namespace {

/// Who holds: the executing CPU and its context. One task of a kind runs on a CPU at a time.
using Holder = std::pair<CpuId, Role>;

struct Hold {
  Ns begin{};
  std::optional<Ns> end;
  CpuId cpu = kNoCpu;  ///< the CPU being plugged
  CpuId on = kNoCpu;
  bool shared = false;  ///< by a reader
};

/// An Unlock without its Acquire.
struct Stray {
  NameId name = 0;
  Ns time{};
  CpuId cpu = kNoCpu;
};

struct Holds {
  std::vector<NameId> order;               ///< by first use
  std::map<NameId, std::vector<Hold>> of;  ///< by begin
  std::vector<Stray> strays;
  std::optional<Ns> boot_done;
};

using OpenHolds = std::map<std::pair<NameId, Holder>, std::size_t>;

/// The task goes on on another CPU, with all that it holds.
void move_all(OpenHolds& open, const Holder& from, const Holder& to) {
  OpenHolds moved;
  for (const auto& [key, hold] : open)
    moved[{key.first, key.second == from ? to : key.second}] = hold;
  open = std::move(moved);
}

/// Pairs each Acquire with its holder's Unlock. At one date the merged stream orders events by CPU,
/// so that an Unlock may stand behind the next holder's Acquire: only holders can be paired.
Holds collect(const EventStream& stream) {
  Holds holds;
  OpenHolds open;
  for (const Event& e : stream.events) {
    if (e.kind == EventKind::BootDone && !holds.boot_done) holds.boot_done = e.time;
    const std::pair<NameId, Holder> key{e.name, {e.on, e.role}};
    if (e.kind == EventKind::Move) {
      move_all(open, {e.cpu, e.role}, {static_cast<CpuId>(e.ret), e.role});
    } else if (e.kind == EventKind::Acquire) {
      std::vector<Hold>& all = holds.of[e.name];
      if (all.empty()) holds.order.push_back(e.name);
      open[key] = all.size();
      all.push_back({e.time, std::nullopt, e.cpu, e.on, e.value == 1});
    } else if (e.kind == EventKind::Unlock) {
      const auto mine = open.find(key);
      if (mine == open.end()) {
        holds.strays.push_back({e.name, e.time, e.cpu});
        continue;
      }
      holds.of[e.name][mine->second].end = e.time;
      open.erase(mine);
    }
  }
  return holds;
}

std::string cpu_name(CpuId cpu) { return "CPU " + std::to_string(cpu); }

/// Is the earlier hold, or none, still held when the later one begins?
bool overlaps(const Hold* earlier, const Hold& later) {
  return earlier != nullptr && (!earlier->end || later.begin < *earlier->end);
}

/// Of two holds, or none, the one that ends last.
const Hold* last_to_end(const Hold* a, const Hold& b) {
  return a == nullptr || !b.end || (a->end && *b.end > *a->end) ? &b : a;
}

}  // namespace

std::vector<ResourceHolds> resource_holds(const EventStream& stream) {
  const Holds holds = collect(stream);
  const Ns last = stream.events.empty() ? Ns{} : stream.events.back().time;
  std::vector<ResourceHolds> all;
  for (const NameId name : holds.order) {
    ResourceHolds r{.name = stream.names[name]};
    Ns covered{};
    for (const Hold& h : holds.of.at(name)) {
      const Ns end = h.end.value_or(last);
      ++r.count;
      r.total += std::max(Ns{}, end - std::max(h.begin, covered));  // readers share the time
      r.longest = std::max(r.longest, end - h.begin);
      covered = std::max(covered, end);
    }
    all.push_back(std::move(r));
  }
  return all;
}

std::vector<Finding> check_resources(const EventStream& stream, bool complete) {
  constexpr const char* kSource = "facts.md 3.11";
  const Holds holds = collect(stream);
  std::vector<Finding> findings;
  for (const Stray& s : holds.strays)
    findings.push_back({"resource-released", kSource, s.cpu, s.time,
                        stream.names[s.name] + " is released by someone who does not hold it"});
  for (const NameId name : holds.order) {
    const std::vector<Hold>& all = holds.of.at(name);
    Ns in_boot{};
    const Hold *writer = nullptr, *reader = nullptr;
    for (const Hold& h : all) {
      // Readers keep writers out, and only those.
      const Hold* const before = overlaps(writer, h)                ? writer
                                 : !h.shared && overlaps(reader, h) ? reader
                                                                    : nullptr;
      if (before != nullptr)
        findings.push_back({"resource-exclusive", kSource, h.cpu, h.begin,
                            stream.names[name] + " is taken on " + cpu_name(h.on) + " for " +
                                cpu_name(h.cpu) + " while " + cpu_name(before->on) +
                                " holds it for " + cpu_name(before->cpu)});
      if (!h.end && complete)
        findings.push_back({"resource-released", kSource, h.cpu, h.begin,
                            stream.names[name] + " is never released by " + cpu_name(h.on)});
      const Hold*& latest = h.shared ? reader : writer;
      latest = last_to_end(latest, h);
      if (!h.shared && holds.boot_done && h.end && *h.end <= *holds.boot_done)
        in_boot += *h.end - h.begin;
    }
    if (holds.boot_done && in_boot > *holds.boot_done)
      findings.push_back({"resource-serial", kSource, kNoCpu, *holds.boot_done,
                          "the boot is shorter than " + stream.names[name] + " was held in it"});
  }
  return findings;
}

}  // namespace cpuhp

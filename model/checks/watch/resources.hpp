// Check of machine-wide resources such as locks. Each has one holder at a time or only readers, and
// each holder releases it.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "model/checks/watch/watch.hpp"

namespace cpuhp {

/// Statistics about one resource: how often, and for how long, tasks held it.
struct ResourceHolds {
  std::string name;
  std::uint64_t count = 0;
  Ns total{};    ///< time during which at least one task held it
  Ns longest{};  ///< the longest single hold
};

/// Returns the statistics of each resource, in the order of first use. A hold without an end
/// counts up to the last event.
std::vector<ResourceHolds> resource_holds(const EventStream& stream);

/// Pairs each Acquire with the Unlock of the same holder. Events with equal times are sorted by
/// CPU, so an Unlock may come after the next holder's Acquire. The holder therefore decides which
/// Acquire and Unlock belong together. A holder is a CPU and a kind of task, as a CPU runs one task
/// of a kind at a time, or a reader by its number.
class Holds {
 public:
  struct Hold {
    PastEvent from;
    Ns to = kNever;                                  ///< kNever: held to the end
    bool shared() const { return from.value == 1; }  ///< a reader holds it
  };
  struct Resource {
    NameId name = 0;
    std::vector<Hold> holds;  ///< in the order in which they begin
  };

  void see(On<EventKind::Acquire>, const Event& e);
  void see(On<EventKind::Unlock>, const Event& e);
  void see(On<EventKind::Move>, const Event& e);
  void see(On<EventKind::OpBegin>, const Event& e) { ++askers_[e.on]; }
  void see(On<EventKind::OpEnd>, const Event& e) { --askers_[e.on]; }
  void see(On<EventKind::BootDone>, const Event& e) { boot_done_ = std::min(boot_done_, e.time); }

  std::size_t number = 0;  ///< number of the event to see next

  /// Returns the resources in the order of their first use.
  const std::vector<Resource>& resources() const { return resources_; }
  const std::vector<PastEvent>& strays() const { return strays_; }
  Ns boot_done() const { return boot_done_; }  ///< kNever: the boot is not over
  /// Forgets the first `n` holds of the resource with that index.
  void forget(std::size_t resource, std::size_t n);

 private:
  struct OpenHold {
    NameId name = 0;
    std::vector<CpuId>
        on;  ///< CPUs on which the holder may be; usually one. Of a reader: its number
    Role role = Role::Control;
    std::size_t hold = 0;
    bool may_be(CpuId cpu) const { return std::find(on.begin(), on.end(), cpu) != on.end(); }
  };

  Resource& of(NameId name);
  std::vector<OpenHold>::iterator open(const Event& e);

  std::vector<Resource> resources_;
  std::vector<OpenHold> open_;
  std::vector<PastEvent> strays_;  ///< Unlocks without their Acquires
  Ns boot_done_ = kNever;
  PerCpu<int> askers_;  ///< by CPU: number of tasks on it that drive operations
};

/// Checks all Acquire and Unlock events:
/// - exclusive: a resource never has two holders at the same time, unless both are readers (value
///   1);
/// - released: only a holder releases a resource, and at the end of a `complete` run (no hang, no
///   panic) no task holds one;
/// - serial: a boot lasts at least as long as each single resource was held during it.
class ResourceWatch : public Watch {
 public:
  static constexpr std::array kLaws{
      Law{"resource-exclusive", "a lock has either one holder or any number of readers"},
      Law{"resource-released",
          "only the holder of a lock releases it, and no lock is held at the end of the run"},
      Law{"resource-serial",
          "a boot is at least as long as the total time for which any one lock is held exclusively "
          "during the boot"}};

  using Watch::Watch;

  template <EventKind kind>
  requires requires(Holds holds, Kind<kind> k, const Event& e) { holds.see(k, e); }
  void see(Kind<kind> k, const Event& e) {
    holds_.number = past(e).number;
    holds_.see(k, e);
  }
  void part_ends();
  void finish();

 private:
  /// The rest of the holds of one resource that were judged.
  struct Past {
    Holds::Hold writer{.to = Ns{-1}}, reader = writer;  ///< of each kind the one that ended last
    Ns held_in_boot{};
    std::vector<Finding> found;
  };

  void find_wrong(const char* invariant, const PastEvent& e, const std::string& what);
  void judge(const Holds::Hold& h, Past& past);
  void judge(std::size_t resource, std::size_t n);

  Holds holds_;
  std::vector<Past> past_;  ///< by resource
};

/// Runs ResourceWatch alone on a stream, and returns its findings.
std::vector<Finding> check_resources(const EventStream& stream, bool complete = true);

}  // namespace cpuhp

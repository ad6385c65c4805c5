// Events: all that checks, analysis, writers and digests know of a run. Events of a simulated run
// and events read from a real kernel's ftrace have the same form.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/cpumask.hpp"
#include "model/event_kinds.hpp"
#include "model/ns.hpp"
#include "model/rows.hpp"

namespace cpuhp {

/// Event::ret of an OpBegin, when the operation answers any error with one of its own.
inline constexpr int kOwnError = 2;

/// Bits in the value of a Register event.
enum RegisterFlag : std::int16_t {
  kRegisterStartup = 1,
  kRegisterTeardown = 2,
  kRegisterMulti = 4,
  /// the caller wants the startup called on the CPUs that have passed the state
  kRegisterCalls = 8,
};

/// ap_sync_state of HOTPLUG_CORE_SYNC (docs/kernel.md 5.1). Value of a SyncState event.
enum class SyncState : std::uint8_t { Dead, Kicked, ShouldDie, Alive, ShouldOnline, Online };

/// What a fault may cause, apart from an operation's error. Value of an Injected event. Anything
/// else that goes wrong is a bug of the simulated kernel.
enum class Explains : std::uint8_t {
  Nothing,
  Hang,   ///< the run may hang: the awaited event never comes, and the wait has no time-out
  Panic,  ///< the kernel dies
  /// A CPU that has not reported its death within 10 s (6.5 on) stays in limbo: bringing it up is
  /// refused with -EAGAIN until it has reported (docs/kernel.md 5.1).
  Limbo,
};

/// The purpose of a stop_machine(): the value of its StopBegin event.
enum class StopFor : std::uint8_t {
  Takedown,
  Caches,  ///< x86: caches and MTRRs of a starting CPU or, after a resume, of all
};

/// The context in which an event was executed.
enum class Role : std::uint8_t {
  Control,
  ApBoot,
  CpuhpThread,
  Stopper,
  Idle,
  Worker,
  Irq,
  Background,
  Other,
  Reader,
};
inline constexpr std::size_t kRoles = static_cast<std::size_t>(Role::Reader) + 1;
inline constexpr std::array<Named<Role>, kRoles> kRoleInfos{{
    {Role::Control, "control", "the task that drives the operation"},
    {Role::ApBoot, "ap_boot", "the booting AP, interrupts off"},
    {Role::CpuhpThread, "cpuhp", "the CPU's hotplug thread, cpuhp/N"},
    {Role::Stopper, "stopper", "migration/N inside stop_machine"},
    {Role::Idle, "idle", "the idle task"},
    {Role::Worker, "kworker", "a kworker"},
    {Role::Irq, "irq", "an interrupt handler"},
    {Role::Background, "background", "other tasks of the boot CPU, which fill its sleep"},
    {Role::Other, "other", "another task"},
    {Role::Reader, "reader", "a reader of the scenario: Event::instance is its number"},
}};
static_assert(in_order(kRoleInfos));
constexpr std::string_view to_string(Role role) { return row_of(kRoleInfos, role).name; }
/// True for general tasks: they may run on every active CPU, and leave a CPU that goes down.
constexpr bool is_general(Role role) {
  return role == Role::Control || role == Role::Worker || role == Role::Reader;
}

/// Returns what a task waits for that waits for the end of a reader's round. kernel: flush_work().
inline std::string flush_of(const std::string& reader) { return "flush_work(" + reader + ')'; }

/// Index into the run's Names.
using NameId = std::uint32_t;

/// 32 bytes, no padding, so that a digest can be taken over its bytes.
struct Event {
  Ns time{};
  CpuId cpu = kNoCpu;
  CpuId on = kNoCpu;
  NameId name = 0;
  std::int32_t ret = 0;
  std::int16_t step = -1;
  std::int16_t value = 0;
  std::uint16_t instance = 0;
  EventKind kind = EventKind::Enter;
  Role role = Role::Control;
  bool operator==(const Event&) const = default;
};
static_assert(sizeof(Event) == 32);

/// Returns what tells the event's task from others of its role: a CPU, or the number of a reader.
constexpr CpuId place_of_task(const Event& e) { return e.role == Role::Reader ? e.instance : e.on; }

/// Returns what the fault of this Injected event may cause. If `ret` is not 0, the event comes from
/// the file hotplug/fail, which causes nothing but this error.
constexpr Explains explains(const Event& injected) {
  return injected.ret == 0 ? static_cast<Explains>(injected.value) : Explains::Nothing;
}

/// A handler is 2^31 ns and more for a virtual CPU that its hypervisor preempts for long.
inline constexpr int kHandlerBits = 31;

/// Returns how long the handler of this Interrupt event took.
constexpr Ns handler_of(const Event& interrupt) {
  return Ns{(std::int64_t{interrupt.value} << kHandlerBits) + interrupt.ret};
}

/// Sets how long the handler of this Interrupt event took. An event tells at most 19 hours.
constexpr void set_handler(Event& interrupt, Ns handler) {
  constexpr std::int64_t kMost = (std::int64_t{INT16_MAX} << kHandlerBits) + INT32_MAX;
  const std::int64_t ns = handler.v < kMost ? handler.v : kMost;
  interrupt.value = static_cast<std::int16_t>(ns >> kHandlerBits);
  interrupt.ret = static_cast<std::int32_t>(ns & INT32_MAX);
}

/// True when this StopBegin event begins a takedown.
constexpr bool is_takedown(const Event& stop) {
  return stop.value == static_cast<std::int16_t>(StopFor::Takedown);
}

/// The strings of a run, each stored once. Their numbers follow the order of first use; 0 is the
/// empty string.
class Names {
 public:
  Names() : names_(1) {}
  /// Extends `base`: new names get the numbers that follow those of `base`.
  explicit Names(std::shared_ptr<const Names> base) : base_(std::move(base)) {}
  NameId intern(std::string_view name);
  /// Returns the name's number, or 0 when it is not known.
  NameId find(std::string_view name) const;
  const std::string& operator[](NameId id) const {
    return id < shared() ? (*base_)[id] : names_[id - shared()];
  }
  std::size_t size() const { return shared() + names_.size(); }
  /// Returns the shared names that this object extends, or nullptr.
  const std::shared_ptr<const Names>& base() const { return base_; }
  bool operator==(const Names&) const = default;

 private:
  std::size_t shared() const { return base_ ? base_->size() : 0; }

  std::shared_ptr<const Names> base_;
  std::vector<std::string> names_;
  std::map<std::string, NameId, std::less<>> index_;  ///< not iterated, so its order has no effect
};

/// All events of a run, ordered by time. Events with equal times are ordered by CPU, and events of
/// the same CPU as they happened.
struct EventStream {
  std::vector<Event> events;
  Names names;
  CpuId nr_cpus = 0;
  std::uint64_t first = 0;  ///< number of events before this part of a run
};

}  // namespace cpuhp

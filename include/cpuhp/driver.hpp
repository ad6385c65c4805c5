// A driver of your own: a hotplug state whose callbacks are C++.
//
//   struct Nic {
//     int startup(cpuhp::api::Callback& cb) { return cb.take("rx_ring"); }
//     int teardown(cpuhp::api::Callback& cb) { cb.give("rx_ring"); return 0; }
//   };
//   auto scenario = cpuhp::api::Scenario::machine(1, 4, 2);
//   scenario.add_state({.name = "nic:online"}, Nic{}).boot().setup("nic:online");
//
// A driver is a value. Each run begins with a copy of the one that was added, and all CPUs of the
// run call that copy: a member that each CPU has for itself is indexed by Callback::cpu().
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "cpuhp/visible.hpp"

namespace cpuhp::api {

/// One call of a callback. It is valid until the callback returns.
///
/// Simulated time passes only in work(), sleep() and lock(). A callback may throw: the run ends
/// there, and whoever asked for the run gets the exception; in a campaign it is a finding of the case.
/// A callback that catches everything (`catch (...)`) has to throw it again: the library unwinds
/// callbacks that hang. A callback has a stack of 256 KiB.
class CPUHP_VISIBLE Callback {
 public:
  /// Number of the CPU that comes up or goes down, from 0.
  unsigned cpu() const;
  /// Number of the instance, 1 to 65,534; 0: the state has none. kernel: the hlist node of a multi
  /// state.
  unsigned instance() const;
  bool bringing_up() const;
  /// True while a failed bring-up or takedown is undone; not in the undo of a failed setup.
  bool rolling_back() const;
  /// Simulated time since power-on, in nanoseconds.
  std::int64_t now_ns() const;
  /// False in a STARTING or DYING callback: the CPU has interrupts off there. (Documentation of the
  /// kernel: core-api/cpu_hotplug.rst.)
  bool may_sleep() const;

  /// Uses the CPU for `ns` nanoseconds, 0 to 10^15 (eleven days).
  void work(std::int64_t ns);
  /// Leaves the CPU to others for `ns` nanoseconds, 0 to 10^15. Where it must not sleep, it spins, and
  /// the checks find it (I40).
  void sleep(std::int64_t ns);
  /// Takes a mutex. Locks of one name are one lock, in all drivers. A lock that its holder takes again
  /// is a hang of the run. Where the callback must not sleep, it goes on without the lock, and the
  /// checks find it (I40).
  void lock(std::string_view name);
  /// Lets the mutex go. Throws Error when nobody holds it. The checks find who lets go what another task
  /// holds (resource-released).
  void unlock(std::string_view name);

  /// A place that may fail. Returns 0, or the -errno of the fault that strikes here. A campaign of
  /// faults strikes each such place once, and the callback as a whole, before it begins, as well.
  [[nodiscard]] int may_fail();
  /// Takes a resource for this CPU and instance: a place that may fail. Returns 0 or -errno. The
  /// checks find what is taken twice, or given back without having been taken, and what is not given
  /// back when the CPU rests below the state.
  [[nodiscard]] int take(std::string_view resource);
  /// Gives the resource back.
  void give(std::string_view resource);

 private:
  friend struct Access;
  explicit Callback(void* call) : call_(call) {}
  void* call_;
};

/// The arguments of cpuhp_setup_state(). kernel: include/linux/cpuhotplug.h.
struct StateOptions {
  std::string name;  ///< as in hotplug/states: "nic:online"
  /// Names of the callbacks in traces; empty: made of the state's name. A driver that lacks startup()
  /// or teardown() has no such callback.
  std::string startup = {}, teardown = {};
  /// Number of the state in the table; -1: the kernel gives it the next one of CPUHP_AP_ONLINE_DYN,
  /// or of CPUHP_BP_PREPARE_DYN with `prepare`.
  int number = -1;
  bool prepare = false;  ///< without a number: the callbacks run while the CPU is not up
  bool multi = false;    ///< with instances: Scenario::add_instance()
};

template <typename D>
concept HasStartup = requires(D d, Callback& cb) {
  { d.startup(cb) } -> std::same_as<int>;
};
template <typename D>
concept HasTeardown = requires(D d, Callback& cb) {
  { d.teardown(cb) } -> std::same_as<int>;
};
/// startup() and teardown() return 0 or -errno. One of them may be missing.
template <typename D>
concept Driver = std::copy_constructible<D> && (HasStartup<D> || HasTeardown<D>);

namespace detail {

struct CPUHP_VISIBLE AnyDriver {
  virtual ~AnyDriver() = default;
  virtual int call(Callback& cb) = 0;
  virtual std::unique_ptr<AnyDriver> copy() const = 0;
  virtual bool copyable() const = 0;
  virtual bool equals(const AnyDriver& other) const = 0;
};

template <Driver D, bool kCopyable>
struct DriverOf final : AnyDriver {
  static_assert(HasStartup<D> || !requires { &D::startup; },
                "startup of a driver is: int startup(cpuhp::api::Callback&)");
  static_assert(HasTeardown<D> || !requires { &D::teardown; },
                "teardown of a driver is: int teardown(cpuhp::api::Callback&)");
  explicit DriverOf(D d) : driver(std::move(d)) {}
  int call(Callback& cb) override {
    if constexpr (HasStartup<D>)
      if (cb.bringing_up()) return driver.startup(cb);
    if constexpr (HasTeardown<D>)
      if (!cb.bringing_up()) return driver.teardown(cb);
    return 0;
  }
  std::unique_ptr<AnyDriver> copy() const override { return std::make_unique<DriverOf>(driver); }
  bool copyable() const override { return kCopyable; }
  bool equals([[maybe_unused]] const AnyDriver& other) const override {
    if constexpr (kCopyable)
      return driver == static_cast<const DriverOf&>(other).driver;
    else
      return false;
  }
  D driver;
};

}  // namespace detail
}  // namespace cpuhp::api

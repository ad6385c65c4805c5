// Check of what the caller of an operation sees: the result, and the state of the CPUs afterwards.
// A failed operation must be undone (I11, I12, I13, I28, I30, I34).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/checks/watch/watch.hpp"

namespace cpuhp {

/// The value of a CPU's hotplug/fail. Several CPUs may write it at the same time at which a
/// callback uses it up, and the stream does not tell the order. So each value written at that time
/// counts as possible.
class ArmedFail {
 public:
  int armed() const { return armed_; }
  void arm(int state, Ns date) {
    if (date == date_) {
      beside_.push_back(armed_);
    } else {
      before_ = armed_;
      beside_.clear();
    }
    armed_ = state;
    date_ = date;
  }
  /// Handles a fault that hits `state`. Returns false when hotplug/fail did not have that value.
  /// Clears it, unless it was written again at this same time.
  bool strikes(int state, Ns date) {
    const bool anew = date == date_ && (state == before_ || holds_beside(state));
    if (anew && state != armed_) return true;
    const bool right = state == armed_;
    if (anew) beside_.push_back(armed_);
    armed_ = -1;
    return right;
  }
  /// True when fail may read as `state` while no operation runs. From now on, fail counts as having
  /// this value.
  bool reads(int state) {
    const bool right = state == armed_ || holds_beside(state);
    armed_ = state;
    beside_.clear();
    date_ = Ns{-1};
    return right;
  }

 private:
  bool holds_beside(int state) const {
    return std::find(beside_.begin(), beside_.end(), state) != beside_.end();
  }

  int armed_ = -1;
  int before_ = -1;          ///< value before the writes at time `date_`
  std::vector<int> beside_;  ///< other values that were written at time `date_`
  Ns date_{-1};
};

/// A set of states for each CPU, empty at first.
class StateSets {
 public:
  StateSets(StateId max, CpuId expected)
      : words_(static_cast<std::size_t>(max) / 64 + 1), bits_(words_ * expected) {}

  std::size_t words() const { return words_; }
  std::uint64_t* operator[](CpuId cpu) {
    const std::size_t begin = words_ * cpu;
    if (begin >= bits_.size()) grow(begin + words_);
    return &bits_[begin];
  }
  void assign(CpuId cpu, StateId state, bool in) {
    std::uint64_t& word = (*this)[cpu][static_cast<std::size_t>(state) / 64];
    word ^= (word ^ (std::uint64_t{0} - std::uint64_t{in})) & (std::uint64_t{1} << (state % 64));
  }

  /// Sets or clears all states from `from` to `to`, both included.
  void assign(CpuId cpu, StateId from, StateId to, bool in) {
    std::uint64_t* const words = (*this)[cpu];
    const auto first = static_cast<std::size_t>(from), last = static_cast<std::size_t>(to);
    for (std::size_t w = first / 64; w <= last / 64; ++w) {
      std::uint64_t range = ~std::uint64_t{0};
      if (w == first / 64) range &= ~std::uint64_t{0} << first % 64;
      if (w == last / 64) range &= ~std::uint64_t{0} >> (63 - last % 64);
      words[w] = in ? words[w] | range : words[w] & ~range;
    }
  }

 private:
  [[gnu::cold]] void grow(std::size_t words) { bits_.resize(words); }

  std::size_t words_;
  StateBits bits_;
};

/// - I11, I12: after an operation that failed each CPU has the state, masks, threads and started
///   states that it had before;
/// - I8: after an operation that succeeded, exactly the states up to the CPU's own are started;
/// - I13: the caller gets the first error;
/// - I28: state and target agree, and the CPU is in a state that may be a target;
/// - I30: a value in hotplug/fail makes one callback fail, and the file keeps it until then;
/// - I34: each suspend disables hotplug once, and the resume brings up only the CPUs that the
///   suspend took down;
/// - "boot": every present CPU that maxcpus= allows was started once.
///
/// A callback that must not fail may fail nevertheless: a PREPARE teardown, a STARTING callback, or
/// any callback during a rollback. After that a kernel promises nothing (docs/kernel.md 4.4).
class OperationWatch : public Watch {
 public:
  static constexpr std::array kLaws{
      Law{"I8", "when a CPU is at rest, all states up to its own state are started, and no others"},
      Law{"I11, I12",
          "after a failed operation, the CPU's state, masks and parked threads are the same as "
          "before"},
      Law{"I13", "an operation returns its first error to the caller"},
      Law{"I28", "when a CPU is at rest, its target equals its state"},
      Law{"I30", "an armed `fail` makes exactly one step fail, at the armed state"},
      Law{"I34",
          "each suspend disables hotplug once, and its resume enables hotplug again and brings up "
          "the CPUs that the suspend took down"},
      Law{"boot", "a boot starts every present CPU that `maxcpus=` allows, once"}};

  explicit OperationWatch(const Scene& scene);

  void see(On<EventKind::OpBegin>, const Event& e);
  void see(On<EventKind::OpEnd>, const Event& e);
  void see(On<EventKind::Rest>, const Event& e);
  void see(OnMask, const Event& e);
  void see(OnThread, const Event& e);
  void see(OnExit, const Event& e) {
    const Event* const enter = scene().entered();
    // cpuhp_kick_ap_work is no callback, and the number in its exit is the CPU's old state.
    if (enter != nullptr && enter->name == names().kick_work) return;
    if (e.ret < 0)
      failed_callback(e, enter);
    else if (table().valid(e.step))
      started_.assign(e.cpu, e.step, is_startup(enter, e));
  }
  void see(const Stretch& s) {
    started_.assign(s.cpu, std::min(s.from, s.to), std::max(s.from, s.to), s.up);
  }
  void see(On<EventKind::Injected>, const Event& e);
  void see(On<EventKind::Arm>, const Event& e);
  void see(On<EventKind::Disabled>, const Event& e);
  void see(OnRegister, const Event& e);
  void see(On<EventKind::Kick>, const Event&) { ++kicks_; }
  void see(On<EventKind::BootDone>, const Event& e);
  void see(On<EventKind::Present>, const Event& e) { came_ += e.value != 0 ? 1u : ~CpuId{0}; }

 private:
  /// The properties of a CPU that a failed operation must leave as they were.
  struct Shape {
    StateId state = 0;
    bool online = false, active = false;
    bool run_queue = true;  ///< the CPU's run queue is online: rd->online
    /// `hotplug`: cpuhp/N is unparked. `others`: the CPU's other threads are unparked.
    bool hotplug = false, others = false;
    bool operator==(const Shape&) const = default;
  };
  struct Cpu {
    Shape now, before;  ///< before: as the previous operation left the CPU
    int first_error = 0, errors = 0;
    StateId first_error_at = -1;
    /// A callback failed that must not fail, so the kernel promises nothing any more.
    bool broken = false;
    /// Value of `broken` after the previous operation: if true, threads and state need not agree.
    bool was_broken = false;
    /// the CPU went past its target, because the target lies within STARTING
    bool overshot = false;
    ArmedFail fail;
  };

  bool plugs() const;
  bool alone(const Event& e) const;
  void failed(const Event& e, const Cpu& c);
  void succeeded(const Event& e, Cpu& c);
  void first_error(const Event& e, const Cpu& c);
  void consistent(const Event& e, const Cpu& c);
  void find_started(const Event& e, StateId state, bool started);
  void started_from(CpuId cpu, StateId state);
  void failed_callback(const Event& exit, const Event* enter);
  void online_changes(const Event& e, bool on);

  /// True when the callback of this exit ran on the way up.
  bool is_startup(const Event* enter, const Event& exit) const {
    if (enter == nullptr || !table().valid(exit.step)) return true;
    const NameId name = scene().known->startup[static_cast<std::size_t>(exit.step)];
    return name == Known::kByTarget ? !walks_down(*enter) : enter->name == name;
  }

  /// States with a startup and a teardown in the table, except the hotplug core's own. Only these
  /// states are checked for being started.
  StateBits paired_;
  StateSets started_;
  PerCpu<Cpu> cpus_;
  std::vector<CpuId> frozen_, failed_;
  Event op_{};
  /// The operation is a write to smt/control, which plugs several CPUs until one fails.
  bool series_ = false;
  bool own_error_ = false;  ///< the operation answers any error with one of its own
  bool overlapped_ = false;
  int disabled_ = 0, disabled_before_ = 0;
  int online_count_ = 0, online_at_boot_ = 0;
  int kicks_ = 0;
  bool boot_failed_ = false;
  CpuId came_ = 0;  ///< CPUs that came to the machine, less those that left it (modulo 2^32)
  bool suspending_ = false;
};

}  // namespace cpuhp

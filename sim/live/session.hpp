// A live machine: somebody outside asks for one operation after another, for any length of time.
// Simulated time stands still while nobody asks, or follows the host's clock.
//
// An operation that can no longer end is answered with ETIMEDOUT after two simulated minutes, the
// time of the kernel's hung-task watchdog; one that killed the kernel, with EIO. The session
// continues: files can be read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "model/machine.hpp"
#include "sim/live/watched_events.hpp"
#include "sim/run/run.hpp"

namespace cpuhp {

class Session;

/// The source of requests: a prompt, a mounted folder.
class Door {
 public:
  virtual ~Door() = default;
  /// Waits for a request, for up to `wait_ms` (-1: without limit), and passes it to the session.
  /// Returns false when there will be no more.
  virtual bool serve(Session& session, int wait_ms) = 0;
  /// Called when something has happened to the machine: before the clock moves, and before answers.
  virtual void look(Session&) {}
};

/// An observer of the operations, told at the date at which each is answered.
class SessionObserver {
 public:
  virtual ~SessionObserver() = default;
  /// The machine has done the operations of its scenario, and no others were asked for yet.
  virtual void began(Machine& machine) = 0;
  /// An operation was answered; result.returned is false when it can no longer end.
  virtual void answered(Machine& machine, const Operation& op, const OpResult& result) = 0;
};

struct SessionOptions {
  std::optional<double> pace;  ///< simulated seconds in one of the host's; none: time stands still
  bool keep_all = false;       ///< keep all events and operations for the end, however many
  SessionObserver* observer = nullptr;
  /// without keep_all: number of events that are judged at once, and forgotten
  std::size_t piece = kPiece;
  std::function<std::int64_t()> clock = {};  ///< clock of the host in ms; not set: the host's own
};

class Session final : public Outside {
 public:
  using Answer = std::function<void(const OpResult&)>;

  Session(Door& door, const MachineConfig& config, const SessionOptions& options);

  /// Call only from within Door::serve(). The answer comes once, at the latest at the session's
  /// end.
  void ask(const Operation& op, Answer answer);
  Machine& machine() { return *machine_; }
  const Machine& machine() const { return *machine_; }
  const MachineConfig& config() const { return config_; }
  /// Returns the date now: an operation that is asked for begins right after it.
  Ns now() const;
  /// Returns all events so far.
  EventStream events() const { return watched_->events(); }
  const std::vector<CpuLog>& logs() const { return scheduler_->logs(); }
  std::vector<CpuSpan> control_cpu_time() const { return scheduler_->control_cpu_time(now()); }
  bool paced() const { return options_.pace.has_value(); }

  /// Operations that were asked for, and their results, if everything is kept.
  const std::vector<Operation>& operations() const { return operations_; }
  const std::vector<OpResult>& results() const { return results_; }
  /// Returns the number of operations that were asked for.
  std::size_t asked() const { return asked_; }
  /// Returns the findings of the checks, once the run is over.
  WatchedEvents& watched() { return *watched_; }

  // --- Outside
  void begin(Machine& machine, Scheduler& scheduler) override;
  bool turn(Ns next) override;

 private:
  struct Pending {
    Operation op;
    Answer answer;
    Ns since{};
  };
  bool serve(int wait_ms);
  std::int64_t host_ms() const;
  bool paced_turn(Ns next);
  void at_rest();
  int wait_for(Ns next) const;
  void answer(std::size_t number, const OpResult& result);
  void give_up(Ns since_before);
  void give_up_one(std::size_t number);
  bool dead() const { return machine_->core.panicked(); }

  Door& door_;
  const MachineConfig& config_;
  SessionOptions options_;
  Machine* machine_ = nullptr;
  Scheduler* scheduler_ = nullptr;
  std::optional<WatchedEvents> watched_;
  std::map<std::size_t, Pending> pending_;  ///< by number
  bool began_ = false;
  bool quiet_ = false;   ///< nothing has happened since the last look
  bool closed_ = false;  ///< there will be no more requests
  std::size_t asked_ = 0;
  std::size_t stuck_ = 0;                      ///< number of operations given up
  Ns outside_{};                               ///< date reached while nothing was left to happen
  std::optional<std::int64_t> paced_from_ms_;  ///< the host's date of pace_origin_
  Ns pace_origin_{};
  std::vector<Operation> operations_;
  std::vector<OpResult> results_;
};

}  // namespace cpuhp

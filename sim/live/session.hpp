// A live machine: somebody outside requests operations, for any length of time. Between requests
// simulated time stands still, or follows the host's clock.
//
// An operation that can't end any more is answered with ETIMEDOUT after two simulated minutes, like
// the kernel's hung-task watchdog. An operation that has killed the kernel is answered with EIO.
// Even then the session continues, and files can be read.
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

/// Where requests come from: a prompt, or a mounted folder.
class Door {
 public:
  virtual ~Door() = default;
  /// Waits up to `wait_ms` (-1: without limit) for a request, and passes it to the session. Returns
  /// false when no more will come.
  virtual bool serve(Session& session, int wait_ms) = 0;
  /// Called when the machine has changed: before the clock advances, and before answers.
  virtual void look(Session&) {}
};

/// Observes operations. answered() is called at the simulated time of the answer.
class SessionObserver {
 public:
  virtual ~SessionObserver() = default;
  /// Called after the scenario's own operations, before the first request.
  virtual void began(Machine& machine) = 0;
  /// Called for each answer. result.returned is false when the operation can't end any more.
  virtual void answered(Machine& machine, const Operation& op, const OpResult& result) = 0;
};

struct SessionOptions {
  std::optional<double> pace;  ///< simulated seconds in one second of the host; no value: no pace
  bool keep_all = false;       ///< keep all events and operations to the end
  SessionObserver* observer = nullptr;
  /// Without keep_all: number of events after which the checks run and the events are forgotten.
  std::size_t piece = kPiece;
  std::function<std::int64_t()> clock = {};  ///< clock in ms; empty: the host's clock
};

class Session final : public Outside {
 public:
  using Answer = std::function<void(const OpResult&)>;

  Session(Door& door, const MachineConfig& config, const SessionOptions& options);

  /// Requests an operation. May only be called within Door::serve(). `answer` is called once, at
  /// the end of the session at the latest.
  void ask(const Operation& op, Answer answer);
  Machine& machine() { return *machine_; }
  const Machine& machine() const { return *machine_; }
  const MachineConfig& config() const { return config_; }
  /// Returns the simulated time. An operation that is requested now begins right after it.
  Ns now() const;
  /// Returns all events so far.
  EventStream events() const { return watched_->events(); }
  const std::vector<CpuLog>& logs() const { return scheduler_->logs(); }
  std::vector<CpuSpan> control_cpu_time() const { return scheduler_->control_cpu_time(now()); }
  bool paced() const { return options_.pace.has_value(); }

  /// These return the requested operations and their results; with keep_all only.
  const std::vector<Operation>& operations() const { return operations_; }
  const std::vector<OpResult>& results() const { return results_; }
  /// Returns the number of requested operations.
  std::size_t asked() const { return asked_; }
  /// Returns the object that checks the events in pieces, and forgets them, while the session runs.
  WatchedEvents& watched() { return *watched_; }

  // --- overrides of Outside
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
  bool dead() const { return machine_->core.panicked; }

  Door& door_;
  const MachineConfig& config_;
  SessionOptions options_;
  Machine* machine_ = nullptr;
  Scheduler* scheduler_ = nullptr;
  std::optional<WatchedEvents> watched_;
  std::map<std::size_t, Pending> pending_;  ///< by the operation's number
  bool began_ = false;
  bool quiet_ = false;   ///< nothing has happened since Door::look() was called last
  bool closed_ = false;  ///< no more requests will come
  std::size_t asked_ = 0;
  std::size_t stuck_ = 0;  ///< number of operations given up
  Ns outside_{};           ///< time to which the session advances while the queue is empty
  std::optional<std::int64_t> paced_from_ms_;  ///< the host's time that belongs to pace_origin_
  Ns pace_origin_{};
  std::vector<Operation> operations_;
  std::vector<OpResult> results_;
};

}  // namespace cpuhp

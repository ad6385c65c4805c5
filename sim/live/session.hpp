// A live machine: somebody outside asks for one operation after the other, for as long as he likes.
// Simulated time stands still while nobody asks, or follows the host's clock.
//
//   Session session(door, {});                       // door: a prompt, a mounted folder
//   RunResult r = simulator.run(config, {.outside = &session});
//   // and from within door.serve():
//   session.ask({.kind = OpKind::Write, .path = "cpu3/online", .text = "0"},
//               [](const OpResult& r) { ... r.ret ... });        // 0 or -errno
//
// An operation that nobody can end any more is answered with ETIMEDOUT after two simulated minutes,
// as long as the kernel's hung-task watchdog waits; one that killed the kernel, with EIO. The
// session goes on: files can be read.
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

/// Where requests come from.
class Door {
 public:
  virtual ~Door() = default;
  /// Waits for a request, no longer than that (-1: as long as it takes), and puts it to the
  /// session. False: there will be none any more.
  virtual bool serve(Session& session, int wait_ms) = 0;
  /// Something has happened to the machine: before the clock goes on, and before each answer.
  virtual void look(Session&) {}
};

/// Is told of each operation that was answered, at the date of its end.
class SessionObserver {
 public:
  virtual ~SessionObserver() = default;
  /// The machine has done what its scenario asks for, and nobody has asked for more yet.
  virtual void began(Machine& machine) = 0;
  /// `returned` is false when nobody can end it.
  virtual void answered(Machine& machine, const Operation& op, const OpResult& result) = 0;
};

struct SessionOptions {
  std::optional<double> pace;  ///< simulated seconds in one of the host's; none: time stands still
  bool keep_all = false;       ///< events and operations are wanted at the end, however many
  SessionObserver* observer = nullptr;
  std::size_t piece = kPiece;  ///< without keep_all: events that are judged, and forgotten, at once
  std::function<std::int64_t()> clock = {};  ///< of the host, in ms; its own without
};

class Session final : public Outside {
 public:
  using Answer = std::function<void(const OpResult&)>;

  Session(Door& door, const MachineConfig& config, const SessionOptions& options);

  /// Only from within Door::serve(). The answer comes once, at the latest when the session ends.
  void ask(const Operation& op, Answer answer);
  Machine& machine() { return *machine_; }
  const Machine& machine() const { return *machine_; }
  const MachineConfig& config() const { return config_; }
  /// The date now: what is asked for begins right after it.
  Ns now() const;
  /// All events so far; the control CPU's time.
  EventStream events() const { return watched_->events(); }
  const std::vector<CpuLog>& logs() const { return scheduler_->logs(); }
  std::vector<CpuSpan> control_cpu_time() const { return scheduler_->control_cpu_time(now()); }
  bool paced() const { return options_.pace.has_value(); }

  /// What was asked for, if everything is kept; their number anyhow.
  const std::vector<Operation>& operations() const { return operations_; }
  const std::vector<OpResult>& results() const { return results_; }
  std::size_t asked() const { return asked_; }
  /// What the checks found, once the run is over.
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
  bool closed_ = false;  ///< nobody will ask for anything more
  std::size_t asked_ = 0;
  std::size_t stuck_ = 0;  ///< given up on
  Ns outside_{};           ///< time that went by while nothing was left to happen
  std::optional<std::int64_t> paced_from_ms_;  ///< the host's date of pace_origin_
  Ns pace_origin_{};
  std::vector<Operation> operations_;
  std::vector<OpResult> results_;
};

}  // namespace cpuhp

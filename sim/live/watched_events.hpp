// The events of a session, which may be very long, and what the checks find in them.
//
// The checks need a complete stream. When the machine is again in the state in which the session
// began, the events since then are checked and forgotten, as if they had never happened. If this
// never happens, only the first kPiecesMost parts of the stream are checked.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/checks/finding.hpp"
#include "model/machine.hpp"
#include "sim/engine/scheduler.hpp"

namespace cpuhp {

inline constexpr std::size_t kPiece = std::size_t{1} << 19;  ///< number of events; they take 16 MiB
inline constexpr std::size_t kPiecesMost = 16;

class WatchedEvents {
 public:
  /// `piece`: number of events that are checked together, and then removed from memory
  /// ("forgotten"); 0: all events are kept.
  WatchedEvents(const MachineConfig& config, const Machine& machine, Scheduler& scheduler,
                std::size_t piece)
      : config_(config), machine_(machine), scheduler_(scheduler), piece_(piece) {}

  /// To be called when the queue is empty. `stuck`: some task waits for ever.
  void at_rest(bool stuck);
  EventStream events() const;
  /// Returns the findings in the events that were forgotten.
  const std::vector<Finding>& findings() const { return findings_; }
  /// Returns the number of events that were forgotten.
  std::size_t forgotten() const { return forgotten_; }
  /// Returns false when some events were forgotten without a check.
  bool judged_all() const { return !blind_; }

 private:
  std::size_t size() const;
  std::string rest() const;
  void judge(Ns from);
  void forget();

  const MachineConfig& config_;
  const Machine& machine_;
  Scheduler& scheduler_;
  std::size_t piece_;
  bool began_ = false;
  bool blind_ = false;
  std::string first_rest_;
  std::vector<std::size_t> first_sizes_;
  std::size_t first_size_ = 0;
  Ns first_date_{};
  std::size_t forgotten_ = 0;
  std::vector<Finding> findings_;
};

}  // namespace cpuhp

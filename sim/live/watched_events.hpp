// The events of a session, and what the checks find in them, however long it is.
//
// Checks want a whole stream. A machine that is back to how it was when the session began could
// have had nothing of it: what happened in between is judged and forgotten, and the stream goes on
// from the beginning. A session that never gets there is judged up to kPiecesMost pieces.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/checks/finding.hpp"
#include "model/machine.hpp"
#include "sim/engine/scheduler.hpp"

namespace cpuhp {

inline constexpr std::size_t kPiece = std::size_t{1} << 19;  ///< events: 16 MiB
inline constexpr std::size_t kPiecesMost = 16;

class WatchedEvents {
 public:
  /// `piece`: so many events are judged at once. 0: nothing is forgotten.
  WatchedEvents(const MachineConfig& config, const Machine& machine, Scheduler& scheduler,
                std::size_t piece)
      : config_(config), machine_(machine), scheduler_(scheduler), piece_(piece) {}

  /// Nothing is left to happen. `stuck`: somebody waits all the same.
  void at_rest(bool stuck);
  EventStream events() const;
  /// Of all that was forgotten.
  const std::vector<Finding>& findings() const { return findings_; }
  /// Events that were forgotten, and whether some of them were not judged.
  std::size_t forgotten() const { return forgotten_; }
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

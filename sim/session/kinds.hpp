// The two kinds of sessions: each thing alone, and random mixtures.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/session/probed.hpp"
#include "sim/session/session_file.hpp"

namespace cpuhp {

/// The random numbers of a session, and how many statements it may have.
struct RandomSession {
  std::uint64_t seed = 1;
  std::uint64_t index = 0;
  std::uint32_t most = 8;
};

/// Makes a session for each state that can fail, in each direction; for each number that has to be
/// refused, for each number of `target`, and for loading and unloading each module (`load` steps).
std::vector<PlaySession> single_sessions(const Probed& p, const std::vector<SessionStep>& modules);

/// Makes a session "random-SEED-INDEX" from the arguments alone.
PlaySession random_session(const Probed& p, const std::vector<SessionStep>& modules,
                           const RandomSession& which);

}  // namespace cpuhp

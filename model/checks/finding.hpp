// What a check found: a broken invariant, seen in the event stream alone.
#pragma once

#include <string>

#include "model/cpumask.hpp"
#include "model/ns.hpp"

namespace cpuhp {

struct Finding {
  std::string invariant;  ///< "I25", or a name of ours
  std::string source;     ///< where the invariant stands: facts.md section, commit
  CpuId cpu = kNoCpu;     ///< the CPU that it is about; kNoCpu: the machine
  Ns time{};
  std::string text;  ///< one sentence
  /// What it is about, whatever the CPU and the date: a state's name, a lock, a mask. With the
  /// invariant it says which findings are the same.
  std::string place = {};
  /// Index of the event in the stream that broke it; npos: none, or the end of the run.
  std::size_t event = static_cast<std::size_t>(-1);
};

}  // namespace cpuhp

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
};

}  // namespace cpuhp

// The designs with the state machine (v4.6 on), in which the AP brings up its own ONLINE section:
// serial, and with all APs kicked first (v6.5 on).
#pragma once

#include "model/designs/design_port.hpp"

namespace cpuhp {

class SymmetricDesign : public SerialDesign {
 public:
  using SerialDesign::SerialDesign;
  void boot() override;
  int cpu_up(CpuId cpu, StateId target) override;
  int cpu_down(CpuId cpu, StateId target) override;

 protected:
  int down_in_series(CpuId cpu, bool frozen) override;
  int up_in_series(CpuId cpu) override;
  void bringup_mask(const CpuMask& mask, CpuId ncpus, StateId target);
};

class ParallelDesign final : public SymmetricDesign {
 public:
  using SymmetricDesign::SymmetricDesign;
  void boot() override;
};

}  // namespace cpuhp

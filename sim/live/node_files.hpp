// The files below /sys/devices/system/node: the online CPUs of each NUMA node.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/machine.hpp"

namespace cpuhp {

class NodeFiles {
 public:
  NodeFiles(const Machine& machine, const MachineConfig& config);
  /// Paths are relative to this folder; "" is the folder itself.
  bool is_folder(std::string_view path) const;
  bool is_file(std::string_view path) const;
  std::vector<std::string> list(std::string_view path) const;
  std::string text(std::string_view path) const;

 private:
  CpuMask nodes(bool with_cpus) const;
  CpuMask cpus(CpuId node) const;

  const Machine& machine_;
  const MachineConfig& config_;
  CpuId count_ = 1;
};

}  // namespace cpuhp

// Machines so small that every order of their events can be run without any reduction.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "model/random.hpp"
#include "tests/model/small_machine.hpp"

namespace cpuhp::test {

/// Numbers that follow from a seed.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : mixed_(mix64(seed)) {}
  std::uint64_t roll(std::uint64_t sides) { return mix64(mixed_ ^ mix64(++count_)) % sides; }
  bool one_in(std::uint64_t n) { return roll(n) == 0; }

 private:
  std::uint64_t mixed_, count_ = 0;
};

/// Two CPUs, a boot, and then an operation or two that run beside one another.
inline MachineConfig tiny_machine(std::uint64_t seed) {
  Dice dice(seed);
  constexpr std::array<KernelVersion, 5> kVersions{{{4, 6}, {4, 10}, {5, 10}, {6, 1}, {6, 12}}};
  const Rules rules = Rules::of(kVersions[dice.roll(kVersions.size())]);
  constexpr Design kDesignsOf[]{Design::Symmetric, Design::Parallel, Design::Async,
                                Design::Notifier};
  const Design design = kDesignsOf[dice.roll(dice.one_in(4) ? 4 : 3)];
  const auto operation = [&]() -> Operation {
    switch (dice.roll(9)) {
      case 0:
        return op_down(1, StateId{kX});
      case 1:
        return op_down(1);
      case 2:
        return op_up(1);
      case 3:
        return op_write("cpu1/online", dice.one_in(2) ? "0" : "1");
      case 4:
        return op_suspend();
      case 5:
        return {.kind = OpKind::Run, .cpu = 1, .work = Ns{1000}};
      case 6:
        return op_down(0, StateId{kX});
      case 7:
        return op_read("online");
      default:
        return op_write("cpu1/hotplug/target", std::to_string(dice.roll(kOnline + 1)));
    }
  };
  MachineConfig c = machine({.cores_per_socket = 2}, small_table(rules), {op_boot()});
  c.design = design;
  if (dice.one_in(3)) c.operations.push_back(op_down(1, StateId{kApOnline + 3}));
  if (dice.one_in(4)) c.operations.push_back(op_down(1));
  c.operations.push_back(operation());
  const auto first = static_cast<std::uint32_t>(c.operations.size() - 1);
  if (!dice.one_in(4)) {
    c.operations.push_back(operation());
    c.operations.back().with = first;
    c.operations.back().delay = Ns{static_cast<std::int64_t>(dice.roll(3)) * 20'000};
  }
  if (dice.one_in(2)) {
    Fault f{.kind = FaultKind::Error, .state = dice.one_in(2) ? kX : kY};
    f.direction = dice.one_in(2) ? Direction::Up : Direction::Down;
    if (dice.one_in(3)) f = {.kind = FaultKind::LostWakeup, .sleeper = Sleeper::Control};
    f.nth = static_cast<std::uint32_t>(1 + dice.roll(3));
    c.faults.push_back(f);
  }
  return c;
}

/// Machines on which an order makes a difference more often: a tiny one that has a historical bug, or
/// a suspend of three CPUs, of which the first or the second to come to a state fails there.
inline MachineConfig touchy_machine(std::uint64_t seed) {
  Dice dice(mix64(seed));
  if (dice.one_in(2)) {
    MachineConfig c = tiny_machine(seed);
    c.defects.set(dice.roll(kDefects));
    return c;
  }
  MachineConfig c = machine({.cores_per_socket = 3}, small_table(), {op_boot(), op_suspend()});
  c.design = Design::Async;
  constexpr StateId kStates[]{kActive, kX, kY};
  c.faults.push_back({.kind = FaultKind::Error,
                      .state = kStates[dice.roll(3)],
                      .direction = Direction::Down,
                      .nth = static_cast<std::uint32_t>(1 + dice.roll(2))});
  return c;
}

}  // namespace cpuhp::test

// A policy decides the orders in which a machine is run, one run after the other. Each has a file.
//
//   std::function explore = [](Simulator& simulator, const MachineConfig& config) {
//     const std::unique_ptr<Policy> policy = make_dpor();
//     while (policy->prepare()) simulator.run(config, {.order = policy.get(), .until = 1});
//     return policy->complete();   // were these all orders?
//   };
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/explore/turns.hpp"

namespace cpuhp {

/// A policy, and the record of the run under way.
class Policy : public Order {
 public:
  /// Prepares for another run. Returns false when the policy has no more orders.
  virtual bool prepare() = 0;
  /// True when the run that is over showed nothing new, and had no result: another run has the same
  /// turns in an equivalent order.
  virtual bool redundant() const { return false; }
  /// True when every order has been run, or one that is equivalent.
  virtual bool complete() const = 0;
  /// Returns what a miss is worth, or why the policy came to an end, in one sentence.
  virtual std::string bound() const { return {}; }

  /// The turns of the run under way, or of the last one.
  const std::vector<TurnTaken>& turns() const { return turns_; }
  /// By turn: those that could have been next, in the order of the dates.
  const std::vector<std::vector<ReadyTurn>>& ready() const { return ready_; }
  Things things;

  std::size_t choose(std::span<const ReadyTurn> ready) final;
  void touched(const Touch& what) final;
  void begin(const Names& names) final;

 protected:
  /// As Order::choose(). turns() has all turns that are over.
  virtual std::size_t pick(std::span<const ReadyTurn> ready) = 0;

 private:
  std::vector<TurnTaken> turns_;
  std::vector<std::vector<ReadyTurn>> ready_;
};

/// Every order, up to the places of turns that touch nothing in common: dynamic partial-order
/// reduction with source sets and sleep sets (Abdulla, Aronis, Jonsson, Sagonas: Optimal dynamic
/// partial order reduction, POPL 2014).
std::unique_ptr<Policy> make_dpor();
/// Every order, without a reduction. Grows with the product of all choices.
std::unique_ptr<Policy> make_all_orders();
/// Every order with at most `holds` holds (sim/explore/holds.hpp).
std::unique_ptr<Policy> make_bounded(std::size_t holds);
/// Probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi, Nagarakatte, ASPLOS 2010):
/// random priorities, and depth - 1 places at which one is lowered. A bug that needs `depth` turns in
/// an order is found in a run with a probability of at least 1 / (n * k^(depth - 1)).
std::unique_ptr<Policy> make_pct(std::uint64_t seed, std::size_t depth, std::uint64_t runs);
/// Each turn drawn with equal chances.
std::unique_ptr<Policy> make_random(std::uint64_t seed, std::uint64_t runs);

}  // namespace cpuhp

// A driver whose callbacks are C++ code: what a program that uses the library adds to a machine
// (include/cpuhp/driver.hpp). The callbacks of all other declared states only pay their costs.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace cpuhp {

struct DriverCall;

/// The code of one declared state in one machine, and what the code remembers between its calls.
class Driver {
 public:
  virtual ~Driver() = default;
  /// Does what the startup or the teardown does. Returns 0 or -errno.
  virtual int call(DriverCall& call) = 0;
  /// True when copy() makes a driver that shares nothing with this one.
  virtual bool copyable() const = 0;
  /// Returns a copy. Only for copyable drivers.
  virtual std::unique_ptr<Driver> copy() const = 0;
  /// True when both remember the same. Only for copyable drivers of the same state.
  virtual bool equals(const Driver& other) const = 0;
};

/// Makes the driver of a machine that is switched on.
using MakeDriver = std::function<std::unique_ptr<Driver>()>;

/// The drivers of a machine, by the index of their declared state. A value: copies share nothing.
class Drivers {
 public:
  Drivers() = default;
  Drivers(const Drivers& other) { *this = other; }
  Drivers(Drivers&&) = default;
  Drivers& operator=(const Drivers& other);
  Drivers& operator=(Drivers&&) = default;
  ~Drivers() = default;
  bool operator==(const Drivers& other) const;

  void add(std::unique_ptr<Driver> driver) { drivers_.push_back(std::move(driver)); }
  /// Returns nullptr for a state without code.
  Driver* at(std::size_t declared) const {
    return declared < drivers_.size() ? drivers_[declared].get() : nullptr;
  }
  bool copyable() const;

 private:
  std::vector<std::unique_ptr<Driver>> drivers_;
};

}  // namespace cpuhp

// A scenario: one machine, one design, what is done with it. Loaded from a file, or built.
//
//   auto s = cpuhp::api::Scenario::machine(1, 4, 2);   // sockets, cores a socket, threads a core
//   s.set("/design=async").boot().down(3).up(3);
//   const cpuhp::api::Run run = s.run();
//
// A scenario is checked as a whole when something is done with it: run(), faults(), explore().
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "cpuhp/campaign.hpp"
#include "cpuhp/driver.hpp"
#include "cpuhp/run.hpp"
#include "cpuhp/visible.hpp"

namespace cpuhp::api {

class CPUHP_VISIBLE Scenario {
 public:
  /// Takes a scenario file: docs/reference/scenario.md. A relative path that does not exist here may
  /// be that of a file that came with the library, such as "scenarios/boot-8-cpus.json".
  static Scenario load(std::string path);
  /// Takes the text of a scenario file. Paths in it are relative to the working folder. `name` stands
  /// for the file in errors.
  static Scenario parse(std::string json, std::string name = "scenario");
  /// Begins a scenario without operations: the kernel of tables/x86_64-6.12.json, its default costs,
  /// the design `parallel`. At most 65,536 CPUs in all.
  static Scenario machine(unsigned sockets, unsigned cores, unsigned threads);

  Scenario(Scenario&&) noexcept;
  Scenario& operator=(Scenario&&) noexcept;
  ~Scenario();

  /// Sets a value, as --set of cpuhp-sim does: "/design=async", "/seed=7". Throws Error when there is
  /// no '='.
  Scenario& set(std::string_view pointer_and_value);

  // Each of these adds an operation, after those of the file.
  Scenario& boot();
  Scenario& down(unsigned cpu);
  Scenario& up(unsigned cpu);
  /// Writes a file of sysfs: write("cpu3/hotplug/target", "140").
  Scenario& write(std::string_view path, std::string_view text);
  /// Installs a state that the scenario declares, or one that was added; remove() takes it away.
  Scenario& setup(std::string_view state);
  Scenario& remove(std::string_view state);
  /// Adds an instance of a multi-instance state, 1 to 65,534. Throws Error for another number.
  Scenario& add_instance(std::string_view state, unsigned instance);
  Scenario& remove_instance(std::string_view state, unsigned instance);
  /// Adds an operation as the scenario file has it: R"({"op": "suspend"})".
  Scenario& operation(std::string_view json);

  /// Adds a state whose callbacks are `driver`. Where the scenario declares a state of that name, its
  /// callbacks get this code, and of the options only the name counts.
  ///
  /// The driver's memory is no part of the machine's value, so that no run can go on from a copy of a
  /// machine. A campaign then runs each case from power-on, and explore() is refused.
  template <Driver D>
  Scenario& add_state(StateOptions options, D driver) {
    return add(std::move(options), {HasStartup<D>, HasTeardown<D>},
               std::make_shared<detail::DriverOf<D, false>>(std::move(driver)));
  }
  /// The same for a driver whose copies share nothing, no pointer and no file: it may be copied with
  /// the machine. Its == compares what it remembers.
  template <Driver D>
    requires std::equality_comparable<D>
  Scenario& add_copyable_state(StateOptions options, D driver) {
    return add(std::move(options), {HasStartup<D>, HasTeardown<D>},
               std::make_shared<detail::DriverOf<D, true>>(std::move(driver)));
  }
  /// Adds a rule to those that run() and faults() check. A campaign with it does not share beginnings.
  /// Throws Error when it has no name or no check.
  Scenario& add_invariant(Invariant invariant);

  /// Makes one run and checks it. Throws Error when the scenario is wrong, and what a callback of a
  /// driver throws.
  Run run() const;
  /// Runs the scenario with each fault, and judges each case as `cpuhp-sim faults` does
  /// (docs/faults.md), in this process. A case in which a callback throws has the finding
  /// "callback-exception". Throws as run() does where the scenario is wrong or a callback throws without
  /// any fault.
  Campaign faults(const CampaignOptions& options = {}) const;
  /// Runs the scenario in every order in which what one CPU does can be seen by another
  /// (docs/explore.md). Throws as run() does, and Error when a driver is not copyable, or when the
  /// scenario has invariants of the caller, which are not judged in orders.
  Exploration explore(const ExploreOptions& options = {}) const;

 private:
  struct Callbacks {
    bool startup, teardown;
  };
  struct Parts;
  explicit Scenario(std::unique_ptr<Parts> parts);
  Scenario& add(StateOptions options, Callbacks callbacks,
                std::shared_ptr<const detail::AnyDriver> driver);
  std::unique_ptr<Parts> parts_;
};

}  // namespace cpuhp::api

// The simulated machine: the record of every CPU, the masks, and kernel/cpu.c with the kernel's own
// names. Its functions are defined in hotplug/ (the state machine), designs/ (the notifier and
// asynchronous designs) and sysfs/.
//
//   std::function begin = [](const MachineConfig& config, Runtime& runtime) {
//     const auto blueprint = std::make_shared<const Blueprint>(config);
//     auto machine = std::make_unique<Machine>(config, blueprint, runtime);
//     machine->start();   // the control task begins to run config.operations
//     return machine;     // when the runtime has run: machine->results()
//   };
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/blueprint.hpp"
#include "model/core.hpp"
#include "model/cpu_record.hpp"
#include "model/designs/design_port.hpp"
#include "model/fault.hpp"
#include "model/sysfs/files.hpp"

namespace cpuhp {

enum class SmtControl : std::uint8_t {
  Enabled,
  Disabled,
  ForceDisabled,
  NotSupported,
  NotImplemented
};

class Machine {
 public:
  /// `blueprint` must be made from `config`.
  Machine(const MachineConfig& config, const std::shared_ptr<const Blueprint>& blueprint,
          Runtime& rt);
  ~Machine();

  /// Sets the state at power-on: firmware has started the boot CPU, and all others are off. Starts
  /// the control task.
  void start();

  // --- results of a run
  const std::vector<OpResult>& results() const { return results_; }
  const CpuRecord& record(CpuId cpu) const { return records_[cpu]; }
  const CpuMask& online() const { return core.online; }
  const CpuMask& active() const { return active_; }
  const CpuMask& dying() const { return dying_; }
  const StateTable& table() const { return *table_; }
  /// Returns the text that smt/control shows.
  std::string smt_control_text() const;
  /// By fault: number of occasions that it counted for Fault::nth, also those that it did not hit.
  const std::vector<std::uint32_t>& fault_counts() const { return core.fault_counts(); }
  Names& names() { return core.names; }
  const Names& names() const { return core.names; }

  // --- operations (hotplug/up.cpp, hotplug/down.cpp, hotplug/boot.cpp)
  int cpu_up(CpuId cpu, StateId target);
  int cpu_down(CpuId cpu, StateId target);
  /// kernel: smp_init(). Brings up all present CPUs, at most maxcpus= of them.
  void bringup_nonboot_cpus();
  int shutdown_nonboot_cpus(const Operation& op);  // hotplug/suspend.cpp
  void run_operations(std::size_t from);
  /// Adds an operation from outside of the simulation. `delay` from now, a new task carries it out,
  /// on a CPU that is chosen in the same way as for a scenario's operations. `place`: the number of
  /// the new operation. `answer` gets the result.
  using Answer = std::function<void(const OpResult&)>;
  void ask(const Operation& op, std::size_t place, Ns delay, Answer answer);

  // --- sysfs/: the files below /sys/devices/system/cpu, for any task of the machine
  /// Returns the file or directory at that path, as it is now; "" is the root.
  SysfsNode find(std::string_view path);
  /// Reads a file. Returns 0 or -errno. The text ends with a newline.
  int read(const std::string& path, std::string* text);
  /// Writes a file, as one write(2) to it would. Returns 0 or -errno.
  int write(const std::string& path, std::string_view text);
  /// Lists the names in a directory. Returns 0 or -errno.
  int list(const std::string& path, std::vector<std::string>* names);

  // --- for model/ alone
  // --- hotplug/walk.cpp
  const State& step(StateId id) const { return table_->at(id); }
  const StateSlot& slot(StateId id) const { return slots_[static_cast<std::size_t>(id)]; }
  bool step_empty(bool bringup, StateId id) const;
  int invoke_callback(CpuId cpu, StateId state, bool bringup, InstanceId node, InstanceId* last);
  int invoke_instances(CpuId cpu, StateId state, bool bringup, InstanceId* last);
  int rollback_instances(CpuId cpu, StateId state, bool bringup, std::size_t count, int error);
  int call(CpuId cpu, StateId state, bool bringup, InstanceId node);
  struct Place;
  void entered(const Place& at, InstanceId node);
  void left(const Place& at, InstanceId node, int ret);
  const PlainWork* plain_work(StateId state, bool bringup) const;
  void pass(const Place& at, InstanceId node, const PlainWork& work);
  bool walk_plain(bool bringup, CpuId cpu, CpuRecord& st, StateId target);
  DrawKey step_draw(CpuId cpu, StateId key, bool bringup, InstanceId instance) const;
  int run_callback(CpuId cpu, StateId state, bool bringup, InstanceId instance);
  bool reads_lock(StateId key, bool bringup) const;
  int strike(NameId callback, const FaultPlace& place);
  void use_resources(CpuId cpu, StateId state, bool bringup, InstanceId instance, int ret);
  void core_users(CpuId cpu, StateId state, bool bringup);
  void own(CpuId cpu, Owned what);
  void disown(CpuId cpu, Owned what);
  NameId owned_name(Owned what) const { return name_.owned[static_cast<std::size_t>(what)]; }
  bool next_state(bool bringup, StateId* state_to_run, CpuRecord& st, StateId target) const;
  int invoke_callback_range(bool bringup, CpuId cpu, CpuRecord& st, StateId target, bool nofail);
  void invoke_starting_range(bool bringup, CpuId cpu, StateId target);
  StateId set_state(CpuId cpu, CpuRecord& st, StateId target);
  void reset_state(CpuId cpu, CpuRecord& st, StateId prev_state);
  void set_dying(CpuId walks, bool on);
  int up_callbacks(CpuId cpu, CpuRecord& st, StateId target);
  int down_callbacks(CpuId cpu, CpuRecord& st, StateId target);
  // A late walk changes the state after a teardown callback, not before. Up to 4.13 all walks do so
  // (docs/kernel.md 3.3), up to 5.12 those of the control CPU and of a CPU with interrupts off.
  // Table: the states that it visits: those of the control CPU, those of the AP, or all (One).
  enum class Table : std::uint8_t { Control, Ap, One };
  Table table_of(bool ap) const {
    return rules_.decrement_first ? Table::One : ap ? Table::Ap : Table::Control;
  }
  int late_walk_up(CpuId cpu, CpuRecord& st, StateId target, Table table);
  int late_walk_down(CpuId cpu, CpuRecord& st, StateId target, Table table);
  void late_undo_down(CpuId cpu, CpuRecord& st, Table table);
  bool in_table(StateId id, Table table) const;

  // --- hotplug/cpuhp_thread.cpp
  int kick_ap(CpuId cpu, CpuRecord& st, StateId target);
  void kick_ap_thread(CpuId cpu, CpuRecord& st);
  int kick_ap_work(CpuId cpu);
  void start_thread(CpuId cpu, const Action& work);
  void wake_cpuhp_thread(CpuId cpu);
  int thread_walk(CpuId cpu);
  void cpuhp_thread_fun(CpuId cpu);
  void complete_ap_thread(CpuId cpu, bool bringup);
  void wait_for_ap_thread(CpuRecord& st, bool bringup);
  void park_cpuhp_thread(CpuId cpu);
  void unpark_cpuhp_thread(CpuId cpu);
  void park_smpboot_threads(CpuId cpu);
  void unpark_smpboot_threads(CpuId cpu);
  void set_active(CpuId cpu, bool on);
  void leave_cpu(CpuId cpu);
  void synchronize_rcu(CpuId cpu);

  // --- hotplug/up.cpp
  int up_locked(CpuId cpu, StateId target);
  int bringup_cpu(CpuId cpu);
  int kick_ap_alive(CpuId cpu);
  int bringup_ap(CpuId cpu);
  int bringup_wait_for_ap_online(CpuId cpu);
  int finish_bringup(CpuId cpu);
  int bp_sync_alive(CpuId cpu);
  int arch_cpu_up(CpuId cpu);
  bool wait_for_sync_state(Completion& flag, Ns budget);
  BootStatusWord& boot_status(CpuId cpu);
  void blame(CpuId cpu);
  void arch_kick(CpuId cpu);

  // --- hotplug/ap_entry.cpp
  void ap_alive(CpuId cpu, std::uint32_t generation);
  void release_ap(CpuId cpu);
  void ap_released(CpuId cpu);
  Waits ap_alive_waits() const;
  Waits ap_released_waits() const;
  void start_released(CpuId cpu, Ns latency);
  void ap_online(CpuId cpu);
  bool set_cpu_online(CpuId cpu);
  void notify_cpu_starting(CpuId cpu);
  bool synchronises_tsc() const;
  void sync_tsc(CpuId cpu);
  bool tsc_waits_for_socket(CpuId cpu);
  void online_idle(CpuId cpu);

  // --- hotplug/down.cpp
  int down_maps_locked(CpuId cpu, StateId target);
  int down_locked(CpuId cpu, StateId target);
  int takedown_cpu(CpuId cpu);
  int take_cpu_down(CpuId cpu);
  CpuId other_housekeeper(CpuId cpu) const;
  int down_on_another_cpu(CpuId cpu, StateId target);
  void wait_for_quota(CpuId cpu);
  void roll_ap_back(CpuId cpu, StateId prev_state);
  void report_idle_dead(CpuId cpu);
  void play_dead(CpuId cpu);
  void cpu_die(CpuId cpu);
  int finish_cpu(CpuId cpu);

  // --- hotplug/boot.cpp
  CpuId boot_limit() const;
  CpuId last_sibling_standing() const;
  CpuId cpu_to_ask_from(const Operation& op, CpuId here) const;
  void devices_follow();
  /// True on x86 up to 6.4, where the control CPU spins until the AP sets its callin bit
  /// (docs/kernel.md 2.2).
  bool handshakes_by_callin() const {
    return rules_.bringup_spins && rules_.core_sync != CoreSync::Full;
  }
  bool carry_out(std::size_t index, Action again);
  OpResult perform(const Operation& op, std::size_t index);
  void begin_companions(std::size_t index);
  void run_companion(std::size_t index);
  int run_operation(const Operation& op, std::size_t index, std::string* text);
  void touch(CpuId cpu);
  void report_rest();
  int run_on(CpuId cpu, Ns work);
  void general_work(CpuId asked, CpuId on, Ns left, Completion* done);
  void wait_empty(CpuId cpu);

  // --- hotplug/setup_remove.cpp
  /// A state to register, and whether its callbacks are to be called.
  struct Definition {
    StateId key = -1;     ///< number for the state in operations, costs and faults
    StateId number = -1;  ///< number in the table; for a dynamic request, the first of the range
    DynamicRange range = DynamicRange::None;
    bool reserve = false;  ///< any free number of the range may be used
    std::string name, startup, teardown;
    bool multi = false;
    bool calls = false;
  };
  Definition definition(StateId id) const;
  StateId installed(StateId key) const;
  int registration(const Operation& op);
  void cpus_read_lock();
  void cpus_read_unlock();
  int reserve_state(DynamicRange range);
  StateTable& own_table();
  int store_callbacks(const Definition& d);
  void clear_callbacks(StateId state);
  void free_number(StateId state);
  void lock_state_mutex();
  void unlock_state_mutex();
  int invoke_ap_callback(CpuId cpu, StateId state, bool bringup, InstanceId node);
  int issue_call(CpuId cpu, StateId state, bool bringup, InstanceId node);
  int issue_startup(StateId state, InstanceId node);
  void issue_teardown(StateId state, InstanceId node);
  void rollback_install(CpuId failed, StateId state, InstanceId node);
  int setup_state(Definition d, bool invoke);
  int setup_state_cpuslocked(const Definition& d, bool invoke);
  void remove_state(StateId state, bool invoke);
  int state_add_instance(StateId state, InstanceId node, bool invoke);
  int state_add_instance_cpuslocked(StateId state, InstanceId node, bool invoke);
  int state_remove_instance(StateId state, InstanceId node, bool invoke);

  // --- hotplug/series.cpp
  void lock_series();
  void unlock_series();
  int series_down(const std::vector<CpuId>& cpus, bool frozen, const DesignPort::EachResult& each);

  // --- hotplug/suspend.cpp
  CpuId primary_cpu(CpuId wanted) const;
  std::vector<CpuId> secondary_cpus(CpuId primary) const;
  int freeze_secondary_cpus(const Operation& op);
  void thaw_secondary_cpus();
  void disable_hotplug(int by);

  // --- hotplug/smt.cpp
  void init_smt();
  bool smt_allowed(CpuId cpu) const;
  bool smt_active() const;
  int parse_smt_control(std::string_view text, SmtControl* control, int* threads) const;
  int write_smt_control(std::string_view text);
  int smt_enable();
  int smt_disable(SmtControl wanted);

  // --- sysfs/
  bool shown_from(StateId state, CpuId cpu) const;
  bool exists(const SysfsEntry& entry, CpuId cpu) const;
  std::string root_file(SysfsFile file) const;
  std::string cpu_file(SysfsFile file, CpuId cpu) const;
  std::string topology_file(SysfsFile file, CpuId cpu) const;
  std::string cache_file(const SysfsEntry& entry, CpuId cpu) const;
  void lock_device_hotplug(CpuId cpu);
  int write_online(CpuId cpu, std::string_view text);
  int write_target(CpuId cpu, std::string_view text);
  int write_fail(CpuId cpu, std::string_view text);
  int write_uevent(CpuId cpu, std::string_view text);
  int device_up(CpuId cpu);
  int device_down(CpuId cpu);
  void device_changed(CpuId cpu, bool on);

  void warn(CpuId cpu, std::string_view text);
  [[noreturn]] void panic(CpuId cpu, std::string_view text) { core.panic(cpu, text); }
  void lock(LockId id, CpuId cpu);
  void unlock(LockId id, CpuId cpu);
  void assert_held(LockId id) { core.lock(id).assert_held(); }
  CpuRecord& rec(CpuId cpu) { return records_[cpu]; }
  /// Sets the CPU's sync state. Other CPUs may read the new value from now() on.
  void set_sync_state(CpuId cpu, SyncState value);
  const std::vector<CpuId>& siblings(CpuId cpu) const { return core.siblings(cpu); }
  NameId name_takedown() const { return slot(at_.teardown).teardown; }
  /// Returns the fault that hits this handshake of the CPU, or nullptr. Logs an Injected event for
  /// the fault.
  const Fault* fault(FaultKind kind, CpuId cpu, Sleeper sleeper = Sleeper::Any);
  bool defect(Defect d) const { return config_.defects.test(static_cast<std::size_t>(d)); }

  Core core;
  const MachineConfig& config_;
  std::shared_ptr<const Blueprint> blueprint_;
  const StateTable* table_;  ///< table in use: that of the blueprint, or `changed_table_`
  /// Copy of the table with the registered states, and without the removed ones.
  std::unique_ptr<StateTable> changed_table_;
  const Rules& rules_;
  const Anchors& at_;
  std::vector<CpuRecord> records_;
  CpuMask active_;
  CpuMask dying_;
  CpuMask cpusets_;             ///< CPUs that the cpusets allow
  std::vector<CpuId> touched_;  ///< CPUs whose records were changed by operations under way
  int operations_running_ = 0;
  /// By number of an operation: numbers of the operations whose Operation::with names it.
  std::multimap<std::size_t, std::size_t> companions_;
  /// The CPU on which the last operation ended. One that runs beside another (Operation::with) does
  /// not count.
  CpuId asked_from_ = 0;
  SmtControl smt_control_ = SmtControl::Enabled;
  int smt_threads_ = 1;  ///< usable threads of a core, as written to smt/control (6.6+)
  int smt_threads_max_ = 1;
  int hotplug_disabled_ = 0;
  CpuMask frozen_;  ///< CPUs that a suspend took down
  BootStatusWord shared_boot_status_;
  std::vector<OpResult> results_;  ///< by the operation's number
  std::vector<StateSlot> slots_;
  /// Instances of multi-instance states, in list order.
  std::map<StateId, std::vector<InstanceId>> instances_;
  std::vector<std::vector<CpuId>> tsc_waiters_;  ///< by socket: CPUs that wait for its first CPU
  struct Resource {
    NameId name = 0;
    bool kept_on_error = false;
  };
  std::vector<std::vector<Resource>> resources_;  ///< by number of the declared state
  std::uint32_t registrations_ = 0;               ///< number of registrations so far
  bool registering_ = false;                      ///< a registration is under way
  const FixedNames& name_;
  std::unique_ptr<DesignPort> design_;
};

}  // namespace cpuhp

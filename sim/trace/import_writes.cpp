#include "sim/trace/import_writes.hpp"

#include <algorithm>

#include "sim/trace/text_search.hpp"

namespace cpuhp {
namespace {

/// Follows the writes of a recording. What a write shows depends on the CPU's state before it, so
/// this class knows that state whenever the recording does.
class WriteFollower {
 public:
  WriteFollower(const RecordedMachine& machine, const StateList& states, Evidence& found)
      : machine_(machine), states_(states), found_(found) {
    as_booted();
  }

  void follow(const RecordedOperation& op) {
    std::size_t read = 0;
    const auto read_until = [&](std::uint32_t line) {
      for (; read < op.reads.size() && op.reads[read].line < line; ++read)
        files_read(op.reads[read]);
    };
    const bool together = std::ranges::any_of(op.writes, &RecordedWrite::with);
    for (const RecordedWrite& w : op.writes) {
      read_until(w.line);
      if (together)
        forget(w);
      else
        write(op, w);
    }
    read_until(0xffffffffu);
    // After a crash the guest was started again.
    if (!op.crash.empty()) as_booted();
  }

 private:
  /// Resets what is known about the CPUs to the state after a boot, which #MACHINE describes.
  void as_booted() {
    armed_.clear();
    passed_.reset();
    for (const CpuId cpu : machine_.possible) state_of_[cpu] = 0, device_online_[cpu] = false;
    for (const CpuId cpu : machine_.online)
      state_of_[cpu] = states_.online, device_online_[cpu] = true;
  }

  /// Notes the contents of files. They override what was concluded before.
  void files_read(const ReadBack& files) {
    if (const auto state = to_number<std::int64_t>(files.state)) state_of_[files.cpu] = state;
    if (const auto online = to_number<std::int64_t>(files.online))
      device_online_[files.cpu] = *online == 1;
    const auto fail = to_number<std::int64_t>(files.fail);
    if (!fail) return;
    // Before 453e41085183, a CPU that passed an armed state without a callback cleared its `fail`.
    if (passed_ == files.cpu) found_.rules.empty_states_called = *fail == -1;
    passed_.reset();
    if (*fail < 0)
      armed_.erase(files.cpu);
    else
      armed_[files.cpu] = static_cast<int>(*fail);
  }

  /// Forgets what a write may have changed that began together with others: nobody knows which of
  /// them came first.
  void forget(const RecordedWrite& w) {
    passed_.reset();
    const auto cpu =
        w.path.starts_with("cpu")
            ? to_number<CpuId>(std::string_view(w.path).substr(3, w.path.find('/') - 3))
            : std::optional<CpuId>();
    if (!cpu) return as_unknown();
    state_of_.erase(*cpu);
    device_online_.erase(*cpu);
    armed_.erase(*cpu);
  }

  void as_unknown() {
    state_of_.clear();
    device_online_.clear();
    armed_.clear();
  }

  void write(const RecordedOperation& op, const RecordedWrite& w) {
    passed_.reset();
    if (!w.returned() || w.at != "write") return;
    if (w.path == "smt/control") {
      const bool known = w.value == "on" || w.value == "off" || w.value == "forceoff" ||
                         to_number<std::int64_t>(w.value).has_value();
      if (w.name == "OK") smt_ = w.value;
      state_of_.clear();  // this file does not tell which CPUs were moved
      device_online_.clear();
      if (smt_ == "forceoff" && !known) found_.rules.smt_forceoff_first = w.name == "EPERM";
      return;
    }
    const std::size_t slash = w.path.find('/');
    if (!w.path.starts_with("cpu") || slash == std::string::npos) return;
    const auto cpu = to_number<std::int64_t>(std::string_view(w.path).substr(3, slash - 3));
    const auto value = to_number<std::int64_t>(w.value);
    const bool word = !w.value.empty() && has("tTfF", w.value.substr(0, 1));
    if (word && w.path.ends_with("/online") && (w.name == "OK" || w.name == "EINVAL"))
      found_.rules.true_false_words = w.name == "OK";
    if (cpu && !value && w.path.ends_with("/online") && w.name == "OK") {
      // A word such as "on", which kstrtobool() accepts, is not evaluated. So the state is unknown.
      state_of_[static_cast<CpuId>(*cpu)].reset();
      device_online_[static_cast<CpuId>(*cpu)].reset();
    }
    if (!cpu || !value) return;
    const std::string_view file = std::string_view(w.path).substr(slash + 1);
    const auto id = static_cast<CpuId>(*cpu);
    const bool down = *value == 0 && (file == "online" || file == "hotplug/target");
    if (down && w.name == "EBUSY" && has(machine_.cmdline, "isolcpus=") && !op.reads.empty() &&
        op.trace && op.trace->stream.events.empty()) {
      const auto online = parse_cpu_list(op.reads.back().online_mask);
      if (online && online->size() > 1) found_.rules.last_housekeeping_busy = true;
    }
    if (file == "hotplug/fail") fail_write(id, *value, w);
    if (file == "online" && (*value == 0 || *value == 1)) walk_with_fail(id, *value == 1, w);
    if (file == "hotplug/target") target_write(op, id, *value, w);
    if (file == "online" || file == "hotplug/target") cpu_moved(id, file, *value, w);
  }

  /// Notes the CPU's state after a write. If the write failed while the CPU was on its way, its
  /// state is unknown.
  void cpu_moved(CpuId cpu, std::string_view file, std::int64_t value, const RecordedWrite& w) {
    if (w.name == "EINVAL" || w.name == "EPERM" || w.name == "EBUSY") return;
    std::optional<std::int64_t>& state = state_of_[cpu];
    if (w.name != "OK") return state.reset();
    if (file == "hotplug/target") {
      state = value;
      // A CPU does not stop at a target in the STARTING section: it passes it, or the kernel
      // crashes.
      if (value < 0 || value > states_.online || states_.is_atomic(value)) state.reset();
      return;
    }
    if (value != 0 && value != 1) return;
    const bool on = value == 1;
    std::optional<bool>& device = device_online_[cpu];
    if (!device)
      state.reset();  // unknown, because the device may have been in that state before
    else if (*device != on)
      state = on ? states_.online : 0;
    device = on;
  }

  /// Evaluates a write that sends the CPU through all states while its `fail` is armed. When the
  /// CPU does not stop at the armed state, this state has no callback in that direction.
  void walk_with_fail(CpuId cpu, bool up, const RecordedWrite& w) {
    const auto armed = armed_.find(cpu);
    const bool walks = device_online_[cpu] == !up;
    if (armed == armed_.end() || !walks || state_of_[cpu] != (up ? 0 : states_.online)) return;
    const bool hit = w.name == "EAGAIN";
    if (!hit && w.name != "OK") return;
    found_.states[armed->second].fail_hit[up ? 0 : 1] = hit;
    // On the way up, a CPU jumps over cpu:teardown and the state after it, without any call.
    const bool comes_by =
        !up || armed->second < states_.teardown() || armed->second > states_.teardown() + 1;
    if (hit)
      armed_.erase(armed);
    else if (comes_by)
      passed_ = cpu;
  }

  void fail_write(CpuId cpu, std::int64_t value, const RecordedWrite& w) {
    if (value == -1 && w.name == "OK") armed_.erase(cpu);
    const std::optional<std::int64_t> state = state_of_[cpu];
    if (value <= 0 || value >= states_.online || states_.is_atomic(value) || !state) return;
    const bool below = value <= states_.bringup && *state > states_.bringup;
    if (w.name == "OK") {
      armed_[cpu] = static_cast<int>(value);
      found_.states[static_cast<int>(value)].fail_accepted = true;
      if (below) found_.rules.fail_limits = false;
    } else if (w.name == "EINVAL") {
      // Both states (cpu:bringup and 1) have callbacks in every kernel. So EINVAL shows that `fail`
      // refuses states from which no rollback is possible.
      if (below && (value == states_.bringup || value == 1)) found_.rules.fail_limits = true;
      if (!below) found_.states[static_cast<int>(value)].fail_refused = true;
    }
  }

  void target_write(const RecordedOperation& op, CpuId cpu, std::int64_t value,
                    const RecordedWrite& w) {
    const bool same = state_of_[cpu] == value && (value == 0 || value == states_.online);
    // Before 64ea6e44f85b, writing a CPU's present state to `target` called callbacks.
    if (same && w.name == "OK" && op.writes.size() == 1 && (op.trace || op.omitted_lines))
      found_.rules.equal_target_noop =
          op.trace ? op.trace->stream.events.empty() : *op.omitted_lines == 0;
    if (!machine_.state_control || value < 0 || value > states_.online) return;
    if (states_.find(static_cast<int>(value)) == nullptr) return;
    StateEvidence& s = found_.states[static_cast<int>(value)];
    (w.name == "EINVAL" ? s.target_refused : s.target_accepted) = true;
  }

  const RecordedMachine& machine_;
  const StateList& states_;
  Evidence& found_;
  std::map<CpuId, std::optional<std::int64_t>> state_of_;  ///< hotplug/state of each CPU, if known
  std::map<CpuId, std::optional<bool>> device_online_;     ///< each CPU's `online` file, if known
  std::map<CpuId, int> armed_;   ///< state that is armed in each CPU's `fail`
  std::optional<CpuId> passed_;  ///< CPU that went past the state in its armed `fail`
  std::string smt_;              ///< last word that smt/control accepted; empty: none
};

}  // namespace

void add_writes(const Recording& recording, const StateList& states, Evidence& found) {
  if (!recording.machine) return;
  WriteFollower follower(*recording.machine, states, found);
  for (const RecordedOperation* op : recording.operations()) follower.follow(*op);
}

}  // namespace cpuhp

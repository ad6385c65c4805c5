#include "sim/trace/kernel_log_writer.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace cpuhp {
namespace {

int digits(std::size_t n) { return static_cast<int>(std::to_string(n).size()); }

class KernelLog {
 public:
  KernelLog(std::ostream& out, const EventStream& stream, const MachineConfig& config)
      : out_(out),
        stream_(stream),
        config_(config),
        version_(kernel_version(config.table.kernel())),
        arm64_(config.table.is_arm64()) {
    for (CpuId cpu = 0; cpu < config.topology.nr_cpus(); ++cpu)
      nodes_.insert(config.topology.place(cpu).node);
  }

  void write() {
    for (const Event& e : stream_.events) event(e);
    end_of_row();
  }

 private:
  void event(const Event& e) {
    const std::string& name = stream_.names[e.name];
    switch (e.kind) {
      case EventKind::OpBegin:
        return operation(e.time, name);
      case EventKind::Kick:
        return arm64_ ? void() : announce(e);
      case EventKind::Alive:
        return arm64_ ? booted(e) : void();
      case EventKind::Exit:
        if (resuming_ && e.step == config_.table.anchors().bringup && e.ret == 0)
          line(e.time, fmt::format("CPU{} is up", e.cpu));
        return;
      case EventKind::MaskSet:
      case EventKind::MaskClear:
        if (name == "online") online_ += e.kind == EventKind::MaskSet ? 1 : -1;
        return;
      case EventKind::BootDone:
        return boot_done(e.time);
      case EventKind::Dead:
        return dead(e);
      case EventKind::Warn:
        return line(e.time, prefix(name) + name);
      case EventKind::AtomicSleep:
        return line(e.time, fmt::format("BUG: scheduling while atomic: {}/{}", comm(e.role), e.on));
      case EventKind::Panic:
        return line(e.time, "Kernel panic - not syncing: " + name);
      default:
        return;
    }
  }

  /// True when the kernel is `first` or later, or when its version is unknown.
  bool from(KernelVersion first) const { return version_ == KernelVersion{} || version_ >= first; }

  /// Returns the task's name for the message "scheduling while atomic".
  static std::string_view comm(Role role) {
    return role == Role::Stopper ? "migration" : role == Role::CpuhpThread ? "cpuhp" : "swapper";
  }

  /// Returns the prefix of a line, which names the part of the kernel that prints it.
  std::string prefix(const std::string& text) const {
    const bool smpboot = text.starts_with("do_boot_cpu") || text.ends_with("didn't die...");
    return smpboot && !arm64_ ? "smpboot: " : "";
  }

  void operation(Ns date, const std::string& name) {
    resuming_ = name == "resume";
    if (name == "boot") {
      booting_ = true;
      // kernel/smp.c prints this since 4.10.
      if (from({4, 10})) line(date, "smp: Bringing up secondary CPUs ...");
    }
    if (name == "suspend") line(date, "Disabling non-boot CPUs ...");
    if (name == "resume") line(date, "Enabling non-boot CPUs ...");
  }

  /// Prints the lines of x86's announce_cpu().
  void announce(const Event& e) {
    const bool later = from({6, 5});
    const std::uint32_t node = config_.topology.place(e.cpu).node;
    if (later ? booting_ && !announced_ : e.cpu == 1)
      line(e.time, std::string(later ? "smpboot: " : "") + "x86: Booting SMP configuration:");
    if (!booting_)
      return line(e.time, fmt::format("smpboot: Booting Node {} Processor {} APIC 0x{:x}", node,
                                      e.cpu, e.cpu));
    const int width = digits(config_.topology.nr_cpus()) + 1;
    if (!announced_ || node != node_) {
      end_of_row();
      row_date_ = e.time;
      row_ = fmt::format(".... node {:>{}}#{}, CPUs:  ", "",
                         digits(nodes_.size()) + 1 - digits(node), node);
      node_ = node;
    }
    // The row begins with an empty place for the boot CPU.
    if (later ? !announced_ : e.cpu == 1)
      row_ += std::string(static_cast<std::size_t>(width + 1), ' ');
    row_ += fmt::format("{:>{}}#{}", "", width - digits(e.cpu), e.cpu);
    announced_ = true;
  }

  /// Prints the row of CPUs of one node. The kernel extends the row until it prints another line.
  void end_of_row() {
    if (row_.empty()) return;
    const std::string row = std::exchange(row_, {});
    line(row_date_, row);
  }

  void booted(const Event& e) {
    line(e.time, fmt::format("Detected PIPT I-cache on CPU{}", e.cpu));
    line(e.time,
         fmt::format("CPU{}: Booted secondary processor 0x{:010x} [0x411fd070]", e.cpu, e.cpu));
  }

  void boot_done(Ns date) {
    const auto plural = [](std::size_t n) { return n == 1 ? "" : "s"; };
    const auto cpus = static_cast<std::size_t>(std::max(online_, 0));
    const bool common = arm64_ || from({4, 10});
    line(date,
         fmt::format("{} up {} node{}, {} CPU{}", common ? "smp: Brought" : "x86: Booted",
                     nodes_.size(), plural(nodes_.size()), cpus, common ? plural(cpus) : "s"));
    if (arm64_) line(date, fmt::format("SMP: Total of {} processors activated.", cpus));
    booting_ = false;
  }

  /// Prints that a CPU is dead; on x86 not during the boot.
  void dead(const Event& e) {
    if (arm64_)
      line(e.time, fmt::format("psci: CPU{} killed (polled 0 ms)", e.cpu));
    else if (!booting_)
      line(e.time, fmt::format("smpboot: CPU {} is now offline", e.cpu));
  }

  void line(Ns date, const std::string& text) {
    end_of_row();
    const std::int64_t us = date.v / 1'000;
    out_ << fmt::format("[{:5}.{:06}] {}\n", us / 1'000'000, us % 1'000'000, text);
  }

  std::ostream& out_;
  const EventStream& stream_;
  const MachineConfig& config_;
  KernelVersion version_;
  bool arm64_;
  std::set<std::uint32_t> nodes_;
  std::string row_;
  Ns row_date_{};
  std::uint32_t node_ = 0;
  int online_ = 0;
  bool booting_ = false;
  bool announced_ = false;
  bool resuming_ = false;
};

}  // namespace

void write_kernel_log(std::ostream& out, const EventStream& stream, const MachineConfig& config) {
  KernelLog(out, stream, config).write();
}

}  // namespace cpuhp

#include "sim/live/recorder.hpp"

#include <spdlog/fmt/fmt.h>

#include <cerrno>
#include <charconv>
#include <optional>

#include "model/sysfs/sysfs.hpp"
#include "sim/scenario/cpulist.hpp"
#include "sim/scenario/errno_names.hpp"
#include "sim/trace/ftrace_writer.hpp"
#include "sim/trace/traced_events.hpp"

namespace cpuhp {
namespace {

/// Returns N for a path that begins with "cpuN".
std::optional<CpuId> cpu_of(const std::string& path) {
  CpuId cpu = 0;
  if (!path.starts_with("cpu")) return std::nullopt;
  const auto [end, error] = std::from_chars(path.data() + 3, path.data() + path.size(), cpu);
  return error == std::errc{} ? std::optional(cpu) : std::nullopt;
}

std::string file(Machine& machine, const std::string& path) {
  std::string text;
  if (read_file(machine, path, &text) != 0) return "<ENOENT>";
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

std::string topology_text(const Topology& t) {
  std::string text;
  for (CpuId cpu = 0; cpu < t.nr_cpus(); ++cpu) {
    const CpuPlace& p = t.place(cpu);
    text += fmt::format("{}{}:{}.{}.{}", cpu == 0 ? "" : ",", cpu, p.socket, p.core, p.thread);
  }
  return text;
}

/// Returns the kernel command line, as far as it can be told from `config`.
std::string cmdline_text(const MachineConfig& config) {
  std::string words;
  const auto add = [&words](const std::string& word) {
    words += (words.empty() ? "" : " ") + word;
  };
  if (config.max_cpus != kMaxCpus) add(fmt::format("maxcpus={}", config.max_cpus));
  if (config.nosmt_force || config.nosmt) add(config.nosmt_force ? "nosmt=force" : "nosmt");
  if (!config.cpuhp_parallel) add("cpuhp.parallel=0");
  if (config.cpu0_hotplug) add("cpu0_hotplug");
  if (config.tsc_reliable) add("tsc=reliable");
  if (!config.housekeeping.empty()) {
    CpuMask isolated(config.topology.nr_cpus());
    for (CpuId cpu = 0; cpu < config.topology.nr_cpus(); ++cpu)
      if (!config.housekeeping.test(cpu)) isolated.set(cpu);
    if (!isolated.empty()) add("isolcpus=" + print_cpulist(isolated));
  }
  return words;
}

/// Returns the trace lines of each operation, in order. The scenario's own operations come first.
std::vector<std::vector<std::string>> traces(const EventStream& stream,
                                             const FtraceFormat& format) {
  const std::string_view flags =
      std::string_view(".....").substr(0, format.look.migrate_disable ? 5 : 4);
  std::vector<std::vector<std::string>> all;
  TracedEvents traced(stream);
  for (const Event& e : stream.events) {
    if (e.kind == EventKind::OpBegin) all.emplace_back();
    const std::optional<TracedTask> task = traced.next(e);
    if (task && !all.empty())
      all.back().push_back(ftrace_line(*task, e, stream.names, flags, format));
  }
  return all;
}

}  // namespace

std::string value_in_line(std::string text) {
  text = text.substr(0, text.find('\0'));
  if (text.ends_with('\n')) text.pop_back();
  for (char& c : text)
    if (c < ' ' || c > '~') c = '?';
  return text;
}

void Recorder::began(Machine& machine) {
  const MachineConfig& c = scenario_.config;
  const auto yes = [](bool b) { return b ? 'y' : 'n'; };
  const bool arm = c.table.is_arm64();
  machine_ = fmt::format(
      "#MACHINE arch={} possible={} present={} online={} topology={} state_control={} "
      "cpu0_online_file={} smt_control={} cmdline=\"{}\"\n",
      arm ? "aarch64" : "x86_64", file(machine, "possible"), file(machine, "present"),
      file(machine, "online"), topology_text(c.topology), yes(c.state_control),
      yes(c.has_cpu0_online_file()), smt_control_text(machine), cmdline_text(c));
  for (const State& state : machine.table().all())
    if (!state.name.empty()) states_ += fmt::format("#STATE {}: {}\n", state.id, state.name);
}

void Recorder::answered(Machine& machine, const Operation& op, const OpResult& result) {
  if (over_ || op.kind != OpKind::Write) return;
  Written w{.path = op.path, .text = op.text, .result = result};
  over_ = !result.returned;
  const std::optional<CpuId> cpu = cpu_of(op.path);
  if (!over_ && cpu) {
    const std::string folder = fmt::format("cpu{}/", *cpu);
    w.read_back = fmt::format(
        "#S cpu={} online={} state={} target={} fail={} online_mask={} offline_mask={}\n", *cpu,
        file(machine, folder + "online"), file(machine, folder + "hotplug/state"),
        file(machine, folder + "hotplug/target"), file(machine, folder + "hotplug/fail"),
        file(machine, "online"), file(machine, "offline"));
  } else if (!over_) {
    w.read_back = fmt::format("#V control={} active={}\n", file(machine, "smt/control"),
                              file(machine, "smt/active"));
  }
  writes_.push_back(std::move(w));
}

std::string Recorder::write_line(const Written& w) const {
  const std::string head = fmt::format("#W path={} value={} ", w.path, value_in_line(w.text));
  if (!w.result.returned) return head + "ret=none errno=none name=NORETURN at=write\n";
  const int error = -w.result.ret;
  return head + fmt::format("ret={} errno={} name={} at=write\n",
                            error == 0 ? static_cast<long>(w.text.size()) : -1L, error,
                            error == 0 ? "OK" : errno_name(error));
}

std::string Recorder::text(const EventStream& stream) const {
  const StateTable& table = scenario_.config.table;
  const FtraceFormat format{.look = ftrace_look(table.kernel())};
  const std::vector<std::vector<std::string>> lines = traces(stream, format);
  std::size_t place = scenario_.config.operations.size();
  std::string out =
      fmt::format("# run: {}\n# simulated: table {}, {}\n{}{}# section: session\n", scenario_.name,
                  table.name(), to_string(scenario_.config.design), machine_, states_);
  std::size_t number = 0;
  for (const Written& w : writes_) {
    const std::optional<CpuId> cpu = cpu_of(w.path);
    out += fmt::format("#OP write-{}{}\n", ++number, cpu ? fmt::format(" cpu={}", *cpu) : "");
    out += write_line(w);
    if (cpu) out += w.read_back;
    const std::vector<std::string> none;
    const std::vector<std::string>& trace = place < lines.size() ? lines[place] : none;
    ++place;
    out += "#T begin\n";
    for (const std::string& line : trace) out += line;
    out += fmt::format("#T end lines={}\n", trace.size());
    if (!w.result.returned)
      out += w.result.ret == -EIO ? "#CRASH status=GUEST-DIED\n" : "#CRASH status=STALLED\n";
    out += "#END\n";
    if (!cpu) out += w.read_back;
  }
  return out;
}

}  // namespace cpuhp

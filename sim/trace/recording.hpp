// A recording of a real kernel: the writes that a script made to its files, the results, and the
// kernel's log and trace. A plain ftrace file counts as a recording without operations.
//
//   const Recording r = read_recording("C-offline-online-cpu1-smp4.txt.gz");
//   r.machine->possible;                 // {0, 1, 2, 3}
//   r.operations()[0]->writes[0].path;   // "cpu1/online"
//
// Grammar: header lines `# key: value`; #MACHINE, #STATE; sections `# section: NAME`. A section has
// #PID lines, raw lines, and operations: #OP .. #W .. #S .. #K .. #T begin .. #T end .. #END, then
// #V and #RESTORE (.. #W .. #S). #M with #STATE+ and #STATE- may stand in place of #W. Any other `#`
// word is an error, and so is a line in a wrong place.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/cpumask.hpp"
#include "model/ns.hpp"
#include "model/topology.hpp"
#include "sim/trace/ftrace_reader.hpp"

namespace cpuhp {

/// The boot CPU of recorded machines.
inline constexpr CpuId kBootCpu = 0;

/// Line #MACHINE. CPU lists are ascending.
struct RecordedMachine {
  std::string arch;
  std::vector<CpuId> possible, present, online;
  std::map<CpuId, CpuPlace> topology;  ///< cpu: package, core, thread
  bool state_control = false;
  bool cpu0_online_file = false;
  std::string smt_control;
  std::string cmdline;
};

/// A line of hotplug/states (`%3d: %s`), or a #STATE line.
struct NamedState {
  std::int16_t id = 0;
  std::string name;
  std::uint32_t line = 0;
};

/// Line #W: one write of the value and a newline.
struct RecordedWrite {
  std::uint32_t line = 0;
  std::string path;  ///< under sys/devices/system/cpu
  std::string value;
  std::optional<std::int64_t> ret;  ///< number of bytes, or -1; no value: the write never returned
  int error = 0;                    ///< errno
  std::string name;                 ///< OK, NORETURN, or an error's name
  std::string at;                   ///< the last call: open or write
  bool with = false;  ///< another task made it, and began together with the write before it
  std::optional<std::int64_t> us;  ///< duration; no value: the script did not print it
  bool returned() const { return ret.has_value(); }
};

/// Line #M: a module that was loaded or unloaded.
struct RecordedModule {
  std::uint32_t line = 0;
  bool load = true;
  std::string name;
  int error = 0;           ///< errno
  std::string error_name;  ///< OK, or an error's name
};

/// Line #STATE+ or #STATE-: a line of hotplug/states that came or went in an operation.
struct StateChange {
  bool added = true;
  NamedState state;
};

/// Line #S: files read after a write. "<ENOENT>" stands for a file that could not be read.
struct ReadBack {
  std::uint32_t line = 0;
  CpuId cpu = 0;
  std::string online, state, target, fail;
  std::string online_mask, offline_mask;  ///< CPU lists
};

/// Line #K: a line of the kernel's log.
struct KernelLine {
  std::uint32_t line = 0;
  Ns time{};
  std::string text;
};

/// An operation: the lines from #OP on. A #RESTORE after it counts as an operation, too.
struct RecordedOperation {
  std::uint32_t line = 0;
  bool restore = false;
  std::string id;  ///< for a #RESTORE: the state to restore
  std::optional<CpuId> cpu;
  std::vector<RecordedWrite> writes;
  std::vector<RecordedModule> modules;
  std::vector<StateChange> changes;
  /// States that came with modules and were there at some time during this operation.
  std::vector<NamedState> loaded;
  std::vector<ReadBack> reads;  ///< a read may be between two writes, as `line` shows
  std::vector<KernelLine> kernel;
  std::optional<Ftrace> trace;  ///< #T begin .. #T end
  /// `#T omitted`: number of trace lines that the script did not print
  std::optional<std::size_t> omitted_lines;
  std::string crash;                          ///< #CRASH status=: GUEST-DIED, STALLED
  std::map<std::string, std::string> values;  ///< from #V lines
};

/// One line of a `cpusysfs` section: `cpu3 online=1 state=236 ...`.
struct CpuFiles {
  std::uint32_t line = 0;
  std::map<std::string, std::string> values;
};

struct RecordedSection {
  std::uint32_t line = 0;
  std::string name;
  bool incomplete = false;  ///< the guest has not finished the section
  std::vector<RecordedOperation> operations;
  std::optional<Ftrace> trace;                ///< boot_trace, or a plain trace file
  std::map<std::string, std::string> values;  ///< `possible = 0-7` and the like
  std::map<CpuId, CpuFiles> cpus;
  std::vector<std::string> lines;  ///< all other lines
};

struct Recording {
  std::string file;
  std::map<std::string, std::string> header;  ///< first value of each key (run, qemu, status)
  std::vector<std::string> guest;             ///< `# guest:` lines, such as uname and cmdline
  std::optional<RecordedMachine> machine;
  std::vector<NamedState> states;
  std::vector<RecordedSection> sections;

  /// Returns all operations including restores, in time order.
  std::vector<const RecordedOperation*> operations() const;
  /// Returns all traces, in time order.
  std::vector<const Ftrace*> traces() const;
  /// Returns the kernel's version, "6.1.192"; empty when the header lacks it.
  std::string kernel() const;
  /// True when the kernel ran on an emulated CPU.
  bool emulated() const;
};

/// Throws BadInput.
Recording read_recording(const std::string& path);
Recording parse_recording(std::string_view text, std::string file);

/// Returns the stable version in a banner, which Debian puts last, after its ABI: "6.1.192" for
/// "Linux version 6.1.0-56-amd64 #1 SMP Debian 6.1.192-2". Empty when there is none.
std::string kernel_in_banner(std::string_view line);

/// Parses a time stamp of the kernel's log: "    7.043462" -> 7.043462 s. No value for another
/// text.
std::optional<Ns> parse_log_stamp(std::string_view text);

/// Parses a CPU list as the kernel prints it, ascending: "0,2-3" -> {0, 2, 3}. An empty text is an
/// empty list. No value for another text.
std::optional<std::vector<CpuId>> parse_cpu_list(std::string_view text);

/// Parses a line of the form `%3d: %s`. No value for another line.
std::optional<NamedState> parse_state_line(std::string_view text, std::size_t number);

}  // namespace cpuhp

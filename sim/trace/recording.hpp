// A recording of a real kernel: what scripts wrote to its files, what they gave back, what the
// kernel logged and traced. A plain ftrace file reads as a recording without operations.
//
//   const Recording r = read_recording("C-offline-online-cpu1-smp4.txt.gz");
//   r.machine->possible;                 // {0, 1, 2, 3}
//   r.operations()[0]->writes[0].path;   // "cpu1/online"
//   r.operations()[0]->trace->stream;    // its events
//
// Grammar: `# key: value` header lines; #MACHINE, #STATE; `# section: NAME`; within one, #PID,
// raw lines, and operations: #OP .. #W .. #S .. #K .. #T begin .. #T end .. #END, then #V and
// #RESTORE (.. #W .. #S). Any other `#` word is an error, as is anything out of place.
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

/// #MACHINE. CPU lists are ascending.
struct RecordedMachine {
  std::string arch;
  std::vector<CpuId> possible, present, online;
  std::map<CpuId, CpuPlace> topology;  ///< cpu: package, core, thread
  bool state_control = false;
  bool cpu0_online_file = false;
  std::string smt_control;
  std::string cmdline;
  /// Every `key=value` as it stood, for keys that are not above.
  std::map<std::string, std::string> other;
};

/// `%3d: %s` of hotplug/states, or a #STATE line.
struct NamedState {
  std::int16_t id = 0;
  std::string name;
  std::uint32_t line = 0;
};

/// #W: one write; a newline was sent after the value.
struct RecordedWrite {
  std::uint32_t line = 0;
  std::string path;  ///< under sys/devices/system/cpu
  std::string value;
  std::optional<std::int64_t> ret;  ///< bytes or -1; none: the write never returned
  int error = 0;                    ///< errno
  std::string name;                 ///< OK, EINVAL, ..., NORETURN
  std::string at;                   ///< open, write
  std::optional<std::int64_t> us;   ///< none: the script did not print this write
  bool returned() const { return ret.has_value(); }
};

/// #S: read back. A file that could not be read is e.g. "<ENOENT>".
struct ReadBack {
  std::uint32_t line = 0;
  CpuId cpu = 0;
  std::string online, state, target, fail;
  std::string online_mask, offline_mask;  ///< CPU lists
};

/// #K: a line of the kernel's log.
struct KernelLine {
  std::uint32_t line = 0;
  int priority = 0;
  Ns time{};
  std::string text;
};

/// #OP, or the #RESTORE after it.
struct RecordedOperation {
  std::uint32_t line = 0;
  bool restore = false;
  std::string id;  ///< of a #RESTORE: what it wants
  std::optional<CpuId> cpu;
  std::vector<RecordedWrite> writes;
  std::vector<ReadBack> reads;  ///< may stand between two writes: compare `line`
  std::vector<KernelLine> kernel;
  std::optional<Ftrace> trace;                ///< #T begin .. #T end
  std::optional<std::size_t> omitted_lines;   ///< #T omitted: a plain walk of that many lines
  std::string crash;                          ///< #CRASH status=: GUEST-DIED, STALLED
  std::vector<std::string> raw;               ///< lines that the dying kernel printed
  std::map<std::string, std::string> values;  ///< #V
};

/// One line of a `cpusysfs` section: `cpu3 online=1 state=236 ...`.
struct CpuFiles {
  std::uint32_t line = 0;
  std::map<std::string, std::string> values;
};

struct RecordedSection {
  std::uint32_t line = 0;
  std::string name;
  bool incomplete = false;  ///< the guest did not finish it
  std::vector<RecordedOperation> operations;
  std::optional<Ftrace> trace;                ///< boot_trace, or a plain trace file
  std::vector<std::string> info;              ///< #INFO
  std::map<std::string, std::string> values;  ///< `possible = 0-7` and the like
  std::map<CpuId, CpuFiles> cpus;
  std::vector<std::string> lines;  ///< everything that is none of the above
};

struct Recording {
  std::string file;
  std::map<std::string, std::string> header;  ///< run, qemu, status, ...: first of each key
  std::vector<std::string> guest;             ///< `# guest:` lines: uname, version, cmdline, ...
  std::optional<RecordedMachine> machine;
  std::vector<NamedState> states;
  std::vector<RecordedSection> sections;
  std::map<std::int32_t, std::string> pids;

  /// All operations, restores included, in time order.
  std::vector<const RecordedOperation*> operations() const;
  /// All traces, in time order.
  std::vector<const Ftrace*> traces() const;
  const RecordedSection* section(std::string_view name) const;
  /// "6.1.192" from the kernel's version line; empty when there is none.
  std::string kernel() const;
  /// Ran on an emulated CPU.
  bool emulated() const;
};

/// Throws BadInput.
Recording read_recording(const std::string& path);
Recording parse_recording(std::string_view text, std::string file);

/// "Linux version 6.1.0-56-amd64 (...) #1 SMP Debian 6.1.192-2" -> "6.1.192": Debian names its ABI
/// first and the stable version that it is made of last. Empty when there is none.
std::string kernel_in_banner(std::string_view line);

/// "    7.043462" -> 7.043462 s, as the kernel's log stamps its lines; none when it is no such
/// stamp.
std::optional<Ns> parse_log_stamp(std::string_view text);

/// "0,2-3" -> {0, 2, 3}. none when it is not a CPU list as the kernel prints it, ascending; empty
/// text is an empty list.
std::optional<std::vector<CpuId>> parse_cpu_list(std::string_view text);

/// `%3d: %s`; none when the line is not one.
std::optional<NamedState> parse_state_line(std::string_view text, std::size_t number);

}  // namespace cpuhp

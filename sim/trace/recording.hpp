// A recording of a real kernel: the writes of the recording scripts to its files, their results,
// and the kernel's log and trace. A plain ftrace file reads as a recording without operations.
//
//   const Recording r = read_recording("C-offline-online-cpu1-smp4.txt.gz");
//   r.machine->possible;                 // {0, 1, 2, 3}
//   r.operations()[0]->writes[0].path;   // "cpu1/online"
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
  /// Every other `key=value`, unchanged.
  std::map<std::string, std::string> other;
};

/// A line of hotplug/states (`%3d: %s`), or a #STATE line.
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
  std::string name;                 ///< OK, NORETURN, or an error's name
  std::string at;                   ///< the last call that was made: open or write
  std::optional<std::int64_t> us;   ///< none: the script did not print this write
  bool returned() const { return ret.has_value(); }
};

/// #S: files read back. The text "<ENOENT>" means a file that could not be read.
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
  std::string id;  ///< in a #RESTORE: the state to restore
  std::optional<CpuId> cpu;
  std::vector<RecordedWrite> writes;
  std::vector<ReadBack> reads;  ///< may lie between two writes: compare `line`
  std::vector<KernelLine> kernel;
  std::optional<Ftrace> trace;                ///< #T begin .. #T end
  std::optional<std::size_t> omitted_lines;   ///< #T omitted: length of an ordinary walk's trace
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
  std::vector<std::string> lines;  ///< all other lines
};

struct Recording {
  std::string file;
  std::map<std::string, std::string> header;  ///< the first value of each key (run, qemu, status)
  std::vector<std::string> guest;             ///< `# guest:` lines, such as uname and cmdline
  std::optional<RecordedMachine> machine;
  std::vector<NamedState> states;
  std::vector<RecordedSection> sections;
  std::map<std::int32_t, std::string> pids;

  /// Returns all operations, restores included, in time order.
  std::vector<const RecordedOperation*> operations() const;
  /// Returns all traces, in time order.
  std::vector<const Ftrace*> traces() const;
  const RecordedSection* section(std::string_view name) const;
  /// Returns "6.1.192" from the kernel's version line; empty when there is none.
  std::string kernel() const;
  /// True when the kernel ran on an emulated CPU.
  bool emulated() const;
};

/// Throws BadInput.
Recording read_recording(const std::string& path);
Recording parse_recording(std::string_view text, std::string file);

/// Returns the stable version in a banner, "6.1.192" for "Linux version 6.1.0-56-amd64 #1 SMP
/// Debian 6.1.192-2": Debian puts its ABI first and the stable version last. Empty: none.
std::string kernel_in_banner(std::string_view line);

/// Parses a stamp of the kernel's log: "    7.043462" -> 7.043462 s; none: the text is no stamp.
std::optional<Ns> parse_log_stamp(std::string_view text);

/// Parses a CPU list: "0,2-3" -> {0, 2, 3}; an empty text is an empty list. None: the text is no
/// list as the kernel prints it, ascending.
std::optional<std::vector<CpuId>> parse_cpu_list(std::string_view text);

/// Parses a line of the form `%3d: %s`; none: the line has another form.
std::optional<NamedState> parse_state_line(std::string_view text, std::size_t number);

}  // namespace cpuhp

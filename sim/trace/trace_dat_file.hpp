// Finds the parts of a trace.dat. In version 6 they follow each other. In version 7 options have
// the offsets of sections, which may be compressed. Internal to trace_dat_reader.cpp.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/events.hpp"
#include "sim/trace/dat_cursor.hpp"

namespace cpuhp {

/// Position of a number in a record: its offset, size and sign.
struct DatField {
  std::size_t offset = 0;
  std::size_t size = 0;
  bool is_signed = false;
};

/// The layout of a cpuhp event, from its `format` file. `second` is the target or the state, `last`
/// the function or the result.
struct DatFormat {
  std::uint32_t id = 0;
  EventKind kind = EventKind::Enter;
  DatField cpu, second, idx, last;
};

/// Layout of a page (header_page), and of the fields that all events have.
struct DatLayout {
  std::size_t page = 0;
  std::size_t commit_size = 8;
  std::size_t data_offset = 16;
  DatField type, pid;
};

struct DatCpu {
  CpuId cpu = 0;
  std::string_view pages;
  std::size_t at = 0;  ///< offset of `pages` in the file, for error messages
};

/// The parts of a file. Views point into the file's bytes, or into `unpacked`.
struct DatFile {
  bool big_endian = false;
  DatLayout layout;
  std::vector<DatFormat> formats;
  std::string_view symbols;  ///< kallsyms
  std::string_view tasks;    ///< saved_cmdlines
  std::uint32_t cpu_count = 0;
  bool counter = false;  ///< stamps give the order of events, and no times
  std::vector<DatCpu> cpus;
  std::deque<std::string> unpacked;
};

/// Throws BadInput.
DatFile open_trace_dat(std::string_view bytes, const std::string& file);

}  // namespace cpuhp

// Finds the parts of a trace.dat. In version 6 the parts follow each other; in version 7 options
// lead to sections, which may be compressed. Internal to trace_dat_reader.cpp.
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

/// A number within a record: its offset, size and sign.
struct DatField {
  std::size_t offset = 0;
  std::size_t size = 0;
  bool is_signed = false;
};

/// A cpuhp event, as its `format` file describes it. `second` is the target or the state, `last`
/// the function or the result.
struct DatFormat {
  std::uint32_t id = 0;
  EventKind kind = EventKind::Enter;
  DatField cpu, second, idx, last;
};

/// The contents of header_page and the events' common fields.
struct DatLayout {
  std::size_t page = 0;
  std::size_t commit_size = 8;
  std::size_t data_offset = 16;
  DatField type, pid;
};

/// The pages of one CPU.
struct DatCpu {
  CpuId cpu = 0;
  std::string_view pages;
  std::size_t at = 0;  ///< offset of `pages` in the file, for errors
};

/// The parts of a file. Views point into the file's bytes, or into `unpacked`.
struct DatFile {
  bool big_endian = false;
  DatLayout layout;
  std::vector<DatFormat> formats;
  std::string_view symbols;  ///< kallsyms
  std::string_view tasks;    ///< saved_cmdlines
  std::uint32_t cpu_count = 0;
  bool counter = false;  ///< stamps are an order, not times
  std::vector<DatCpu> cpus;
  std::deque<std::string> unpacked;
};

/// Throws BadInput.
DatFile open_trace_dat(std::string_view bytes, const std::string& file);

}  // namespace cpuhp

// Constants of trace.dat files, for writer and reader. Sources: trace-cmd.dat.v6(5), and the ring
// buffer of the kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cpuhp::trace_dat {

inline constexpr std::string_view kMagic{"\x17\x08\x44tracing", 10};

enum class Option : std::uint16_t {
  Done = 0,
  Buffer = 3,
  TraceClock = 4,
  CpuCount = 8,
  Version = 9,
  HeaderInfo = 16,
  EventFormats = 18,
  Symbols = 19,
  Tasks = 21,
};

/// Bits of a page's commit word. kCommitBytes: the number of bytes used. kMissedEvents: events
/// before the page were lost. kMissedStored: the number of lost events follows the page's data.
inline constexpr std::uint64_t kCommitBytes = (std::uint64_t{1} << 27) - 1;
inline constexpr std::uint64_t kMissedEvents = std::uint64_t{1} << 31;
inline constexpr std::uint64_t kMissedStored = std::uint64_t{1} << 30;

/// Types of a ring-buffer entry. Types 1 to kDataMax: an event whose data has so many 4-byte words.
/// Type 0: an event whose first word gives its length.
inline constexpr std::uint32_t kDataMax = 28;
inline constexpr std::uint32_t kPadding = 29;
inline constexpr std::uint32_t kTimeExtend = 30;
inline constexpr std::uint32_t kTimeStamp = 31;

/// Number of bits for the time since the last entry.
inline constexpr int kDeltaBits = 27;

}  // namespace cpuhp::trace_dat

// How sysfs writes and reads values: the kernel's kstrtobool(), kstrtoint(), sysfs_streq(), and
// what its "%*pbl" and "%*pb" print.
//
//   cpulist_text(mask);                 // "0-2,5"
//   cpumask_text(mask, 36);             // "f,00000027"
//   int n = 0;  parse_int("+14\n", &n); // 0, n == 14
#pragma once

#include <string>
#include <string_view>

#include "model/cpumask.hpp"

namespace cpuhp {

/// Ascending, ranges joined; "" for no CPU.
std::string cpulist_text(const CpuMask& mask);
/// Hexadecimal, `bits` wide, a comma every 32 bits.
std::string cpumask_text(const CpuMask& mask, CpuId bits);

/// kernel: kstrtobool(): the first one or two characters decide. 0 or -EINVAL. `words`: also t
/// and f, for true and false.
int parse_bool(std::string_view text, bool words, bool* value);
/// kernel: kstrtoint(text, 10): a sign, digits, one newline, nothing else. 0, -EINVAL or -ERANGE.
int parse_int(std::string_view text, int* value);
/// kernel: sysfs_streq(): the same, but for a newline at the end.
bool same_word(std::string_view text, std::string_view word);

}  // namespace cpuhp

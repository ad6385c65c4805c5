// Conversion of values in sysfs files, like the kernel's kstrtobool(), kstrtoint() and
// sysfs_streq(), and its formats "%*pbl" and "%*pb".
#pragma once

#include <string>
#include <string_view>

#include "model/cpumask.hpp"

namespace cpuhp {

/// Returns a mask as a list like "0-2,5": ascending, ranges joined; "" for no CPU.
std::string cpulist_text(const CpuMask& mask);
/// Returns a mask in hexadecimal like "f,00000027": `bits` wide, a comma every 32 bits.
std::string cpumask_text(const CpuMask& mask, CpuId bits);

/// kernel: kstrtobool(). The first one or two characters decide. `words`: also accepts t and f.
/// Returns 0 or -EINVAL.
int parse_bool(std::string_view text, bool words, bool* value);
/// kernel: kstrtoint(text, 10). Accepts a sign, digits and one newline. Returns 0, -EINVAL or
/// -ERANGE.
int parse_int(std::string_view text, int* value);
/// kernel: sysfs_streq(). True when `text` equals `word`, or equals it with a newline at the end.
bool same_word(std::string_view text, std::string_view word);

}  // namespace cpuhp

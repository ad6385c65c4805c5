// The place of the recordings of real kernels.
#pragma once

#include <string>

namespace cpuhp {

inline const std::string kRecordings = CPUHP_SOURCE_DIR "/tests/truth/recordings/";
inline const std::string kRecordings61 = kRecordings + "x86_64-6.1/";

}  // namespace cpuhp

// Measurements that a program of scripts/bench makes of itself, and their output.
#pragma once

#include <sys/resource.h>

#include <cstddef>
#include <cstdio>
#include <vector>

namespace cpuhp::bench {

inline double cpu_seconds() {
  rusage r{};
  getrusage(RUSAGE_SELF, &r);
  return static_cast<double>(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(r.ru_utime.tv_usec + r.ru_stime.tv_usec);
}

/// Returns the peak of memory so far.
inline long peak_kib() {
  rusage r{};
  getrusage(RUSAGE_SELF, &r);
  return r.ru_maxrss;
}

/// Prints "name": [12.34, ...], in ns for each of `count`.
inline void print_each(const char* name, const std::vector<double>& seconds, double count) {
  std::printf("\"%s\": [", name);
  for (std::size_t i = 0; i < seconds.size(); ++i)
    std::printf("%s%.2f", i == 0 ? "" : ", ", seconds[i] * 1e9 / count);
  std::printf("]");
}

}  // namespace cpuhp::bench

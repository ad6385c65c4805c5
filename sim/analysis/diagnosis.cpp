#include "sim/analysis/diagnosis.hpp"

namespace cpuhp {

std::vector<Diagnosis> diagnoses(const EventStream& stream) {
  std::vector<Diagnosis> all;
  add_diagnoses(stream, all);
  return all;
}

void add_diagnoses(const EventStream& part, std::vector<Diagnosis>& all) {
  for (const Event& e : part.events) {
    if (e.kind != EventKind::Blame) continue;
    const CpuId writer = e.ret < 0 ? kNoCpu : static_cast<CpuId>(e.ret);
    all.push_back({.cpu = e.cpu,
                   .told = e.time,
                   .said_by = writer,
                   .right = writer == kNoCpu || writer == e.cpu});
  }
}

}  // namespace cpuhp

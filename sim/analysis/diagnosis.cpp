#include "sim/analysis/diagnosis.hpp"

#include <set>

namespace cpuhp {

std::vector<Diagnosis> diagnoses(const EventStream& stream) {
  std::vector<Diagnosis> all;
  for (const Event& e : stream.events) {
    if (e.kind != EventKind::Blame) continue;
    const CpuId writer = e.ret < 0 ? kNoCpu : static_cast<CpuId>(e.ret);
    all.push_back({.cpu = e.cpu,
                   .told = e.time,
                   .said_by = writer,
                   .right = writer == kNoCpu || writer == e.cpu});
  }
  return all;
}

std::vector<CpuId> unreported(const EventStream& stream) {
  std::set<CpuId> dead;
  const NameId never = stream.names.find("never_alive");
  for (const Event& e : stream.events) {
    if (e.kind == EventKind::Injected && never != 0 && e.name == never) dead.insert(e.cpu);
    if (e.kind == EventKind::Blame) dead.erase(e.ret < 0 ? e.cpu : static_cast<CpuId>(e.ret));
  }
  return {dead.begin(), dead.end()};
}

}  // namespace cpuhp

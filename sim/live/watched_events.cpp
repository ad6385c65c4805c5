#include "sim/live/watched_events.hpp"

#include <utility>

#include "model/checks/checks.hpp"
#include "model/judged_run.hpp"
#include "sim/run/merge.hpp"

namespace cpuhp {
std::size_t WatchedEvents::size() const {
  std::size_t events = 0;
  for (const CpuLog& log : scheduler_.logs()) events += log.size();
  return events;
}

/// Returns, as a text, all of the machine's state that operations can change.
std::string WatchedEvents::rest() const {
  std::string text = smt_control_text(machine_);
  for (CpuId cpu = 0; cpu < config_.topology.nr_cpus(); ++cpu) {
    const CpuRecord& st = machine_.cpus[cpu];
    for (const int value :
         {int{st.state}, int{st.target}, int{st.fail}, static_cast<int>(st.sync_state)})
      text += ' ' + std::to_string(value);
    for (const bool flag :
         {st.dev_offline, st.booted_once, st.threads_made, st.hrtimer_base, st.thread_parked,
          st.smpboot_parked, machine_.core.online.test(cpu), machine_.active.test(cpu)})
      text += flag ? '1' : '0';
  }
  return text;
}

EventStream WatchedEvents::events() const {
  EventStream stream = merged(scheduler_.logs());
  stream.names = machine_.core.names;
  return stream;
}

/// Checks the events in memory, and adds the findings from the time `from` on. The events before
/// the first request stay in memory. `from` leaves out their findings, except in the last check.
void WatchedEvents::judge(Ns from) {
  for (Finding& f : check_all(events(), judged_by(config_, true)))
    if (f.time >= from) findings_.push_back(std::move(f));
}

void WatchedEvents::forget() {
  forgotten_ += size() - first_size_;
  scheduler_.forget(first_sizes_);
}

void WatchedEvents::at_rest(bool stuck) {
  if (piece_ == 0) return;
  if (!began_) {
    began_ = true;
    first_rest_ = rest();
    first_size_ = size();
    first_date_ = machine_.core.rt.now() + 1_ns;
    for (const CpuLog& log : scheduler_.logs()) first_sizes_.push_back(log.size());
  }
  const std::size_t more = size() - first_size_;
  if (more < piece_) return;
  if (!blind_ && !stuck && rest() == first_rest_) {
    judge(first_date_);
    forget();
  } else if (blind_ || more > kPiecesMost * piece_) {
    if (!blind_) judge(Ns{});
    blind_ = true;
    forget();
  }
}

}  // namespace cpuhp

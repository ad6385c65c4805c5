#include "model/checks/watch/flushes.hpp"

#include <algorithm>
#include <string>

namespace cpuhp {
namespace {

std::string task_text(const Event& e) {
  if (e.role == Role::CpuhpThread) return "cpuhp/" + std::to_string(e.on);
  return std::string(to_string(e.role)) + " on " + cpu_text(e.on);
}

}  // namespace

/// Returns the reader for whose round the task waits.
std::optional<std::uint16_t> FlushWatch::reader_of(const Event& wait) const {
  const std::vector<std::string>& all = judged().readers;
  if (all.empty()) return {};
  const std::string& what = name(wait.name);
  const auto found = std::ranges::find_if(
      all, [&](const std::string& reader) { return what == flush_of(reader); });
  if (found == all.end()) return {};
  return static_cast<std::uint16_t>(found - all.begin());
}

void FlushWatch::see(On<EventKind::WaitBegin>, const Event& e) {
  if (e.role == Role::Reader) {
    if (e.name != names().hotplug_lock) return;
    waits_[e.instance] = past(e);
    return asked(e);
  }
  const auto reader = reader_of(e);
  const auto* const open = reader ? scene().open().latest(e) : nullptr;
  if (open == nullptr) return;
  const Flush& flush = flushes_[*reader] = {past(e), open->enter};
  if (const auto waits = waits_.find(*reader); waits != waits_.end()) report(flush, waits->second);
}

void FlushWatch::see(On<EventKind::WaitEnd>, const Event& e) {
  if (const auto reader = reader_of(e)) flushes_.erase(*reader);
}

/// A reader asks for the lock, or gets it.
void FlushWatch::asked(const Event& e) {
  if (const auto flush = flushes_.find(e.instance); flush != flushes_.end())
    report(flush->second, past(e));
}

void FlushWatch::report(const Flush& flush, const PastEvent& asked) {
  if (told_) return;
  told_ = true;
  const Event& callback = flush.callback;
  const std::string reader = "reader \"" + judged().readers[asked.instance] + '"';
  std::string text = name(callback.name) + ", called for " + cpu_text(callback.cpu) + " in state " +
                     state_name(callback.step) + ", waits in " + task_text(flush.begin) + " for " +
                     reader + " on " + cpu_text(asked.on) + ", which ";
  text +=
      asked.kind == EventKind::WaitBegin ? "waits for cpu_hotplug_lock" : "takes cpu_hotplug_lock";
  if (holder_)
    text += "; " + task_text(*holder_) + " holds the lock for " + cpu_text(holder_->cpu) +
            " since " + std::to_string(holder_->time.v) + " ns and waits for this callback";
  text += asked.kind == EventKind::WaitBegin
              ? ": none of them ever goes on"
              : ": this deadlocks as soon as a writer asks for the lock before the reader does";
  find("I26", "docs/kernel.md 7, I26", flush.begin, state_name(callback.step), std::move(text));
}

}  // namespace cpuhp

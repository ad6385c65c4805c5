#include "sim/live/session.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "sim/engine/scheduler.hpp"
#include "sim/host.hpp"

namespace cpuhp {
namespace {

constexpr Ns kHungTask{120'000'000'000};  // kernel.hung_task_timeout_secs
constexpr std::size_t kStuckMost = 256;   // each operation that never ends needs a stack
constexpr int kForever = -1;

}  // namespace

Session::Session(Door& door, const MachineConfig& config, const SessionOptions& options)
    : door_(door), config_(config), options_(options) {}

void Session::begin(Machine& machine, Scheduler& scheduler) {
  machine_ = &machine;
  scheduler_ = &scheduler;
  watched_.emplace(config_, machine, scheduler, options_.keep_all ? 0 : options_.piece);
}

std::int64_t Session::host_ms() const {
  return options_.clock ? options_.clock() : host_milliseconds();
}

Ns Session::now() const {
  Ns date = std::max(machine_->core.rt.now(), outside_);
  if (paced_from_ms_) {
    const auto ms = static_cast<double>(host_ms() - *paced_from_ms_);
    date = std::max(date, pace_origin_ + Ns{static_cast<std::int64_t>(ms * 1e6 * *options_.pace)});
  }
  return date;
}

void Session::ask(const Operation& op, Answer reply) {
  const std::size_t number = asked_++;
  if (options_.keep_all) {
    operations_.push_back(op);
    results_.push_back({.begin = now()});
  }
  pending_[number] = {op, std::move(reply), now()};
  if (dead() || stuck_ >= kStuckMost) return give_up_one(number);
  const Ns delay = std::max(now() - machine_->core.rt.now(), 1_ns);
  cpuhp::ask(*machine_, op, config_.operations.size() + number, delay,
             [this, number](const OpResult& result) {
               if (options_.keep_all) results_[number] = result;
               answer(number, result);
             });
}

/// Answers a request. A result that comes after the operation was given up is dropped.
void Session::answer(std::size_t number, const OpResult& result) {
  const auto found = pending_.find(number);
  if (found == pending_.end()) return;
  const Pending asked = std::move(found->second);
  pending_.erase(found);
  door_.look(*this);
  if (options_.observer != nullptr) options_.observer->answered(*machine_, asked.op, result);
  asked.answer(result);
}

void Session::give_up_one(std::size_t number) {
  answer(number, {.returned = false, .ret = dead() ? -EIO : -ETIMEDOUT});
}

/// Gives up operations that were requested at `since_before` or earlier; all if the kernel is dead.
void Session::give_up(Ns since_before) {
  while (!pending_.empty() && (dead() || pending_.begin()->second.since <= since_before)) {
    ++stuck_;
    give_up_one(pending_.begin()->first);
  }
}

/// Called when the queue is empty, and no request waits for an answer.
void Session::at_rest() {
  if (!began_ && options_.observer != nullptr) options_.observer->began(*machine_);
  began_ = true;
  watched_->at_rest(stuck_ > 0);
}

/// Returns false when no more requests will come. Earlier ones may still wait for their answers.
bool Session::serve(int wait_ms) {
  closed_ = !door_.serve(*this, wait_ms);
  return !closed_;
}

bool Session::turn(Ns next) {
  if (!quiet_) door_.look(*this);
  quiet_ = false;
  if (closed_ && next == kNever) give_up(kNever);
  if (closed_) return !pending_.empty();
  if (options_.pace) return paced_turn(next);
  if (next != kNever) return true;
  if (!pending_.empty()) {
    if (!dead()) outside_ = now() + kHungTask;
    give_up(outside_);
  }
  at_rest();
  const std::size_t before = asked_;
  const bool goes_on = serve(kForever);
  quiet_ = asked_ == before;
  return goes_on || !pending_.empty();
}

/// Returns for how many ms of the host's time the door may wait for a request.
int Session::wait_for(Ns next) const {
  if (next == kNever && pending_.empty()) return kForever;
  const Ns until = next != kNever ? next : pending_.begin()->second.since + kHungTask;
  const double ms = static_cast<double>((until - now()).v) / 1e6 / *options_.pace;
  return static_cast<int>(std::clamp(ms + 1, 0.0, 1e6));
}

/// Handles requests until the next event is due. The pace says how fast simulated time advances by
/// the host's clock. It does not delay events of the scenario's own operations.
bool Session::paced_turn(Ns next) {
  if (!paced_from_ms_) {
    if (next != kNever) return true;
    pace_origin_ = now();
    paced_from_ms_ = host_ms();
  }
  while (true) {
    if (next == kNever) {
      give_up(now() - kHungTask);
      if (pending_.empty()) at_rest();
    }
    const std::size_t before = asked_;
    const bool due = next <= now();
    if (!serve(due ? 0 : wait_for(next))) return !pending_.empty();
    if (asked_ != before || next <= now()) return true;
  }
}

}  // namespace cpuhp

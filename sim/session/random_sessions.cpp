#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "model/draws.hpp"
#include "sim/session/kinds.hpp"

namespace cpuhp {
namespace {

constexpr std::uint32_t kSessionStream = 0x300'0000;
constexpr std::size_t kVictimsMax = 3;

/// The kinds of statements that are drawn.
enum class Move : std::uint8_t { Plug, Fail, Target, Refusal, Smt, Module };

struct Weight {
  Move move;
  std::size_t weight;
};
constexpr Weight kWeights[] = {{Move::Plug, 40},   {Move::Fail, 24}, {Move::Target, 12},
                               {Move::Refusal, 8}, {Move::Smt, 8},   {Move::Module, 16}};

/// A write that has to be refused, or does nothing. "cpu" in front stands for a CPU of the session.
struct Refusal {
  std::string_view file;
  std::string_view value;
};
constexpr Refusal kRefusals[] = {
    {"online", "2"},
    {"online", ""},
    {"online", "text"},
    {"online", "true"},
    {"online", "False"},
    {"online", "01x"},
    {"hotplug/target", "text"},
    {"hotplug/target", "-1"},
    {"hotplug/target", "0x0"},
    {"hotplug/target", " 0"},
    {"hotplug/target", "99999999999"},
    {"hotplug/fail", ""},
    {"hotplug/fail", "text"},
    {"hotplug/fail", "99999999999"},
};

/// Draws the statements of one session.
class Draw {
 public:
  Draw(const Probed& p, const std::vector<SessionStep>& modules, const RandomSession& which)
      : p_(p), modules_(modules), draws_(kSessionStream, which.seed, which.index) {
    draw_victims();
    for (const Weight& w : kWeights) {
      if (w.move == Move::Smt && !p_.smt) continue;
      if (w.move == Move::Module && modules_.empty()) continue;
      weights_.push_back(w);
      sum_ += w.weight;
    }
    wanted_ = static_cast<std::size_t>(draws_.between(1, which.most));
  }

  std::vector<SessionStep> steps() {
    constexpr std::size_t kAllOff = 12, kConcurrent = 4, kThird = 3;
    if (draws_.below(kAllOff) == 0) all_off();
    while (steps_.size() < wanted_) {
      const Move move = draw_move();
      steps_.push_back(step(move));
      const bool walks = move == Move::Plug || move == Move::Target || move == Move::Smt;
      if (!walks || draws_.below(kConcurrent) != 0) continue;
      // `fail` is no partner: it takes no lock, and could strike in the middle of a walk.
      with();
      if (draws_.below(kThird) == 0) with();
    }
    return std::move(steps_);
  }

 private:
  void draw_victims() {
    std::vector<CpuId> all = p_.present;
    const std::size_t wanted =
        std::min(all.size(), static_cast<std::size_t>(draws_.between(1, kVictimsMax)));
    while (victims_.size() < wanted) {
      const std::size_t i = draws_.below(all.size());
      victims_.push_back(all[i]);
      all.erase(all.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  Move draw_move() {
    std::size_t left = draws_.below(sum_);
    for (const Weight& w : weights_) {
      if (left < w.weight) return w.move;
      left -= w.weight;
    }
    return Move::Plug;
  }

  SessionStep step(Move move) {
    switch (move) {
      case Move::Fail:
        return arm(draws_.one_of(victims_));
      case Move::Target:
        return target(draws_.one_of(victims_));
      case Move::Refusal:
        return refusal();
      case Move::Smt:
        return smt();
      case Move::Module:
        return module();
      case Move::Plug:
        break;
    }
    return plug(draws_.one_of(victims_));
  }

  /// A PREPARE state's fault is not left armed: on the way down it would be a "DEAD callback
  /// error". So the CPU goes up, where it may strike, and is disarmed.
  SessionStep arm(CpuId cpu) {
    constexpr std::size_t kStatements = 3;
    const int number = fail_number();
    if (number <= 0 || number > p_.bringup) {
      armed_.insert(cpu);
      return write(cpu, "hotplug/fail", std::to_string(number));
    }
    if (!p_.disarms || steps_.size() + kStatements > wanted_) return plug(cpu);
    steps_.push_back(write(cpu, "hotplug/fail", std::to_string(number)));
    if (is_in(p_.plugged, cpu))
      steps_.push_back(write(cpu, "online", "1"));
    else if (is_in(p_.aimed, cpu))
      steps_.push_back(write(cpu, "hotplug/target", std::to_string(p_.top)));
    armed_.erase(cpu);
    return write(cpu, "hotplug/fail", "-1");
  }

  /// A write at the same time as the one before: of the same CPU or of another one.
  void with() {
    constexpr std::size_t kTarget = 4;
    if (steps_.size() >= wanted_) return;
    const CpuId cpu = draws_.one_of(draws_.below(2) == 0 ? p_.present : victims_);
    SessionStep also = draws_.below(kTarget) == 0 ? target(cpu) : plug(cpu);
    also.verb = SessionVerb::With;
    steps_.push_back(std::move(also));
  }

  static SessionStep write(CpuId cpu, std::string_view file, std::string value) {
    return {.verb = SessionVerb::Write,
            .name = "cpu" + std::to_string(cpu) + '/' + std::string(file),
            .value = std::move(value)};
  }

  static bool is_in(const std::vector<CpuId>& cpus, CpuId cpu) {
    return std::ranges::find(cpus, cpu) != cpus.end();
  }

  SessionStep plug(CpuId cpu) {
    const std::string value = draws_.below(2) == 0 ? "0" : "1";
    // Without a file `online` a CPU can go down by `target` alone, if at all.
    if (!is_in(p_.plugged, cpu) && is_in(p_.aimed, cpu))
      return write(cpu, "hotplug/target", value == "0" ? value : std::to_string(p_.top));
    return write(cpu, "online", value);
  }

  SessionStep target(CpuId cpu) {
    constexpr std::size_t kAny = 6;
    if (!is_in(p_.aimed, cpu)) return plug(cpu);
    if (!p_.stops.empty() && draws_.below(2) == 0)
      return write(cpu, "hotplug/target", std::to_string(draws_.one_of(p_.stops)));
    // Any other number is refused without state control.
    if (!p_.state_control && draws_.below(kAny) == 0)
      return write(cpu, "hotplug/target", std::to_string(draws_.between(1, p_.top + 2)));
    return write(cpu, "hotplug/target", draws_.below(2) == 0 ? "0" : std::to_string(p_.top));
  }

  int fail_number() {
    constexpr std::size_t kOdd = 6, kOfModule = 3, kClear = 12;
    if (draws_.below(kClear) == 0) return -1;
    if (!modules_.empty() && !p_.unnamed.empty() && draws_.below(kOfModule) == 0)
      return draws_.one_of(p_.unnamed);
    if (draws_.below(kOdd) == 0) return static_cast<int>(draws_.between(-3, p_.top + 3));
    return draws_.one_of(p_.failing);
  }

  SessionStep refusal() {
    constexpr std::size_t kMissing = 10;
    if (draws_.below(kMissing) == 0)
      return write(p_.missing, "online", draws_.below(2) == 0 ? "0" : "1");
    const Refusal& r = kRefusals[draws_.below(std::size(kRefusals))];
    const CpuId cpu = draws_.one_of(victims_);
    // A number of `target` is no refusal on a machine where it must not be written at all.
    if (r.file == "hotplug/target" && !is_in(p_.aimed, cpu)) return plug(cpu);
    return write(cpu, r.file, std::string(r.value));
  }

  /// Never `forceoff`: it lasts until the next boot.
  SessionStep smt() {
    constexpr std::size_t kOther = 4;
    SessionStep s{.verb = SessionVerb::Write, .name = "smt/control", .value = "on"};
    if (draws_.below(kOther) == 0)
      s.value = draws_.below(2) == 0
                    ? "text"
                    : std::to_string(draws_.between(0, static_cast<std::int64_t>(p_.threads) + 1));
    else if (draws_.below(2) == 0)
      s.value = "off";
    return s;
  }

  /// Loads what is not there and unloads what is; now and then the other way round.
  SessionStep module() {
    constexpr std::size_t kOdd = 8;
    SessionStep s = draws_.one_of(modules_);
    const bool there = loaded_.contains(s.name), odd = draws_.below(kOdd) == 0;
    if (there != odd) {
      if (steps_.size() + armed_.size() >= wanted_) return plug(draws_.one_of(victims_));
      disarm();
      s.verb = SessionVerb::Unload;
      s.value.clear();
      loaded_.erase(s.name);
    } else {
      loaded_.insert(s.name);
    }
    return s;
  }

  /// An armed fault would strike when the teardown of the module's state is called, and an error
  /// there is BUG (docs/kernel.md 4.7).
  void disarm() {
    for (const CpuId cpu : armed_) steps_.push_back(write(cpu, "hotplug/fail", "-1"));
    armed_.clear();
  }

  /// All CPUs but one offline: the last one is refused.
  void all_off() {
    const CpuId last = draws_.one_of(p_.plugged);
    for (const CpuId cpu : p_.present) {
      if (cpu == last) continue;
      if (is_in(p_.plugged, cpu))
        steps_.push_back(write(cpu, "online", "0"));
      else if (is_in(p_.aimed, cpu))
        steps_.push_back(write(cpu, "hotplug/target", "0"));
      if (steps_.size() >= wanted_) return;
    }
    steps_.push_back(write(last, "online", "0"));
  }

  const Probed& p_;
  const std::vector<SessionStep>& modules_;
  DrawSequence draws_;
  std::vector<Weight> weights_;
  std::size_t sum_ = 0, wanted_ = 1;
  std::vector<CpuId> victims_;
  std::set<std::string> loaded_;
  std::set<CpuId> armed_;  ///< CPUs on which a fault may be armed
  std::vector<SessionStep> steps_;
};

}  // namespace

PlaySession random_session(const Probed& p, const std::vector<SessionStep>& modules,
                           const RandomSession& which) {
  return {.name = "random-" + std::to_string(which.seed) + '-' + std::to_string(which.index),
          .steps = Draw(p, modules, which).steps()};
}

}  // namespace cpuhp

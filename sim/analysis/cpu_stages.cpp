#include "sim/analysis/cpu_stages.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "model/operation.hpp"
#include "sim/analysis/traced_walks.hpp"

namespace cpuhp {

/// Computes the stages of one CPU from its events.
class StageTrack {
 public:
  void begins_online() { stage_ = CpuStage::Online; }

  /// Handles an event of the callback in which the driving task kicks or stops this CPU. Nothing
  /// else in a trace shows that the CPU boots or dies.
  void bracket(const Event& e, bool takedown) {
    if (takedown && e.kind == EventKind::Exit)
      go(e.ret == 0 ? CpuStage::Prepared : CpuStage::Section, e.time);
    else if (e.kind != EventKind::Exit && stage_ != CpuStage::Booting)
      go(CpuStage::Booting, e.time);
  }

  void callback(const Event& e) {
    if (e.kind == EventKind::Exit)
      last_exit_ = e.time;
    else
      enter(e);
  }

  void event(const Event& e, bool online_bit) {
    const bool dies = e.kind == EventKind::StopBegin && is_takedown(e);
    if (e.kind == EventKind::Kick || dies) go(CpuStage::Booting, e.time);
    if (e.kind == EventKind::Available) go(CpuStage::Section, e.time);
    if (e.kind == EventKind::Dead) go(CpuStage::Prepared, e.time);
    if (e.kind == EventKind::MaskSet && online_bit && stage_ == CpuStage::Off)
      go(CpuStage::Online, e.time);
  }

  std::vector<StageSpan> finish(Ns end) {
    settle();
    add(std::max(end, begin_), stage_);
    return std::move(spans_);
  }

 private:
  /// Handles the enter of a callback. The CPU goes down when its target (`value`) is below the
  /// callback's state (`step`).
  void enter(const Event& e) {
    const bool down = e.value < e.step;
    // the usual case: the direction stays
    if (down == down_ && stage_ == CpuStage::Section) return;
    if (down != down_) settle();
    down_ = down;
    if (stage_ == CpuStage::Off && !down) go(CpuStage::Prepared, e.time);
    if (stage_ == CpuStage::Online) go(CpuStage::Section, e.time);
    if (stage_ == CpuStage::Booting && down && e.role == Role::Control && !stopped_)
      go(CpuStage::Prepared, e.time);
    const bool boots = stage_ == CpuStage::Booting && !stopped_;
    if ((stage_ == CpuStage::Prepared || boots) && e.role == Role::CpuhpThread)
      go(CpuStage::Section, e.time);
  }

  /// Ends the CPU's way up or down at its last callback, as no event marks this end.
  void settle() {
    if (last_exit_ <= begin_) return;
    if (stage_ == CpuStage::Section) go(CpuStage::Online, last_exit_);
    if (stage_ == CpuStage::Prepared && down_) go(CpuStage::Off, last_exit_);
  }

  void go(CpuStage stage, Ns date) {
    if (stage == CpuStage::Prepared && stage_ == CpuStage::Off) down_ = false;
    stopped_ = stage == CpuStage::Booting && stage_ != CpuStage::Prepared;
    if (stage == CpuStage::Prepared && stage_ == CpuStage::Booting) down_ = true;
    add(date, stage_);
    stage_ = stage;
  }

  void add(Ns until, CpuStage stage) {
    if (until > begin_) {
      if (!spans_.empty() && spans_.back().stage == stage)
        spans_.back().until = until;
      else
        spans_.push_back({until, stage});
    }
    begin_ = std::max(begin_, until);
  }

  std::vector<StageSpan> spans_;
  CpuStage stage_ = CpuStage::Off;
  Ns begin_{};
  Ns last_exit_{};
  bool down_ = false;
  bool stopped_ = false;  ///< true: the CPU dies, if the stage is CpuStage::Booting
};

namespace {

bool tells_online(const Event& e, const Names& names) {
  return (e.kind == EventKind::MaskSet || e.kind == EventKind::MaskClear) &&
         names[e.name] == "online";
}

void count(const Event& e, std::vector<OnlineCount>& online) {
  const CpuId before = online.empty() ? 0 : online.back().cpus;
  online.push_back({e.time, e.kind == EventKind::MaskSet ? before + 1 : before - 1});
}

/// Returns the CPUs that are online when a trace begins. No event says this. A CPU was online if it
/// executes something before it is brought up, or if its first callback belongs to its way down or
/// to a registration, which calls nothing for an offline CPU.
std::vector<bool> online_at_first(const EventStream& stream, const std::vector<bool>& registered) {
  std::vector<bool> online(stream.nr_cpus), known(stream.nr_cpus);
  const auto learn = [&](CpuId cpu, bool is_online) {
    if (cpu >= known.size() || known[cpu]) return;
    known[cpu] = true;
    online[cpu] = is_online;
  };
  for (std::size_t i = 0; i < stream.events.size(); ++i) {
    const Event& e = stream.events[i];
    const bool goes_up = e.kind != EventKind::Exit && e.value >= e.step && e.on != e.cpu;
    learn(e.cpu, registered[i] || !goes_up);
    learn(e.on, true);
  }
  return online;
}

/// Computes the stages from a kernel's trace, which has only callbacks.
CpuStages stages_of_trace(const EventStream& stream, Ns end) {
  const std::vector<bool> registered = registrations_of_trace(stream);
  const std::vector<bool> online = online_at_first(stream, registered);
  std::vector<StageTrack> tracks(stream.nr_cpus);
  /// the open callbacks that kick or stop a CPU, by CPU and state; true: the callback stops the CPU
  std::map<std::pair<CpuId, StateId>, bool> brackets;
  for (CpuId cpu = 0; cpu < stream.nr_cpus; ++cpu)
    if (online[cpu]) tracks[cpu].begins_online();
  for (std::size_t i = 0; i < stream.events.size(); ++i) {
    const Event& e = stream.events[i];
    if (registered[i] || e.cpu >= tracks.size()) continue;
    tracks[e.cpu].callback(e);
    const std::string& callback = stream.names[e.name];
    const bool takedown = is_takedown_bracket(callback);
    if (e.kind != EventKind::Exit && (takedown || is_bringup_bracket(callback)))
      brackets[{e.cpu, e.step}] = takedown;
    const auto open = brackets.find({e.cpu, e.step});
    if (open == brackets.end()) continue;
    tracks[e.cpu].bracket(e, open->second);
    if (e.kind == EventKind::Exit) brackets.erase(open);
  }
  CpuStages stages;
  for (StageTrack& track : tracks) stages.of.push_back(track.finish(end));
  return stages;
}

}  // namespace

StagesOfRun::StagesOfRun() = default;
StagesOfRun::~StagesOfRun() = default;

void StagesOfRun::take(const EventStream& part) {
  tracks_.resize(part.nr_cpus);
  for (const Event& e : part.events) {
    if (e.cpu >= tracks_.size()) continue;
    if (is_callback(e.kind)) {
      if (!registers_) tracks_[e.cpu].callback(e);
      continue;
    }
    if (e.kind == EventKind::OpBegin) registers_ = is_registration(part.names[e.name]);
    if (e.kind == EventKind::OpEnd) registers_ = false;
    const bool online_bit = tells_online(e, part.names);
    if (online_bit) count(e, online_);
    tracks_[e.cpu].event(e, online_bit);
  }
}

CpuStages StagesOfRun::finish(Ns end) {
  CpuStages stages{.of = {}, .online = std::move(online_)};
  for (StageTrack& track : tracks_) stages.of.push_back(track.finish(end));
  return stages;
}

CpuStages cpu_stages(const EventStream& stream, Ns end) {
  if (is_callbacks_only(stream)) return stages_of_trace(stream, end);
  StagesOfRun stages;
  stages.take(stream);
  return stages.finish(end);
}

std::vector<OnlineCount> online_counts(const EventStream& stream) {
  std::vector<OnlineCount> online;
  for (const Event& e : stream.events)
    if (tells_online(e, stream.names)) count(e, online);
  return online;
}

}  // namespace cpuhp

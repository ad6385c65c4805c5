// Stacks on SimGrid actors. Only this file and plain.cpp include SimGrid, which takes seconds to
// compile.
// docs/internals.md, "The engine", describes the pitfalls that it avoids.
#include <signal.h>
#include <spdlog/spdlog.h>
#include <xbt/log.h>

#include <cstdio>
#include <exception>
#include <simgrid/kernel/Timer.hpp>
#include <simgrid/s4u.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "sim/engine/simgrid_module.hpp"

XBT_LOG_EXTERNAL_CATEGORY(root);

namespace cpuhp {
namespace {

namespace sg4 = simgrid::s4u;

/// Passes SimGrid's log to spdlog.
ssize_t log_line(void*, const char* text, std::size_t size) {
  std::string_view line(text, size);
  while (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  if (!line.empty()) spdlog::debug("simgrid: {}", line);
  return static_cast<ssize_t>(size);
}

void route_log_to_spdlog() {
  cookie_io_functions_t io{};
  io.write = log_line;
  FILE* file = fopencookie(nullptr, "w", io);
  if (file == nullptr) return;
  std::setvbuf(file, nullptr, _IOLBF, 0);
  xbt_log_appender_set(&_XBT_LOGV(XBT_LOG_ROOT_CAT), xbt_log_appender_stream(file));
}

/// Restores our SIGINT handler. SimGrid sets its own, which lists actors and exits with 1.
class KeptInterrupt {
 public:
  KeptInterrupt() {
    sigset_t interrupt;
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    sigprocmask(SIG_BLOCK, &interrupt, &mask_);
    sigaction(SIGINT, nullptr, &action_);
  }
  ~KeptInterrupt() {
    sigaction(SIGINT, &action_, nullptr);
    sigprocmask(SIG_SETMASK, &mask_, nullptr);
  }
  KeptInterrupt(const KeptInterrupt&) = delete;
  KeptInterrupt& operator=(const KeptInterrupt&) = delete;

 private:
  sigset_t mask_{};
  struct sigaction action_ {};
};

struct ActorStack final : Stacks::Stack {
  sg4::ActorPtr actor;
  bool go = false;
};

class SimgridStacks final : public Stacks {
 public:
  SimgridStacks(CpuId cpus, Hosts hosts) {
    route_log_to_spdlog();
    // Guard pages detect stack overflows. 256 KiB cost hardly more than 64 (docs/internals.md "The
    // engine").
    std::vector<std::string> words{"cpuhp-sim", "--cfg=contexts/stack-size:256",
                                   "--cfg=contexts/guard-size:1"};
    if (const char* f = CPUHP_CONTEXT_FACTORY; *f != '\0')
      words.push_back(std::string("--cfg=contexts/factory:") + f);
    std::vector<char*> argv;
    for (std::string& w : words) argv.push_back(w.data());
    argv.push_back(nullptr);
    int argc = static_cast<int>(words.size());
    const KeptInterrupt kept;
    engine_ = std::make_unique<sg4::Engine>(&argc, argv.data());
    auto* zone = sg4::create_empty_zone("platform");
    // The host computes 1 flop/s. A second of SimGrid's clock stands for a simulated nanosecond, so
    // its times are whole numbers, which doubles represent exactly.
    machine_ = zone->create_host("machine", 1.0)->set_core_count(static_cast<int>(cpus));
    for (CpuId cpu = 0; hosts == Hosts::EachCpu && cpu < cpus; ++cpu)
      zone->create_host("cpu" + std::to_string(cpu), 1.0);
    zone->seal();
  }

  void run(std::function<void()> root) override {
    auto stack = std::make_unique<ActorStack>();
    ActorStack* s = stack.get();
    stacks_.push_back(std::move(stack));
    s->actor = sg4::Actor::create("run", machine_, [this, s, &root] {
      current_ = s;
      try {
        root();
      } catch (const simgrid::ForcefulKillException&) {
        throw;
      } catch (...) {
        error_ = std::current_exception();
      }
    });
    engine_->run();
    stacks_.clear();
    base_ = Ns{};
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  }

  Stack* create(std::function<void()> main) override {
    auto stack = std::make_unique<ActorStack>();
    ActorStack* s = stack.get();
    stacks_.push_back(std::move(stack));
    s->actor = sg4::Actor::create("task", machine_, [this, s, main = std::move(main)] {
      wait_for_go(s);
      current_ = s;
      main();
    });
    return s;
  }

  Stack* current() override { return current_; }

  void switch_to(Stack* stack, Ns date) override {
    ActorStack* from = current_;
    resume_at(static_cast<ActorStack*>(stack), date);
    wait_for_go(from);
    current_ = from;
  }

  void finish_into(Stack* stack, Ns date) override {
    resume_at(static_cast<ActorStack*>(stack), date);
  }

  std::uint64_t engine_events() const override { return events_; }

 private:
  /// Sets a Timer that advances SimGrid's clock to `date` and resumes the actor. A campaign's runs
  /// each begin at time 0, but SimGrid's clock never goes back. So base_ is added.
  void resume_at(ActorStack* stack, Ns date) {
    ++events_;
    const auto clock = static_cast<std::int64_t>(sg4::Engine::get_clock());
    if (base_.v + date.v < clock) base_ = Ns{clock - date.v};
    simgrid::kernel::timer::Timer::set(static_cast<double>(base_.v + date.v), [stack] {
      stack->go = true;
      stack->actor->resume();
    });
  }

  /// Waits for `go`. With this flag, a resume() that comes before the suspend() is not lost.
  static void wait_for_go(ActorStack* stack) {
    while (!stack->go) sg4::this_actor::suspend();
    stack->go = false;
  }

  std::unique_ptr<sg4::Engine> engine_;
  sg4::Host* machine_ = nullptr;
  std::vector<std::unique_ptr<ActorStack>> stacks_;
  ActorStack* current_ = nullptr;
  std::exception_ptr error_;
  Ns base_{};
  std::uint64_t events_ = 0;
};

}  // namespace

const MakeStacks cpuhp_make_simgrid_stacks = [](CpuId cpus,
                                                Hosts hosts) -> std::unique_ptr<Stacks> {
  return std::make_unique<SimgridStacks>(cpus, hosts);
};

}  // namespace cpuhp

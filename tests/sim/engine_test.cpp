// The engine alone: its clock, its CPUs, its waits. No machine of ours runs here; tasks are a few
// lines each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "model/core.hpp"
#include "model/locking.hpp"
#include "sim/engine/scheduler.hpp"

namespace cpuhp {
namespace {

using ::testing::ElementsAre;

/// What tasks noted, as "date what", in the order of each CPU's log, CPU after CPU.
struct Notes {
  std::vector<std::string> lines;
  RunOutcome out;
};

/// A scheduler and the names of what its tasks note.
class Bench {
 public:
  Bench(Scheduler& scheduler, Names& names) : s(scheduler), names_(names) {}
  void note(const std::string& what) { s.emit({.cpu = s.cpu(), .name = names_.intern(what)}); }
  /// Works in steps of 10 ns, and notes each when it is done.
  void steps(int n, const std::string& what) {
    for (int i = 0; i < n; ++i) {
      s.work(10_ns);
      note(what);
    }
  }
  /// Starts a task at that date.
  void at(Ns date, CpuId cpu, Action body) { s.start(cpu, Role::Other, date, std::move(body)); }
  void stoppable(CpuId cpus) {
    for (CpuId cpu = 0; cpu < cpus; ++cpu) s.set_stoppable(cpu, true);
  }
  Scheduler& s;

 private:
  Names& names_;
};

Notes run_bench(SchedulerConfig config, const std::function<void(Bench&)>& setup) {
  Notes notes;
  const std::unique_ptr<Stacks> stacks = make_bare_stacks();
  stacks->run([&] {
    Names names;
    Scheduler s(*stacks);
    Bench bench(s, names);
    notes.out = s.run(config, [&] { setup(bench); });
    for (const CpuLog& log : s.logs())
      for (std::size_t i = 0; i < log.size(); ++i) {
        const Event& e = log[i];
        if (e.kind == EventKind::Enter)
          notes.lines.push_back(std::to_string(e.time.v) + " " + names[e.name]);
      }
  });
  for (const Ledger& l : notes.out.ledgers) EXPECT_EQ(l.total(), notes.out.end);
  return notes;
}

/// The same in both modes, which is what most tests here want.
Notes run_both(SchedulerConfig config, const std::function<void(Bench&)>& setup) {
  Notes ahead = run_bench(config, setup);
  config.exact = true;
  const Notes exact = run_bench(config, setup);
  EXPECT_EQ(ahead.lines, exact.lines);
  EXPECT_EQ(ahead.out.ledgers, exact.out.ledgers);
  EXPECT_EQ(ahead.out.end, exact.out.end);
  return ahead;
}

TEST(Engine, TheClockIsExactToTheNanosecond) {
  const Notes n = run_both({.cpus = 2}, [](Bench& b) {
    b.at(1_ns, 0, [&b] {
      for (int i = 0; i < 1000; ++i) b.s.work(1'000'000'007_ns);
      b.s.sleep(3_ns);
      b.note("end");
    });
  });
  EXPECT_THAT(n.lines, ElementsAre("1000000007004 end"));
  EXPECT_EQ(n.out.ledgers[0].useful, 1'000'000'007'000_ns);
  EXPECT_EQ(n.out.ledgers[0].sleeping, 3_ns);
  EXPECT_EQ(n.out.ledgers[1].idle, n.out.end);
}

TEST(Engine, ACpuRunsOneTaskAtATimeFirstInFirstOut) {
  const Notes n = run_both({}, [](Bench& b) {
    for (const char* name : {"a", "b", "c"})
      b.at(10_ns, 0, [&b, name] {
        b.note(name);
        b.s.work(5_ns);
      });
  });
  EXPECT_THAT(n.lines, ElementsAre("10 a", "15 b", "20 c"));
}

TEST(Engine, ATaskKeepsItsCpuUntilItSleeps) {
  const Notes n = run_both({}, [](Bench& b) {
    b.at(1_ns, 0, [&b] {
      b.s.work(10_ns);
      b.note("a works");
      b.s.sleep(100_ns);
      b.note("a again");
    });
    b.at(2_ns, 0, [&b] {
      b.note("b");
      b.s.work(500_ns);
      b.note("b ends");
    });
  });
  EXPECT_THAT(n.lines, ElementsAre("11 a works", "11 b", "511 b ends", "511 a again"));
}

TEST(Engine, ATaskThatMigratesWaitsForItsNewCpu) {
  const Notes n = run_both({.cpus = 2}, [](Bench& b) {
    b.at(1_ns, 0, [&b] {
      b.s.work(10_ns);
      b.note("a leaves");
      b.s.migrate(1, 5_ns);
      b.note("a on " + std::to_string(b.s.cpu()));
      b.s.work(3_ns);
      b.s.sleep(2_ns);
      b.note("a ends");
    });
    b.at(2_ns, 0, [&b] { b.note("b has CPU 0"); });
    b.at(4_ns, 1, [&b] {
      b.s.work(50_ns);
      b.note("c");
    });
  });
  EXPECT_THAT(n.lines,
              ElementsAre("11 a leaves", "11 b has CPU 0", "54 c", "54 a on 1", "59 a ends"));
  EXPECT_EQ(n.out.ledgers[0].useful, 10_ns);
  EXPECT_EQ(n.out.ledgers[1].useful, 53_ns);
}

// Whoever wakes up on a CPU that is not active any more goes on on the first that is; what belongs
// to the CPU stays.
TEST(Engine, AGeneralTaskLeavesACpuThatIsNotActive) {
  const Notes n = run_both({.cpus = 3}, [](Bench& b) {
    for (CpuId cpu = 0; cpu < 3; ++cpu) b.s.set_active(cpu, true);
    const auto sleeper = [&b](const char* who) {
      return [&b, who] {
        b.s.sleep(20_ns);
        b.note(who + (" on " + std::to_string(b.s.cpu())));
      };
    };
    b.s.start(2, Role::Control, 1_ns, sleeper("control"));
    b.s.start(2, Role::CpuhpThread, 2_ns, sleeper("cpuhp"));
    b.s.start(2, Role::Worker, 30_ns, [&b] { b.note("worker on " + std::to_string(b.s.cpu())); });
    b.at(10_ns, 0, [&b] {
      b.s.settle({});
      b.s.set_active(2, false);
      b.s.set_active(0, false);
    });
  });
  EXPECT_THAT(n.lines, ElementsAre("22 control on 1", "31 worker on 1", "22 cpuhp on 2"));
}

TEST(Engine, WhereNoCpuIsActiveATaskStays) {
  const Notes n = run_both({.cpus = 2}, [](Bench& b) {
    b.s.start(1, Role::Control, 1_ns, [&b] {
      b.s.sleep(5_ns);
      b.note("on " + std::to_string(b.s.cpu()));
    });
  });
  EXPECT_THAT(n.lines, ElementsAre("6 on 1"));
}

/// Waits for `flag`; whoever sets it calls wake().
struct Flag {
  Task* waiter = nullptr;
  bool wait(Scheduler& s, WaitMode mode, Ns deadline) {
    s.settle({});
    waiter = s.current();
    return s.block({.mode = mode}, deadline);
  }
};

TEST(Engine, ABusyWaitBurnsTheWaiterAndASleepDoesNot) {
  for (const WaitMode mode : {WaitMode::Asleep, WaitMode::Spinning}) {
    Flag flag;
    const Notes n = run_both({.cpus = 2}, [&](Bench& b) {
      b.at(1_ns, 0, [&] {
        EXPECT_TRUE(flag.wait(b.s, mode, kNever));
        b.note("woken");
      });
      b.at(10_ns, 1, [&] {
        b.s.work(90_ns);
        b.s.wake(flag.waiter, 7_ns);
      });
    });
    EXPECT_THAT(n.lines, ElementsAre("107 woken"));
    const Ledger& l = n.out.ledgers[0];
    EXPECT_EQ(mode == WaitMode::Spinning ? l.spinning : l.sleeping, 106_ns);
    EXPECT_EQ(mode == WaitMode::Spinning ? l.sleeping : l.spinning, 0_ns);
  }
}

TEST(Engine, ASignalSentAtTheDeadlineWins) {
  for (const Ns deadline : {98_ns, 99_ns, 100_ns}) {
    Flag flag;
    const Notes n = run_both({.cpus = 2}, [&](Bench& b) {
      b.at(1_ns, 0, [&, deadline] {
        b.note(flag.wait(b.s, WaitMode::Asleep, deadline) ? "woken" : "late");
      });
      b.at(1_ns, 1, [&] {
        b.s.work(98_ns);
        b.s.wake(flag.waiter, 50_ns);
      });
    });
    EXPECT_EQ(n.lines[0].substr(n.lines[0].find(' ') + 1), deadline < 99_ns ? "late" : "woken");
  }
}

TEST(Engine, AnInterruptComesBeforeWhatTheCpuHadRunAhead) {
  const Notes n = run_both({.cpus = 2}, [](Bench& b) {
    b.at(1_ns, 1, [&b] { b.steps(3, "step"); });
    b.at(1_ns, 0, [&b] {
      b.s.work(9_ns);
      b.s.interrupt(1, {.latency = 5_ns, .handler = 100_ns, .burns = true},
                    [&b] { b.note("effect"); });
    });
  });
  EXPECT_THAT(n.lines, ElementsAre("11 step", "115 effect", "121 step", "131 step"));
  EXPECT_EQ(n.out.ledgers[1].useful, 30_ns);
  EXPECT_EQ(n.out.ledgers[1].spinning, 100_ns);
}

/// An event has 32 bits for most lengths, which are too few for 3 s.
TEST(Engine, AnEventTellsHowLongALongHandlerTook) {
  constexpr Ns kLong = 14'588'812'756_ns;
  Event e;
  set_handler(e, kLong);
  EXPECT_EQ(handler_of(e), kLong);
  set_handler(e, 500_ns);
  EXPECT_EQ(handler_of(e), 500_ns);
  EXPECT_EQ(e.ret, 500);
  set_handler(e, kNever);
  EXPECT_GT(handler_of(e), 60'000_s);
}

void stop_while_others_work(Bench& b) {
  b.stoppable(3);
  for (const CpuId cpu : {1u, 2u})
    b.at(1_ns, cpu, [&b] { b.steps(3, "step " + std::to_string(b.s.cpu())); });
  b.at(1_ns, 0, [&b] {
    b.s.work(14_ns);
    b.s.stop_machine(1, [&b] {
      b.note("stopper on " + std::to_string(b.s.cpu()));
      b.s.work(100_ns);
    });
    b.note("caller");
  });
}

TEST(Engine, EverybodyStandsStillWhileTheMachineIsStopped) {
  const Notes n = run_both({.cpus = 3}, stop_while_others_work);
  EXPECT_THAT(n.lines, ElementsAre("115 caller", "11 step 1", "15 stopper on 1", "121 step 1",
                                   "131 step 1", "11 step 2", "121 step 2", "131 step 2"));
  EXPECT_EQ(n.out.ledgers[0].stopped, 100_ns);
  EXPECT_EQ(n.out.ledgers[1].useful, 130_ns) << "the victim works for its stopper";
  EXPECT_EQ(n.out.ledgers[2].stopped, 100_ns);
}

// The mutants of the settle rule that need no machine; engine_exact_test.cpp has the others.
TEST(Engine, ADroppedSettleOfAStopIsFound) {
  for (const Settle kind : {Settle::Preemption, Settle::Stop}) {
    const Notes good = run_bench({.cpus = 3}, stop_while_others_work);
    const Notes mutant = run_bench({.cpus = 3, .dropped = kind}, stop_while_others_work);
    const Notes exact =
        run_bench({.cpus = 3, .exact = true, .dropped = kind}, stop_while_others_work);
    EXPECT_EQ(exact.lines, good.lines);
    EXPECT_NE(mutant.lines, exact.lines);
  }
}

// It stands no more with the others once it is offline, but stands until its own stopper is done.
TEST(Engine, ADeadlineOnTheVictimWaitsForItsStopper) {
  const Notes n = run_both({.cpus = 2}, [](Bench& b) {
    b.stoppable(2);
    b.at(1_ns, 1, [&b] {
      b.s.sleep(50_ns);
      b.note("awake");
    });
    b.at(10_ns, 0, [&b] {
      b.s.stop_machine(1, [&b] {
        b.s.set_stoppable(1, false);
        b.s.work(100_ns);
      });
    });
  });
  EXPECT_THAT(n.lines, ElementsAre("110 awake"));
}

TEST(Engine, AStopWaitsForInterruptHandlers) {
  const Notes n = run_both({.cpus = 3}, [](Bench& b) {
    b.stoppable(3);
    b.at(10_ns, 1, [&b] { b.s.interrupt(2, {.latency = 5_ns, .handler = 50_ns}, [] {}); });
    b.at(20_ns, 0, [&b] {
      b.s.stop_machine(1, [&b] { b.note("stopper"); });
      b.note("caller");
    });
  });
  EXPECT_THAT(n.lines, ElementsAre("65 caller", "65 stopper"));
}

// kernel: stop_machine_from_inactive_cpu()
TEST(Engine, AStartingCpuStopsTheOthers) {
  const Notes n = run_both({.cpus = 3}, [](Bench& b) {
    b.stoppable(2);
    b.at(1_ns, 1, [&b] { b.steps(3, "step"); });
    b.at(10_ns, 2, [&b] {
      b.s.work(5_ns);
      b.s.stop_machine(2, StopFor::Caches, [&b] { b.s.work(100_ns); });
      b.note("online");
      b.s.set_stoppable(2, true);
    });
  });
  EXPECT_THAT(n.lines, ElementsAre("11 step", "121 step", "131 step", "115 online"));
  EXPECT_EQ(n.out.ledgers[0].stopped, 100_ns);
  EXPECT_EQ(n.out.ledgers[1].stopped, 100_ns);
  EXPECT_EQ(n.out.ledgers[2].stopped, 0_ns);
  EXPECT_EQ(n.out.ledgers[2].useful, 105_ns);
}

TEST(Engine, ACpuThatComesOnlineDuringAStopGoesOn) {
  const Notes n = run_both({.cpus = 3}, [](Bench& b) {
    b.stoppable(2);
    b.at(10_ns, 1, [&b] {
      b.s.stop_machine(1, [&b] {
        b.s.work(50_ns);
        b.s.settle({});
        b.s.work(50_ns);
      });
    });
    b.at(20_ns, 2, [&b] {
      b.s.set_stoppable(2, true);
      b.s.work(10_ns);
      b.note("goes on");
    });
  });
  EXPECT_THAT(n.lines, ElementsAre("30 goes on"));
  EXPECT_EQ(n.out.ledgers[0].stopped, 100_ns);
  EXPECT_EQ(n.out.ledgers[2].stopped, 0_ns);
}

// Three at once: two starting CPUs and a takedown.
TEST(Engine, StopsFollowOneAnother) {
  const Notes n = run_both({.cpus = 4}, [](Bench& b) {
    b.stoppable(2);
    const auto stop = [&b](CpuId victim) {
      b.s.stop_machine(victim, StopFor::Caches, [&b] {
        b.note("stopper");
        b.s.work(50_ns);
        b.s.settle({});
        b.s.work(50_ns);
      });
    };
    b.at(10_ns, 3, [stop] { stop(3); });
    b.at(20_ns, 2, [stop] { stop(2); });
    b.at(10_ns, 0, [&b, stop] {
      b.s.work(30_ns);
      stop(1);
    });
  });
  EXPECT_THAT(n.lines, ElementsAre("240 stopper", "110 stopper", "10 stopper"));
  EXPECT_EQ(n.out.ledgers[0].stopped, 300_ns);
  EXPECT_EQ(n.out.ledgers[1].stopped, 200_ns);
  EXPECT_EQ(n.out.ledgers[2].stopped, 0_ns);
}

TEST(Engine, BackgroundWorkTakesWhatIsLeft) {
  const Notes n = run_both({.cpus = 1, .background = 100_ns}, [](Bench& b) {
    b.at(10_ns, 0, [&b] {
      b.s.work(20_ns);
      b.s.sleep(30_ns);
      b.s.work(5_ns);
      b.s.settle({});
      b.s.boot_done();
    });
  });
  // 10 before the task, 30 while it sleeps, 60 after it.
  ASSERT_TRUE(n.out.at_boot);
  EXPECT_EQ(n.out.at_boot->background_left, 60_ns);
  EXPECT_EQ(n.out.at_boot->ledger, (Ledger{.useful = 65_ns}));
  EXPECT_EQ(n.out.end, 125_ns);
  EXPECT_EQ(n.out.ledgers[0].useful, 125_ns);
}

// The cases that follow are those in which the plain engine was right, and this one was not.

TEST(Engine, WaitingForInterruptHandlersIsNoWork) {
  const Notes n = run_both({.cpus = 3}, [](Bench& b) {
    b.stoppable(3);
    b.at(10_ns, 1, [&b] {
      b.s.interrupt(2, {.latency = 5_ns, .handler = 50_ns}, [] {});
      b.s.interrupt(0, {.latency = 20_ns, .handler = 10_ns}, [] {});
    });
    b.at(20_ns, 0, [&b] { b.s.stop_machine(1, [&b] { b.note("stopper"); }); });
  });
  EXPECT_THAT(n.lines, ElementsAre("65 stopper"));
}

TEST(Engine, AnInterruptThatWasSentBeforeComesBeforeTheStop) {
  const Notes n = run_both({.cpus = 2}, [](Bench& b) {
    b.stoppable(2);
    b.at(1_ns, 1, [&b] {
      b.s.interrupt(0, {.latency = 9_ns, .handler = 1_ns}, [] {});
      b.s.interrupt(0, {.latency = 49_ns, .handler = 5_ns}, [] {});
    });
    b.at(20_ns, 0, [&b] {
      b.s.work(30_ns);
      b.s.stop_machine(1, [&b] { b.note("stopper"); });
    });
  });
  EXPECT_THAT(n.lines, ElementsAre("55 stopper"));
}

TEST(Engine, AMachineThatHangsInAStopStaysStopped) {
  const Notes n = run_both({.cpus = 3, .boot_cpu = 2, .background = 100_ns}, [](Bench& b) {
    b.stoppable(3);
    b.at(10_ns, 0, [&b] {
      b.s.stop_machine(1, [&b] {
        b.s.work(20_ns);
        b.s.settle({});
        b.s.block({.mode = WaitMode::Spinning}, kNever);
      });
    });
  });
  EXPECT_EQ(n.out.end, 30_ns);
  EXPECT_EQ(n.out.ledgers[0], (Ledger{.idle = 10_ns, .stopped = 20_ns}));
  EXPECT_EQ(n.out.ledgers[1], (Ledger{.useful = 20_ns, .idle = 10_ns}));
  EXPECT_EQ(n.out.ledgers[2], (Ledger{.useful = 10_ns, .stopped = 20_ns}));
}

TEST(Engine, BackgroundWorkIsDoneAfterTheLastStop) {
  const Notes n = run_both({.cpus = 2, .background = 100_ns}, [](Bench& b) {
    b.stoppable(2);
    b.at(10_ns, 1, [&b] { b.s.stop_machine(1, [&b] { b.s.work(50_ns); }); });
  });
  EXPECT_EQ(n.out.end, 150_ns);
}

TEST(Engine, ACpuThatSpinsWhileIdleDoesNoBackgroundWork) {
  const Notes n = run_both({.cpus = 1, .background = 100_ns},
                           [](Bench& b) { b.at(10_ns, 0, [&b] { b.s.idle_spins(0, true); }); });
  EXPECT_EQ(n.out.end, 10_ns);
}

TEST(Engine, APanicCutsAnInterruptHandlerShort) {
  const Notes n = run_both({.cpus = 2}, [](Bench& b) {
    b.at(10_ns, 0, [&b] {
      b.s.interrupt(1, {.latency = 5_ns, .handler = 100_ns}, [] {});
      b.s.work(10_ns);
      b.s.settle({});
      throw SimulatedPanic{"dead"};
    });
  });
  EXPECT_EQ(n.out.ledgers[1], (Ledger{.useful = 5_ns, .idle = 15_ns}));
}

TEST(Engine, AHangNamesTheWaiterAndTheNextRunIsClean) {
  const std::unique_ptr<Stacks> stacks = make_bare_stacks();
  stacks->run([&] {
    Scheduler s(*stacks);
    const auto works = [&] {
      return s.run({.cpus = 2}, [&] { s.start(1, Role::Other, 5_ns, [&] { s.work(1_us); }); });
    };
    const RunOutcome before = works();
    const RunOutcome hung = s.run({.cpus = 2}, [&] {
      s.start(1, Role::CpuhpThread, 5_ns, [&] {
        s.work(10_ns);
        s.settle({});
        s.block({.mode = WaitMode::Spinning, .what = 3, .cpu = 0}, kNever);
        ADD_FAILURE() << "nobody woke it";
      });
    });
    ASSERT_EQ(hung.hung.size(), 1u);
    EXPECT_EQ(hung.hung[0].on, 1u);
    EXPECT_EQ(hung.hung[0].role, Role::CpuhpThread);
    EXPECT_EQ(hung.hung[0].wait.what, 3u);
    EXPECT_EQ(hung.hung[0].since, 15_ns);
    const RunOutcome after = works();
    EXPECT_TRUE(after.hung.empty());
    EXPECT_EQ(after.ledgers, before.ledgers);
    EXPECT_EQ(after.end, before.end);
  });
}

TEST(Engine, APanicEndsTheRunAndWhatWasRunAheadNeverHappened) {
  const Notes n = run_both({.cpus = 2}, [](Bench& b) {
    b.at(1_ns, 1, [&b] { b.steps(4, "step"); });
    b.at(1_ns, 0, [&b] {
      b.s.work(25_ns);
      b.s.arrive({});
      throw SimulatedPanic{"dead"};
    });
  });
  EXPECT_EQ(n.out.panic, "dead");
  EXPECT_THAT(n.lines, ElementsAre("11 step", "21 step"));
}

TEST(Engine, AnErrorOfOursComesOut) {
  EXPECT_THROW(
      run_bench({}, [](Bench& b) { b.at(1_ns, 0, [] { throw std::runtime_error("ours"); }); }),
      std::runtime_error);
}

TEST(Engine, ARunThatDoesNotEndIsAnErrorOfOurs) {
  const auto endless = [](Bench& b) {
    b.at(1_ns, 0, [&b] {
      while (true) b.s.sleep(1_ns);
    });
  };
  EXPECT_THROW(run_bench({.max_turns = 1000}, endless), std::runtime_error);
  EXPECT_THROW(run_bench({.exact = true, .max_turns = 1000}, endless), std::runtime_error);
}

/// A task on that CPU takes the lock at that date, for 10 ns.
struct Arrival {
  CpuId cpu;
  Ns date;
  bool reads = false;
};

/// Who got it, when.
std::vector<std::string> mutex_order(const std::vector<Arrival>& arrivals, bool exact) {
  std::vector<std::string> got;
  const std::unique_ptr<Stacks> stacks = make_bare_stacks();
  stacks->run([&] {
    MachineConfig config;
    config.topology = Topology::grid({.cores_per_socket = 4});
    config.costs.phase(Phase::WakeUp) = Cost::fixed(2_ns);
    const Blueprint blueprint(config);
    Scheduler s(*stacks);
    std::optional<Core> core;
    s.run({.cpus = 4, .exact = exact}, [&] {
      core.emplace(config, blueprint, s, new_core(config, blueprint));
      for (const Arrival& a : arrivals)
        s.start(a.cpu, Role::Other, 1_ns, [&, a] {
          Mutex& lock = core->lock(kKthreadd);
          s.work(a.date - 1_ns);
          a.reads ? lock.read_lock(*core, a.cpu) : lock.lock(*core, a.cpu);
          got.push_back(std::to_string(s.now().v) + (a.reads ? " reader" : " cpu") +
                        std::to_string(a.cpu));
          s.work(10_ns);
          a.reads ? lock.read_unlock(*core, a.cpu) : lock.unlock(*core, a.cpu);
        });
    });
  });
  return got;
}

TEST(Mutex, IsFirstComeFirstServedAndByCpuAtOneDate) {
  for (const bool exact : {false, true}) {
    EXPECT_THAT(mutex_order({{3, 100_ns}, {1, 105_ns}, {2, 103_ns}}, exact),
                ElementsAre("100 cpu3", "112 cpu2", "124 cpu1"));
    EXPECT_THAT(mutex_order({{3, 100_ns}, {1, 100_ns}, {2, 100_ns}, {0, 100_ns}}, exact),
                ElementsAre("100 cpu0", "112 cpu1", "124 cpu2", "136 cpu3"));
    // Given back and asked for at one date: another CPU sees it 1 ns later.
    EXPECT_THAT(mutex_order({{3, 100_ns}, {1, 110_ns}}, exact),
                ElementsAre("100 cpu3", "111 cpu1"));
  }
}

TEST(Mutex, HasManyReadersOrOneWriter) {
  constexpr bool kReads = true;
  for (const bool exact : {false, true}) {
    EXPECT_THAT(mutex_order({{0, 100_ns, kReads}, {1, 104_ns, kReads}, {2, 105_ns}}, exact),
                ElementsAre("100 reader0", "104 reader1", "116 cpu2"))
        << "the writer waits for the last reader, and is woken 2 ns later";
    EXPECT_THAT(mutex_order({{0, 100_ns}, {1, 104_ns, kReads}, {2, 105_ns, kReads}}, exact),
                ElementsAre("100 cpu0", "112 reader1", "112 reader2"))
        << "readers that wait go together";
  }
}

TEST(Mutex, AWaitingWriterKeepsLaterReadersOut) {
  constexpr bool kReads = true;
  for (const bool exact : {false, true}) {
    EXPECT_THAT(mutex_order({{0, 100_ns, kReads}, {1, 102_ns}, {2, 103_ns, kReads}}, exact),
                ElementsAre("100 reader0", "112 cpu1", "124 reader2"));
    EXPECT_THAT(
        mutex_order({{0, 100_ns}, {1, 102_ns, kReads}, {2, 103_ns}, {3, 104_ns, kReads}}, exact),
        ElementsAre("100 cpu0", "112 reader1", "124 cpu2", "136 reader3"))
        << "first come, first served";
  }
}

TEST(Mutex, ReadersAndWritersOfOneDateAreOrderedByCpu) {
  for (const bool exact : {false, true})
    EXPECT_THAT(
        mutex_order({{3, 100_ns, true}, {2, 100_ns}, {1, 100_ns, true}, {0, 100_ns, true}}, exact),
        ElementsAre("100 reader0", "100 reader1", "112 cpu2", "124 reader3"));
}

}  // namespace
}  // namespace cpuhp

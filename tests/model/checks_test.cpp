// Each invariant can be broken: a run that is fine, changed in one place, trips it.
#include "model/checks/checks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>

#include "model/checks/watch/operations.hpp"
#include "model/judged_run.hpp"
#include "model/panics.hpp"
#include "sim/scenario/scenario.hpp"
#include "tests/model/small_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;
using testing::Contains;
using testing::IsEmpty;

/// A run, and what its checks need to know.
struct Seen {
  MachineConfig config;
  EventStream stream;
};

std::set<std::string> broken(const Seen& s) {
  std::set<std::string> names;
  for (const Finding& f : check_all(s.stream, judged_by(s.config, true))) names.insert(f.invariant);
  return names;
}

Seen seen(const MachineConfig& config) { return {config, run(config).stream}; }

/// Four CPUs on an imported table: boot, and what else is asked for.
MachineConfig real_machine(const std::string& operations,
                           const std::string& more = R"(,"design":"symmetric")") {
  return parse_scenario(R"({"version":1,"machine":{"cores":4},)"
                        R"("table":"tables/x86_64-6.12.json","operations":[{"op":"boot"})" +
                            operations + "]" + more + "}",
                        CPUHP_SOURCE_DIR "/scenarios/test.json")
      .config;
}

using Wanted = std::function<bool(const Event&)>;

std::size_t place(const Seen& s, const Wanted& wanted, std::size_t from = 0) {
  for (std::size_t i = from; i < s.stream.events.size(); ++i)
    if (wanted(s.stream.events[i])) return i;
  ADD_FAILURE() << "the run has no such event";
  return 0;
}

Wanted kind(EventKind k, CpuId cpu) {
  return [=](const Event& e) { return e.kind == k && e.cpu == cpu; };
}

Wanted named_event(const Seen& s, EventKind k, CpuId cpu, const char* name) {
  const NameId id = s.stream.names.find(name);
  return [=](const Event& e) { return e.kind == k && e.cpu == cpu && e.name == id; };
}

void drop(Seen& s, const Wanted& wanted, std::size_t from = 0) {
  s.stream.events.erase(s.stream.events.begin() +
                        static_cast<std::ptrdiff_t>(place(s, wanted, from)));
}

/// Drops the n-th callback of that name for a CPU, with its exit.
void drop_call(Seen& s, const char* symbol, CpuId cpu, int nth = 1) {
  std::size_t i = 0;
  const Wanted enter = named_event(s, EventKind::Enter, cpu, symbol);
  for (int n = 0; n < nth; ++n) i = place(s, enter, n == 0 ? 0 : i + 1);
  const Event e = s.stream.events[i];
  drop(s, [&](const Event& x) {
    return x.kind == EventKind::Exit && x.cpu == e.cpu && x.step == e.step && x.time >= e.time;
  });
  s.stream.events.erase(s.stream.events.begin() + static_cast<std::ptrdiff_t>(i));
}

Event& last_of(Seen& s, const Wanted& wanted) {
  auto& events = s.stream.events;
  const auto found = std::find_if(events.rbegin(), events.rend(), wanted);
  if (found == events.rend()) ADD_FAILURE() << "the run has no such event";
  return *found;
}

void append(Seen& s, Event e) {
  e.time = s.stream.events.back().time + 1_ns;
  s.stream.events.push_back(e);
}

void insert_after(Seen& s, std::size_t i, Event e, Ns later = {}) {
  e.time = s.stream.events[i].time + later;
  s.stream.events.insert(s.stream.events.begin() + static_cast<std::ptrdiff_t>(i + 1), e);
}

/// Inserts after the first event that is wanted one that differs from it in kind and name.
void insert_like(Seen& s, const Wanted& wanted, EventKind kind, NameId name) {
  const std::size_t i = place(s, wanted);
  Event e = s.stream.events[i];
  e.kind = kind;
  e.name = name;
  insert_after(s, i, e);
}

/// A down and an up of CPU 3 after the boot.
Seen seen_cycle() { return seen(real_machine(R"(,{"op":"down","cpu":3},{"op":"up","cpu":3})")); }

Seen failed_up() {
  return seen(real_machine(R"(,{"op":"down","cpu":3},{"op":"up","cpu":3})",
                           R"(,"faults":[{"kind":"error","cpu":3,"state":"workqueue:online",)"
                           R"("nth":2,"errno":"ENOMEM"}])"));
}

Seen failed_down() {
  return seen(real_machine(R"(,{"op":"down","cpu":3})",
                           R"(,"faults":[{"kind":"refused_takedown","cpu":3}])"));
}

Seen registered() {
  return seen(real_machine(
      R"(,{"op":"setup","state":"a/one:online"},{"op":"remove","state":"a/one:online"})",
      R"(,"states":[{"name":"a/one:online","dynamic":"online","startup":"a_up","teardown":"a_down"}])"));
}

Seen instances_removed() {
  return seen(real_machine(
      R"(,{"op":"setup","state":"a/m:online"},{"op":"add_instance","state":"a/m:online",)"
      R"("instance":7},{"op":"remove_instance","state":"a/m:online","instance":7},)"
      R"({"op":"remove","state":"a/m:online"})",
      R"(,"states":[{"name":"a/m:online","dynamic":"online","multi":true,"startup":"m_up",)"
      R"("teardown":"m_down"}])"));
}

/// Two cores of two threads: their first threads go, and of the others SMT control takes one, up to
/// the last CPU that is online.
Seen smt_off_refused() {
  return seen(
      parse_scenario(R"({"version":1,"machine":{"cores":2,"threads":2,"cpu0_online_file":true},)"
                     R"("table":"tables/x86_64-6.1.json","operations":[{"op":"boot"},)"
                     R"({"op":"down","cpu":0},{"op":"down","cpu":1},)"
                     R"({"op":"write","path":"smt/control","value":"off"}]})",
                     CPUHP_SOURCE_DIR "/scenarios/test.json")
          .config);
}

/// A driver is set up while a CPU, which came down and up beside it, has not rested yet.
Seen registered_beside_a_walk() {
  return seen(real_machine(
      R"(,{"op":"down","cpu":3},{"op":"up","cpu":3},)"
      R"({"op":"setup","state":"a/one:online","with":2,"delay_ns":100000},{"op":"down","cpu":2})",
      R"(,"states":[{"name":"a/one:online","dynamic":"online","startup":"a_up","teardown":"a_down"}])"));
}

/// SMT is switched off and on while the second core is offline.
Seen smt_switched() {
  return seen(
      parse_scenario(R"({"version":1,"machine":{"cores":2,"threads":2},)"
                     R"("table":"tables/x86_64-7.3.json","design":"symmetric","operations":[)"
                     R"({"op":"boot"},{"op":"down","cpus":"1,3"},)"
                     R"({"op":"write","path":"smt/control","value":"off"},)"
                     R"({"op":"write","path":"smt/control","value":"on"}]})",
                     CPUHP_SOURCE_DIR "/scenarios/test.json")
          .config);
}

/// A kexec on powerpc, with one CPU offline.
Seen kexec() {
  return seen(parse_scenario(R"({"version":1,"machine":{"cores":2,"threads":2},)"
                             R"("table":"tables/ppc64el-6.12.json","design":"symmetric",)"
                             R"("operations":[{"op":"boot"},{"op":"down","cpu":3},)"
                             R"({"op":"shutdown","kexec":true}]})",
                             CPUHP_SOURCE_DIR "/scenarios/test.json")
                  .config);
}

struct CheckMutant {
  const char* invariant;
  std::function<Seen()> base;
  std::function<void(Seen&)> change;
};

const CheckMutant kMutants[] = {
    {"I5", seen_cycle,
     [](Seen& s) { last_of(s, named_event(s, EventKind::Disown, 3, "idle mm")).on = 3; }},
    {"I7", seen_cycle,
     [](Seen& s) {
       const Wanted first = [](const Event& e) {
         return e.kind == EventKind::Exit && e.cpu == 3 && e.role == Role::ApBoot;
       };
       s.stream.events[place(s, first)].ret = -5;
       drop_call(s, "sched_cpu_starting", 3);
     }},
    {"I8", seen_cycle, [](Seen& s) { drop_call(s, "perf_event_exit_cpu", 3); }},
    {"I11", failed_up, [](Seen& s) { last_of(s, kind(EventKind::Rest, 3)).step = 40; }},
    {"I12", failed_down,
     [](Seen& s) {
       drop(s, named_event(s, EventKind::Unpark, 3, "smpboot"), s.stream.events.size() / 2);
     }},
    // A series moves some CPUs for good, but each of them all the way.
    {"I12", smt_off_refused, [](Seen& s) { last_of(s, kind(EventKind::Rest, 2)).step = 40; }},
    {"I13", failed_up, [](Seen& s) { last_of(s, kind(EventKind::OpEnd, 3)).ret = -5; }},
    {"I14", seen_cycle,
     [](Seen& s) {
       const std::size_t i = place(s, [](const Event& e) {
         return e.kind == EventKind::Enter && e.cpu == 3 && e.role == Role::ApBoot;
       });
       const std::size_t online = place(s, named_event(s, EventKind::MaskSet, 3, "online"));
       const Event e = s.stream.events[online];
       s.stream.events.erase(s.stream.events.begin() + static_cast<std::ptrdiff_t>(online));
       insert_after(s, i - 1, e);
     }},
    {"I15", seen_cycle,
     [](Seen& s) { drop(s, named_event(s, EventKind::MaskClear, 3, "active")); }},
    {"I16", failed_down,
     [](Seen& s) {
       drop(s, named_event(s, EventKind::MaskSet, 2, "active")),
           append(s, {.cpu = 2, .on = 2, .kind = EventKind::Run});
     }},
    {"I17", seen_cycle, [](Seen& s) { drop(s, named_event(s, EventKind::Park, 3, "cpuhp")); }},
    {"I18", seen_cycle, [](Seen& s) { drop(s, named_event(s, EventKind::Unpark, 3, "stopper")); }},
    {"I19", seen_cycle,
     [](Seen& s) {
       insert_after(s, place(s, kind(EventKind::StopBegin, 3)),
                    {.cpu = 1, .on = 1, .kind = EventKind::Wake}, 1_ns);
     }},
    {"I20", seen_cycle, [](Seen& s) { drop(s, named_event(s, EventKind::Disown, 3, "timers")); }},
    {"I21", seen_cycle,
     [](Seen& s) {
       const std::size_t i = place(s, named_event(s, EventKind::Complete, 3, "done_up"));
       insert_after(s, i, s.stream.events[i]);
     }},
    {"I22", seen_cycle, [](Seen& s) { append(s, {.cpu = 3, .on = 0, .kind = EventKind::Hang}); }},
    {"I23", seen_cycle,
     [](Seen& s) {
       const NameId dead = s.stream.names.find("dead");
       append(s, {.cpu = 3, .on = 0, .name = dead, .kind = EventKind::WaitBegin});
       append(s, {.cpu = 3, .on = 0, .name = dead, .kind = EventKind::WaitEnd});
       s.stream.events.back().time += 11_s;
     }},
    // Who waits may be late where another task has its CPU, but not where that was over in time.
    {"I23", seen_cycle,
     [](Seen& s) {
       const NameId dead = s.stream.names.find("dead");
       append(s, {.cpu = 3, .on = 0, .name = dead, .kind = EventKind::WaitBegin});
       append(s, {.cpu = 3, .on = 0, .kind = EventKind::Wake, .role = Role::Worker});
       append(s, {.cpu = 3, .on = 0, .name = dead, .kind = EventKind::WaitEnd});
       s.stream.events.back().time += 11_s;
     }},
    // Nor where a hypervisor had the virtual CPU, and gave it back in time.
    {"I23", seen_cycle,
     [](Seen& s) {
       const NameId dead = s.stream.names.find("dead");
       append(s, {.cpu = 3, .on = 0, .name = dead, .kind = EventKind::WaitBegin});
       append(s, {.cpu = 0, .on = 0, .kind = EventKind::Interrupt, .role = Role::Irq});
       set_handler(s.stream.events.back(), 4_s);
       append(s, {.cpu = 3, .on = 0, .name = dead, .kind = EventKind::WaitEnd});
       s.stream.events.back().time += 11_s;
     }},
    {"panic", seen_cycle,
     [](Seen& s) {
       const NameId why = s.stream.names.intern(kNoActiveCpu);
       append(s, {.cpu = 3, .on = 0, .name = why, .kind = EventKind::Panic});
     }},
    {"I24", seen_cycle,
     [](Seen& s) {
       last_of(s, kind(EventKind::SyncState, 3)).value = static_cast<int>(SyncState::ShouldDie);
     }},
    // Two sides may write at one date, but each what is its own to write.
    {"I24", seen_cycle,
     [](Seen& s) {
       Event& dead = last_of(s, [](const Event& e) {
         return e.kind == EventKind::SyncState && e.value == static_cast<int>(SyncState::Dead);
       });
       const std::size_t i = static_cast<std::size_t>(&dead - s.stream.events.data());
       Event kicked = dead;
       kicked.on = 0;
       kicked.value = static_cast<int>(SyncState::ShouldOnline);
       insert_after(s, i, kicked);
     }},
    {"I25", registered,
     [](Seen& s) {
       const NameId mutex = s.stream.names.find("cpuhp_state_mutex");
       drop(s, [=](const Event& e) { return e.kind == EventKind::Acquire && e.name == mutex; });
     }},
    {"I26", seen_cycle,
     [](Seen& s) {
       const auto enters = [](const Event& e) {
         return e.kind == EventKind::Enter && e.cpu == 3 && e.role == Role::CpuhpThread;
       };
       insert_like(s, enters, EventKind::WaitBegin, s.stream.names.find("cpu_hotplug_lock"));
     }},
    {"I27", seen_cycle,
     [](Seen& s) {
       const NameId online = s.stream.names.find("online");
       for (const CpuId cpu : {3u, 2u, 1u, 0u})
         append(s, {.cpu = cpu, .on = cpu, .name = online, .kind = EventKind::MaskClear});
     }},
    {"I28", seen_cycle, [](Seen& s) { last_of(s, kind(EventKind::Rest, 3)).value = 199; }},
    {"I30", seen_cycle, [](Seen& s) { last_of(s, kind(EventKind::Rest, 3)).ret = 188; }},
    {"I32", registered, [](Seen& s) { drop_call(s, "a_up", 2); }},
    {"I32", registered_beside_a_walk, [](Seen& s) { drop_call(s, "a_up", 3); }},
    {"I33", registered,
     [](Seen& s) {
       const std::size_t i = place(s, [](const Event& e) { return e.kind == EventKind::Register; });
       insert_after(s, i, s.stream.events[i]);
     }},
    {"I34", [] { return seen(real_machine(R"(,{"op":"suspend"},{"op":"resume"})")); },
     [](Seen& s) {
       last_of(s, [](const Event& e) { return e.kind == EventKind::Disabled; }).ret = -1;
     }},
    {"I35", seen_cycle,
     [](Seen& s) {
       const std::size_t i = place(s, kind(EventKind::Create, 3));
       append(s, s.stream.events[i]);
     }},
    {"I36", failed_down,
     [](Seen& s) {
       const auto cleared = [&](const Event& e) {
         return named_event(s, EventKind::MaskClear, 3, "dying")(e);
       };
       drop(s, cleared);
     }},
    {"I37", seen_cycle,
     [](Seen& s) {
       append(s,
              {.cpu = 3, .on = 0, .name = s.stream.names.find("cpuhp"), .kind = EventKind::Wake});
     }},
    {"I38", seen_cycle,
     [](Seen& s) {
       const std::size_t i = place(s, named_event(s, EventKind::MaskClear, 3, "rcu"));
       Event e = s.stream.events[place(s, named_event(s, EventKind::Enter, 3, "timers_dead_cpu"))];
       insert_after(s, i - 1, e);
     }},
    {"I39", instances_removed,
     [](Seen& s) {
       last_of(s, [](const Event& e) { return e.kind == EventKind::Unregister; }).ret = 1;
     }},
    {"I40", seen_cycle,
     [](Seen& s) {
       insert_like(s, named_event(s, EventKind::Enter, 3, "sched_cpu_starting"),
                   EventKind::AtomicSleep, s.stream.names.intern("wait"));
     }},
    // Given up on its way, before it, and at rest.
    {"I41", seen_cycle,
     [](Seen& s) {
       insert_after(s, place(s, named_event(s, EventKind::MaskSet, 3, "rcu")),
                    {.cpu = 3, .on = 0, .kind = EventKind::Blame});
     }},
    {"I41", seen_cycle,
     [](Seen& s) {
       insert_after(s, place(s, kind(EventKind::Kick, 3)),
                    {.cpu = 3, .on = 0, .kind = EventKind::Blame});
     }},
    {"I41", seen_cycle,
     [](Seen& s) { append(s, {.cpu = 3, .ret = -1, .step = 0, .kind = EventKind::Rest}); }},
    {"I42",
     [] {
       return seen(
           real_machine(R"(,{"op":"down","cpu":3})",
                        R"(,"design":"symmetric","limits":{"online_callback_ns":10000000})"));
     },
     [](Seen& s) {
       Event& exit = last_of(s, [](const Event& e) {
         return e.kind == EventKind::Exit && e.role == Role::CpuhpThread;
       });
       exit.time += 10_ms;
     }},
    {"boot", seen_cycle, [](Seen& s) { drop(s, kind(EventKind::Kick, 2)); }},
    {"told", seen_cycle,
     [](Seen& s) { drop(s, kind(EventKind::Alive, 3), place(s, kind(EventKind::Dead, 3))); }},
    {"smt", smt_switched,
     [](Seen& s) {
       const std::size_t i = place(s, [](const Event& e) {
         return e.kind == EventKind::OpBegin && e.instance == 4;  // `cpus` are two operations
       });
       insert_after(s, i, {.cpu = 3, .on = 0, .kind = EventKind::Kick});
     }},
    {"kexec", kexec,
     [](Seen& s) {
       drop(s, named_event(s, EventKind::MaskSet, 3, "online"), place(s, kind(EventKind::Dead, 3)));
     }},
    // Within a callback, and on a CPU that is gone.
    {"I6", seen_cycle,
     [](Seen& s) {
       const std::size_t i = place(s, named_event(s, EventKind::Enter, 3, "sched_cpu_starting"));
       insert_after(s, i, {.cpu = 3, .on = 3, .kind = EventKind::Interrupt, .role = Role::Irq});
     }},
    {"I20", seen_cycle,
     [](Seen& s) {
       insert_after(s, place(s, kind(EventKind::Dead, 3)),
                    {.cpu = 3, .on = 3, .kind = EventKind::Interrupt, .role = Role::Irq});
     }},
    // A subsystem's mask, and a run queue.
    {"I15", seen_cycle,
     [](Seen& s) {
       insert_like(s, kind(EventKind::Dead, 3), EventKind::MaskSet, s.stream.names.intern("perf"));
     }},
    {"I12", failed_down,
     [](Seen& s) {
       insert_like(s, kind(EventKind::StopBegin, 3), EventKind::MaskClear,
                   s.stream.names.intern("run queues"));
     }},
    {"panic", seen_cycle,
     [](Seen& s) { append(s, {.cpu = 0, .on = 0, .kind = EventKind::Panic}); }},
    {"cpusets", seen_cycle,
     [](Seen& s) {
       const std::size_t half = place(s, kind(EventKind::BootDone, 0));
       drop(s, named_event(s, EventKind::MaskSet, 3, "cpusets"), half);
     }},
};

TEST(Checks, EachInvariantCanBeBroken) {
  for (const CheckMutant& m : kMutants) {
    Seen s = m.base();
    EXPECT_THAT(broken(s), IsEmpty()) << m.invariant << ": the run itself is fine";
    m.change(s);
    EXPECT_THAT(broken(s), Contains(m.invariant));
  }
}

// The others break more, as a step that is missing does.
TEST(Checks, TheseMutantsBreakNothingElse) {
  for (const CheckMutant& m : kMutants) {
    const std::string invariant = m.invariant;
    if (invariant != "I26" && invariant != "I39" && invariant != "I40") continue;
    Seen s = m.base();
    m.change(s);
    EXPECT_EQ(broken(s), std::set<std::string>{invariant});
  }
}

// A setup runs its callbacks without the lock as a writer.
TEST(Checks, ALimitIsOneOfWalks) {
  constexpr const char* kSlow =
      R"(,"design":"symmetric","states":[{"name":"drv","dynamic":"online","startup":"drv_up",)"
      R"("costs":{"startup":20000000}}],"limits":{"online_callback_ns":10000000})";
  EXPECT_THAT(broken(seen(real_machine(R"(,{"op":"setup","state":"drv"})", kSlow))), IsEmpty());
  EXPECT_EQ(
      broken(seen(real_machine(
          R"(,{"op":"setup","state":"drv"},{"op":"down","cpu":3},{"op":"up","cpu":3})", kSlow))),
      std::set<std::string>{"I42"});
}

// The chain ignores what CPU_ONLINE returns: CPU 2 is where it should be when CPU 3 fails.
TEST(Checks, AnErrorThatTheNotifiersIgnoreIsNone) {
  Seen s =
      seen(parse_scenario(R"({"version":1,"machine":{"cores":2,"threads":2},"design":"notifier",)"
                          R"("table":"tables/x86_64-6.1.json","operations":[{"op":"boot"},)"
                          R"({"op":"write","path":"smt/control","value":"off"},)"
                          R"({"op":"write","path":"smt/control","value":"on"}],"faults":[)"
                          R"({"kind":"error","cpu":2,"state":"RCU/tree:online","nth":2},)"
                          R"({"kind":"error","cpu":3,"state":"timers:prepare","nth":2}]})",
                          CPUHP_SOURCE_DIR "/scenarios/test.json")
               .config);
  EXPECT_THAT(broken(s), IsEmpty());
  last_of(s, kind(EventKind::Rest, 2)).value = 199;  // not where it should be after all
  EXPECT_THAT(broken(s), Contains("I11"));
}

// A teardown fails while a bring-up is undone: the CPU rests with its threads unparked, and they are
// parked when the next bring-up fails.
TEST(Checks, AfterAFailedRollbackThreadsNeedNotAgreeWithTheState) {
  const Seen s = seen(real_machine(
      R"(,{"op":"down","cpu":1},{"op":"up","cpu":1},{"op":"up","cpu":1})",
      R"(,"design":"async","faults":[{"kind":"error","cpu":1,"state":"workqueue:online","nth":2},)"
      R"({"kind":"error","cpu":1,"state":"smpboot/threads:online","direction":"down","nth":2},)"
      R"({"kind":"error","cpu":1,"state":"sched:active","nth":2}])"));
  EXPECT_THAT(broken(s), IsEmpty());
}

// While another operation runs, what `fail` reads then is believed, and what it reads later is not.
TEST(Checks, FailIsReadAnewBesideAnotherOperation) {
  Seen s = seen(real_machine(
      R"(,{"op":"down","cpu":3},{"op":"write","path":"cpu2/hotplug/fail","value":"197",)"
      R"("with":1,"delay_ns":1000})"));
  EXPECT_THAT(broken(s), IsEmpty());
  last_of(s, kind(EventKind::Rest, 2)).ret = 188;
  EXPECT_THAT(broken(s), Contains("I30"));
}

/// v4.6, whose rollbacks leave `skip_onerr` states out, and whose takedown begins where it is asked
/// for: down and up of CPU 3, asked for on itself.
MachineConfig machine_of_v4_6(const std::string& more = "") {
  return parse_scenario(
             R"({"version":1,"machine":{"cores":4,"cpu0_online_file":true},)"
             R"("table":"tables/v4.6.json","design":"symmetric","operations":[{"op":"boot"},)"
             R"({"op":"write","path":"cpu3/online","value":"0","on":3},{"op":"up","cpu":3}])" +
                 more + "}",
             CPUHP_SOURCE_DIR "/scenarios/test.json")
      .config;
}

TEST(Checks, ARollbackMayLeaveOutASkipOnerrState) {
  const char* const faults[] = {
      R"(,"faults":[{"kind":"refused_takedown","cpu":3}])",
      R"(,"faults":[{"kind":"never_alive","cpu":3,"nth":2}])",
      R"(,"faults":[{"kind":"error","cpu":3,"state":"smpboot:threads","nth":2}])",
  };
  for (const char* fault : faults) EXPECT_THAT(broken(seen(machine_of_v4_6(fault))), IsEmpty());
  // Where nothing failed, none is left out.
  Seen left_out = seen(machine_of_v4_6());
  EXPECT_THAT(broken(left_out), IsEmpty());
  drop_call(left_out, "notify_online", 3, 2);
  EXPECT_THAT(broken(left_out), Contains("I8"));
}

// Later kernels have moved the task away by then: I5 (and so has this one when its takedown ends).
TEST(Checks, TheTakedownBeginsOnThePluggedCpuInV4_6Only) {
  Seen s = seen(machine_of_v4_6());
  const std::size_t enter = place(s, named_event(s, EventKind::Enter, 3, "takedown_cpu"));
  EXPECT_EQ(s.stream.events[enter].on, 3u);
  EXPECT_THAT(broken(s), IsEmpty());
  const StateId teardown = s.stream.events[enter].step;
  s.stream
      .events[place(
          s,
          [=](const Event& e) {
            return e.kind == EventKind::Exit && e.step == teardown && e.cpu == 3;
          },
          enter)]
      .on = 3;
  EXPECT_THAT(broken(s), Contains("I5"));
  Seen later = seen_cycle();
  later.stream.events[place(later, named_event(later, EventKind::Enter, 3, "takedown_cpu"))].on = 3;
  EXPECT_THAT(broken(later), Contains("I5"));
}

// What failed is the registration: the walks after it have no error of their own to hand on.
// The task has begun it there and moved on, and now waits for ever.
TEST(Checks, ATakedownWithoutAnEndMayHaveBegunOnThePluggedCpuInV4_6) {
  const MachineConfig c =
      machine_of_v4_6(R"(,"faults":[{"kind":"lost_wakeup","cpu":3,"nth":3,"wakeup":"control"}])");
  const Seen s = seen(c);
  EXPECT_EQ(s.stream.events[place(s, named_event(s, EventKind::Enter, 3, "takedown_cpu"))].on, 3u);
  EXPECT_EQ(s.stream.events[place(s, kind(EventKind::Hang, 3))].role, Role::Control);
  EXPECT_THAT(check_all(s.stream, judged_by(c, false)), IsEmpty());
}

// 6.1.0 has lost it, 6.1.178 keeps it (673db10729fb).
TEST(Checks, AnErrorThatTheRollbackOfInstancesLosesIsOneOfTheKernels) {
  const MachineConfig c =
      parse_scenario(R"({"version":1,"machine":{"cores":4},"table":"tables/s390x-6.1.json",)"
                     R"("design":"symmetric","operations":[{"op":"boot"},{"op":"down","cpu":3},)"
                     R"({"op":"up","cpu":3}],"faults":[{"kind":"error","cpu":3,"nth":4,)"
                     R"("state":"mm/zswap_pool:prepare"}]})",
                     CPUHP_SOURCE_DIR "/scenarios/test.json")
          .config;
  const EventStream stream = seen(c).stream;
  const auto source = [&](const Judged& judged) {
    std::string all;
    for (const Finding& f : check_all(stream, judged))
      if (f.invariant == "I13") all += f.source;
    return all;
  };
  Judged judged = judged_by(c, true);
  EXPECT_THAT(source(judged), testing::HasSubstr("kernels do so"));
  judged.rules.instance_error_lost = false;
  EXPECT_EQ(source(judged), "docs/kernel.md 7, I13");
}

TEST(Checks, AnErrorOfARegistrationIsNotTheNextWalks) {
  MachineConfig c = real_machine(
      R"(,{"op":"setup","state":"drv"},{"op":"down","cpu":3},{"op":"up","cpu":3})",
      R"(,"design":"symmetric","states":[{"name":"drv","dynamic":"online","startup":"drv_up"}],)"
      R"("faults":[{"kind":"error","cpu":3,"state":"drv"}])");
  const RunResult r = run(c);
  EXPECT_LT(r.operations.at(1).ret, 0);
  EXPECT_THAT(broken(seen(c)), IsEmpty());
}

// The dying CPU's last word and the control CPU's "should die" may share a date: either was first.
TEST(Checks, WhatTwoSidesWriteAtOneDateStandsInNoOrder) {
  Seen s = seen_cycle();
  const auto to = [](SyncState state) {
    return [=](const Event& e) {
      return e.kind == EventKind::SyncState && e.cpu == 3 && e.value == static_cast<int>(state);
    };
  };
  const std::size_t asked = place(s, to(SyncState::ShouldDie));
  const std::size_t said = place(s, to(SyncState::Dead), asked);
  std::swap(s.stream.events[asked], s.stream.events[said]);
  s.stream.events[asked].time = s.stream.events[said].time;
  EXPECT_THAT(broken(s), testing::Not(Contains("I24")));
  s.stream.events[asked].time = s.stream.events[said].time - 1_ns;
  EXPECT_THAT(broken(s), Contains("I24")) << "not at one date";
}

// Two tasks write `fail` at one date, or one writes it while its CPU is struck.
// Where nothing takes time, a refused takedown parks and unparks the threads at the date of its stop.
TEST(Checks, ThreadsThatWereParkedAtTheDateOfAStopWereParked) {
  MachineConfig c = real_machine(R"(,{"op":"down","cpu":3})",
                                 R"(,"faults":[{"kind":"refused_takedown","cpu":3}])");
  for (Cost& cost : c.costs.phases) cost = {};
  Seen s = seen(c);
  const std::size_t stop = place(s, kind(EventKind::StopBegin, 3));
  const std::size_t parks = place(s, named_event(s, EventKind::Park, 3, "cpuhp"));
  EXPECT_EQ(s.stream.events[parks].time, s.stream.events[stop].time);
  EXPECT_THAT(broken(s), IsEmpty());
  s.stream.events.erase(s.stream.events.begin() + static_cast<std::ptrdiff_t>(parks));
  EXPECT_THAT(broken(s), Contains("I17"));
}

TEST(Checks, AnArmedFailHasNoOrderWithinADate) {
  ArmedFail fail;
  fail.arm(197, 5_ns);
  EXPECT_FALSE(fail.reads(-1)) << "a write that is lost";
  fail.arm(197, 6_ns);
  fail.arm(-1, 6_ns);
  EXPECT_TRUE(fail.reads(197)) << "the other one was the last";
  fail.arm(149, 7_ns);
  EXPECT_TRUE(fail.strikes(197, 7_ns)) << "before it was written";
  EXPECT_TRUE(fail.reads(149));
  EXPECT_FALSE(fail.strikes(197, 8_ns));
  EXPECT_EQ(fail.armed(), -1);
}

// Two operations ask for the same CPU. The first one's walk fails at its first step; the second's
// begins with the same step, right after it.
TEST(Checks, OperationsThatTakeTurnsWalkOneAfterTheOther) {
  for (const Design design :
       {Design::Notifier, Design::Symmetric, Design::Parallel, Design::Async}) {
    MachineConfig c = real_machine(
        R"(,{"op":"down","cpu":3},{"op":"up","cpu":3,"with":1},{"op":"up","cpu":3,"with":1})",
        R"(,"faults":[{"kind":"error","cpu":3,"state":"threads:prepare","nth":2}])");
    c.design = design;
    EXPECT_THAT(broken(seen(c)), IsEmpty()) << to_string(design);
  }
}

// v4.5's notifiers are one function for all actions: its symbol does not tell the way.
TEST(Checks, OneFunctionForBothWays) {
  for (const char* more :
       {"", R"(,"faults":[{"kind":"never_alive","cpu":3,"nth":2}])",
        R"(,"faults":[{"kind":"refused_takedown","cpu":3}])",
        R"(,"faults":[{"kind":"error","cpu":3,"state":"RCU/tree:online","direction":"down"}])"}) {
    const MachineConfig c =
        parse_scenario(
            std::string(R"({"version":1,"machine":{"cores":4},"table":"tables/v4.5.json",)"
                        R"("design":"notifier","operations":[{"op":"boot"},)"
                        R"({"op":"down","cpu":3},{"op":"up","cpu":3},{"op":"up","cpu":3}])") +
                more + "}",
            CPUHP_SOURCE_DIR "/scenarios/test.json")
            .config;
    EXPECT_THAT(broken(seen(c)), IsEmpty()) << more;
  }
}

TEST(Checks, FindNothingInAnyDesign) {
  for (const Design design :
       {Design::Notifier, Design::Symmetric, Design::Parallel, Design::Async}) {
    MachineConfig c = real_machine(
        R"(,{"op":"down","cpu":3},{"op":"up","cpu":3},{"op":"suspend"},{"op":"resume"},)"
        R"({"op":"write","path":"cpu2/online","value":"0"},{"op":"shutdown"})");
    c.design = design;
    EXPECT_THAT(broken(seen(c)), IsEmpty()) << to_string(design);
  }
}

}  // namespace
}  // namespace cpuhp

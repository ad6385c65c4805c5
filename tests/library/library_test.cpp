// The library as a program uses it: through include/cpuhp/ and the shared object alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <stdexcept>

#include "cpuhp/cpuhp.hpp"

namespace {

using namespace cpuhp::api;
namespace hp = cpuhp::api;  // testing::Test has a Run of its own

const std::string kScenarios = CPUHP_SOURCE_DIR "/scenarios/";
constexpr std::array kDesigns{"symmetric", "parallel", "async"};

/// Does what a test wants in a callback. Not copyable with the machine: it points to the test.
struct Does {
  std::function<int(Callback&)> up, down;
  int startup(Callback& cb) { return up ? up(cb) : 0; }
  int teardown(Callback& cb) { return down ? down(cb) : 0; }
};

Scenario with(Does driver, StateOptions options = {.name = "test:online"}) {
  auto scenario = Scenario::machine(1, 4, 1);
  const std::string name = options.name;
  scenario.add_state(std::move(options), std::move(driver)).setup(name).boot();
  return scenario;
}

std::string error_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::set<std::string> invariants(const hp::Run& run) {
  std::set<std::string> all;
  for (const Finding& f : run.findings) all.insert(f.invariant);
  return all;
}

std::string digest_of_command(const std::string& scenario, const std::string& design) {
  const std::string command = std::string(CPUHP_BINARY) + " run --format json --design " + design +
                              ' ' + scenario + " 2>&1";
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  std::string text;
  std::array<char, 4096> block;
  while (const std::size_t n = std::fread(block.data(), 1, block.size(), pipe))
    text.append(block.data(), n);
  ::pclose(pipe);
  const std::size_t at = text.find("\"digest\":");
  const std::size_t from = text.find('"', at + 9) + 1;
  return at == std::string::npos ? text : text.substr(from, 16);
}

TEST(LibraryRun, HasTheDigestOfTheCommand) {
  for (const char* file : {"boot-8-cpus.json", "offline-one-cpu.json", "fail-one-step.json"})
    for (const char* design : kDesigns) {
      const hp::Run run =
          Scenario::load(kScenarios + file).set(std::string("/design=") + design).run();
      EXPECT_EQ(run.digest, digest_of_command(kScenarios + file, design)) << file << ' ' << design;
    }
}

TEST(LibraryRun, ShowsOperationsEventsAndTimes) {
  const hp::Run run = Scenario::machine(1, 2, 2)
                          .boot()
                          .down(3)
                          .up(3)
                          .down(9'999)
                          .write("cpu1/online", "0")
                          .set("/operations/3/cpu=2")
                          .run();
  ASSERT_EQ(run.operations.size(), 5u);
  EXPECT_EQ(run.operations[0].kind, "boot");
  EXPECT_EQ(run.operations[1].cpu, 3u);
  for (const Operation& op : run.operations) EXPECT_EQ(op.ret, 0) << op.kind;
  EXPECT_LT(run.operations[1].begin_ns, run.operations[1].end_ns);
  EXPECT_EQ(run.cpus, 4u);
  EXPECT_EQ(run.online, 2u);
  EXPECT_GT(run.bringup_ns, 0);
  EXPECT_TRUE(std::ranges::is_sorted(run.events, {}, &Event::time_ns));
  EXPECT_TRUE(run.ok());
}

TEST(LibraryDriver, IsCalledOnEachCpuForItsTime) {
  for (const char* design : kDesigns) {
    std::map<unsigned, int> ups, downs;
    const hp::Run run = with({[&](Callback& cb) {
                                EXPECT_TRUE(cb.bringing_up());
                                EXPECT_TRUE(cb.may_sleep());
                                const std::int64_t before = cb.now_ns();
                                cb.work(1'000);
                                cb.sleep(2'000);
                                EXPECT_GE(cb.now_ns(), before + 3'000);
                                ++ups[cb.cpu()];
                                return 0;
                              },
                              [&](Callback& cb) {
                                EXPECT_FALSE(cb.bringing_up());
                                ++downs[cb.cpu()];
                                return 0;
                              }})
                            .set(std::string("/design=") + design)
                            .down(2)
                            .up(2)
                            .run();
    EXPECT_EQ(ups, (std::map<unsigned, int>{{0, 1}, {1, 1}, {2, 2}, {3, 1}})) << design;
    EXPECT_EQ(downs, (std::map<unsigned, int>{{2, 1}})) << design;
    EXPECT_TRUE(run.ok());
    EXPECT_TRUE(std::ranges::any_of(
        run.events, [](const Event& e) { return e.name == "test_online_teardown"; }));
  }
}

TEST(LibraryDriver, EachRunBeginsWithACopyOfWhatWasAdded) {
  struct Counts {
    int calls = 0;
    int startup(Callback& cb) {
      cb.work(1'000 * ++calls);
      return 0;
    }
  };
  auto scenario = Scenario::machine(1, 4, 1);
  scenario.add_state({.name = "counts:online"}, Counts{}).setup("counts:online").boot();
  EXPECT_EQ(scenario.run().digest, scenario.run().digest);
}

TEST(LibraryDriver, SeesWhatItsOtherCpusDidInTheOrderOfTheDates) {
  for (unsigned cores : {2u, 5u, 16u}) {
    std::vector<std::int64_t> dates;
    auto scenario = Scenario::machine(1, cores, 2);
    scenario
        .add_state({.name = "dates:online"}, Does{[&](Callback& cb) {
                                                    for (int i = 0; i < 5; ++i) {
                                                      dates.push_back(cb.now_ns());
                                                      i % 2 == 0 ? cb.work(700 + 13 * cb.cpu())
                                                                 : cb.sleep(900);
                                                    }
                                                    dates.push_back(cb.now_ns());
                                                    return 0;
                                                  },
                                                  {}})
        .set("/design=async")
        .setup("dates:online")
        .boot()
        .run();
    EXPECT_EQ(dates.size(), std::size_t{6} * 2 * cores);
    EXPECT_TRUE(std::ranges::is_sorted(dates));
  }
}

TEST(LibraryDriver, LocksShutOtherCpusOut) {
  int inside = 0, most_without = 0, most_with = 0;
  const auto boot = [&](bool locks, int& most) {
    inside = 0;
    return with({[&, locks](Callback& cb) {
                   if (locks) cb.lock("test_lock");
                   most = std::max(most, ++inside);
                   cb.sleep(400'000);
                   --inside;
                   if (locks) cb.unlock("test_lock");
                   return 0;
                 },
                 {}})
        .set("/design=async")
        .run();
  };
  EXPECT_TRUE(boot(false, most_without).ok());
  EXPECT_TRUE(boot(true, most_with).ok());
  EXPECT_GT(most_without, 1);  // else the next line says nothing
  EXPECT_EQ(most_with, 1);
}

TEST(LibraryDriver, ALockTakenTwiceHangs) {
  const hp::Run run = with({[](Callback& cb) {
                              cb.lock("test_lock");
                              cb.lock("test_lock");
                              return 0;
                            },
                            {}})
                          .run();
  EXPECT_TRUE(run.hung);
  EXPECT_FALSE(run.ok());
}

TEST(LibraryDriver, ALockThatIsKeptIsFound) {
  const hp::Run run = with({[](Callback& cb) {
                              if (cb.cpu() == 3) cb.lock("test_lock");
                              return 0;
                            },
                            {}})
                          .run();
  EXPECT_TRUE(invariants(run).contains("resource-released"));
}

TEST(LibraryDriver, SleepingInAStartingCallbackIsFound) {
  for (const bool locks : {false, true}) {
    const hp::Run run = with({[locks](Callback& cb) {
                                EXPECT_EQ(cb.may_sleep(), cb.cpu() == 0);  // cpu0 runs already
                                if (!locks) cb.sleep(1'000);
                                if (locks) cb.lock("test_lock");
                                if (locks) cb.unlock("test_lock");
                                return 0;
                              },
                              {}},
                             {.name = "test:starting", .number = 130})
                            .run();
    EXPECT_EQ(invariants(run), std::set<std::string>{"I40"});
  }
}

TEST(LibraryDriver, ResourcesAreJudged) {
  const auto found = [](std::function<int(Callback&)> up, std::function<int(Callback&)> down) {
    return invariants(with({std::move(up), std::move(down)}).down(2).up(2).run());
  };
  const auto takes = [](Callback& cb) { return cb.take("ring"); };
  const auto gives = [](Callback& cb) {
    cb.give("ring");
    return 0;
  };
  using Names = std::set<std::string>;
  EXPECT_EQ(found(takes, gives), Names{});
  EXPECT_EQ(found(takes, {}), (Names{"state-resource-leak", "state-resource-taken"}));
  EXPECT_EQ(found({}, gives), Names{"state-resource-given"});
}

TEST(LibraryDriver, AnErrorTurnsTheWalkRound) {
  const hp::Run run = with({[](Callback& cb) { return cb.cpu() == 2 ? -12 : 0; }, {}}).up(2).run();
  EXPECT_EQ(run.online, 3u);
  EXPECT_EQ(run.operations.back().ret, -12);
  EXPECT_TRUE(run.ok());
}

TEST(LibraryDriver, HasInstances) {
  std::multiset<unsigned> seen;
  const hp::Run run =
      Scenario::machine(1, 2, 1)
          .add_state({.name = "disk:online", .multi = true}, Does{[&](Callback& cb) {
                                                                    seen.insert(cb.instance());
                                                                    return cb.take("queue");
                                                                  },
                                                                  [](Callback& cb) {
                                                                    cb.give("queue");
                                                                    return 0;
                                                                  }})
          .boot()
          .setup("disk:online")
          .add_instance("disk:online", 1)
          .add_instance("disk:online", 2)
          .down(1)
          .run();
  EXPECT_EQ(seen, (std::multiset<unsigned>{1, 1, 2, 2}));
  EXPECT_TRUE(run.ok());
}

TEST(LibraryDriver, GivesCodeToAStateThatTheScenarioDeclares) {
  int calls = 0;
  Scenario scenario = Scenario::load(kScenarios + "faults-of-a-driver.json");
  scenario.add_state({.name = "nic/queues:online"},
                     Does{[&](Callback&) { return ++calls, 0; }, {}});
  EXPECT_TRUE(scenario.run().ok());
  EXPECT_EQ(calls, 2);
}

TEST(LibraryError, WhatACallbackThrowsReachesTheCaller) {
  struct Mine : std::runtime_error {
    using std::runtime_error::runtime_error;
  };
  const Scenario scenario = with({[](Callback& cb) -> int {
                                    if (cb.cpu() == 2) throw Mine("from the callback");
                                    return 0;
                                  },
                                  {}});
  EXPECT_THROW(scenario.run(), Mine);
  EXPECT_THROW(scenario.faults(), Mine);
  EXPECT_TRUE(Scenario::machine(1, 2, 1).boot().run().ok());  // the next run is not concerned
}

TEST(LibraryError, SaysWhatIsWrong) {
  const auto of = [](std::function<int(Callback&)> up) {
    return error_of([&] { with({up, {}}).run(); });
  };
  EXPECT_EQ(of([](Callback&) { return 5; }),
            "a callback of state \"test:online\" returned 5, expected 0 or -errno (-1 to -4095)");
  EXPECT_EQ(of([](Callback& cb) { return cb.unlock("a_lock"), 0; }),
            "a callback unlocks \"a_lock\", which nobody holds");
  EXPECT_EQ(of([](Callback& cb) { return cb.work(-1), 0; }),
            "work() takes 0 to 10^15 ns, found -1");
  EXPECT_EQ(
      error_of([] { Scenario::machine(1, 2, 1).add_state({.name = "a:b"}, Does{}).boot().run(); }),
      "no operation installs the state \"a:b\", so its callbacks would never be called: add "
      "setup(\"a:b\")");
  EXPECT_EQ(error_of([] {
              Scenario::parse("{\n  \"version\": 2,\n  \"machin\": {}\n}", "mine").run();
            }).substr(0, 9),
            "mine:3:3:");
  EXPECT_EQ(error_of([] { Scenario::machine(1, 2, 1).add_instance("disk:online", 0); }),
            "expected an instance 1 to 65534, found 0");
  EXPECT_EQ(error_of([] {
              Scenario::machine(1, 2, 1).add_invariant({"mine", {}});
            }),
            "an invariant needs a name and a check");
  EXPECT_NE(error_of([] { with({}, {.name = "a:b", .number = 180, .prepare = true}); }),
            "no error");
  EXPECT_NE(error_of([] { with({}, {.name = "a\xff"}).run(); }), "no error");
  EXPECT_NE(error_of([] {
              Scenario::machine(1, 2, 1).set("/design=paralel").run();
            }).find("did you mean 'parallel'?"),
            std::string::npos);
  EXPECT_NE(error_of([] {
              Scenario::machine(1, 2, 1).boot().faults({.kinds = {"errror"}});
            }).find("did you mean 'error'?"),
            std::string::npos);
}

/// A driver that may be copied with the machine. With a planted leak.
struct Rings {
  bool leaks = true;
  int calls = 0;
  int startup(Callback& cb) {
    ++calls;
    if (const int error = cb.take("rx")) return error;
    cb.work(500);
    const int error = cb.take("tx");
    if (error != 0 && !leaks) cb.give("rx");
    return error;
  }
  int teardown(Callback& cb) {
    ++calls;
    cb.give("tx");
    cb.give("rx");
    return 0;
  }
  bool operator==(const Rings&) const = default;
};

Scenario rings(bool copyable, bool leaks = true) {
  auto scenario = Scenario::machine(1, 2, 1);
  const StateOptions options{.name = "rings:prepare", .prepare = true};
  copyable ? scenario.add_copyable_state(options, Rings{leaks})
           : scenario.add_state(options, Rings{leaks});
  scenario.boot().setup("rings:prepare");
  return scenario;
}

std::vector<std::uint64_t> numbers(const Campaign& campaign) {
  std::vector<std::uint64_t> all;
  for (const FoundCase& c : campaign.found) all.push_back(c.number);
  return all;
}

TEST(LibraryFaults, StrikeEachPlaceThatMayFail) {
  std::uint64_t done = 0, all = 0;
  const Campaign campaign =
      rings(false).faults({.kinds = {"error"}, .progress = [&](auto d, auto a) {
                             done = d;
                             all = a;
                           }});
  EXPECT_EQ(done, campaign.cases);
  EXPECT_EQ(all, campaign.cases);
  // Of each CPU, at the setup and at the bring-up, the callback itself, the first and the second take().
  EXPECT_EQ(campaign.found.size(), 4u);
  for (const FoundCase& c : campaign.found) {
    ASSERT_EQ(c.faults.size(), 1u);
    EXPECT_TRUE(c.faults[0].ends_with("the 3rd time") || c.faults[0].ends_with("the 6th time"));
    EXPECT_EQ(c.findings.front().invariant, "state-resource-leak");
    EXPECT_EQ(c.findings.front().place, "rx");
  }
  EXPECT_TRUE(rings(false, false).faults({.random = 500}).found.empty());
}

TEST(LibraryFaults, AreTheSameWithSharedBeginnings) {
  for (const char* design : kDesigns) {
    const CampaignOptions options{.designs = {design}, .random = 300};
    const Campaign shared = rings(true).faults(options), alone = rings(false).faults(options);
    EXPECT_EQ(shared.not_shared, "");
    EXPECT_EQ(alone.not_shared, "the C++ callbacks of a driver remember what cannot be copied");
    EXPECT_EQ(shared.cases, alone.cases);
    EXPECT_FALSE(shared.found.empty());
    EXPECT_EQ(numbers(shared), numbers(alone));
  }
}

TEST(LibraryFaults, FindNothingInASoundDriverThatIsSetUpBeforeTheBoot) {
  for (const char* design : kDesigns) {
    auto scenario = Scenario::machine(1, 2, 1);
    scenario.add_state({.name = "rings:prepare", .prepare = true}, Rings{.leaks = false})
        .add_state({.name = "queues:online"}, Does{})
        .setup("rings:prepare")
        .setup("queues:online")
        .boot();
    const Campaign campaign = scenario.faults({.designs = {design}, .kinds = {"error"}});
    EXPECT_GT(campaign.cases, 100u);
    EXPECT_TRUE(campaign.found.empty()) << campaign.found.front().findings.front().text;
  }
}

TEST(LibraryFaults, FindWhatACallbackThrowsInACase) {
  const auto unlocks_twice = [](Callback& cb) {
    cb.lock("ring_lock");
    const int error = cb.may_fail();
    if (error != 0) cb.unlock("ring_lock");  // the bug
    cb.unlock("ring_lock");
    return error;
  };
  const Campaign campaign = with({unlocks_twice, {}}).faults({.kinds = {"error"}});
  ASSERT_FALSE(campaign.found.empty());
  for (const FoundCase& c : campaign.found) {
    EXPECT_EQ(c.findings.front().invariant, "callback-exception");
    EXPECT_EQ(c.findings.front().text, "a callback unlocks \"ring_lock\", which nobody holds");
  }
  EXPECT_LT(campaign.found.size() * 2, campaign.cases);  // the other cases are not concerned
}

TEST(LibraryFaults, JudgeTheRulesOfTheCaller) {
  auto scenario = rings(false, false);
  scenario.add_invariant({"all-online", [](const hp::Run& run) {
                            std::vector<Breach> breaches;
                            if (run.online != run.cpus) breaches.push_back({"a CPU is missing"});
                            return breaches;
                          }});
  EXPECT_TRUE(scenario.run().ok());
  const Campaign campaign = scenario.faults({.kinds = {"hang"}});
  ASSERT_FALSE(campaign.found.empty());
  EXPECT_EQ(campaign.found.front().findings.back().invariant, "all-online");
}

TEST(LibraryExplore, RefusesWhatItCannotCopy) {
  EXPECT_NE(error_of([] { rings(false).explore(); }).find("add_copyable_state()"),
            std::string::npos);
  const Exploration all = rings(true).down(1).up(1).explore();
  EXPECT_TRUE(all.complete);
  EXPECT_GT(all.orders, 1u);
  EXPECT_TRUE(all.found.empty());
}

/// Counts without a lock, and says so when it has lost a CPU.
struct Lossy {
  int counted = 0, cpus = 0;
  int startup(Callback& cb) {
    const int seen = counted;
    cb.work(10);
    counted = seen + 1;
    if (counted < ++cpus) cb.give("a count");
    return 0;
  }
  bool operator==(const Lossy&) const = default;
};

TEST(LibraryExplore, FindsTheOrderThatLosesAnUpdate) {
  const auto boot = [](const char* design) {
    auto scenario = Scenario::machine(1, 3, 1);
    scenario.set(std::string("/design=") + design)
        .add_copyable_state({.name = "lossy:online"}, Lossy{})
        .setup("lossy:online")
        .boot();
    return scenario;
  };
  EXPECT_TRUE(boot("parallel").run().ok());
  const Exploration serial = boot("parallel").explore({.most_orders = 5'000});
  EXPECT_TRUE(serial.complete);
  EXPECT_TRUE(serial.found.empty());
  const Exploration async = boot("async").explore({.most_orders = 5'000});
  EXPECT_FALSE(async.found.empty());
}

}  // namespace

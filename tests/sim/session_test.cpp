// Sessions for real kernels: what is made of a probe, and what a session file may say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "sim/error.hpp"
#include "sim/session/generate.hpp"
#include "sim/trace/text_file.hpp"
#include "tests/sim/cli_program.hpp"
#include "tests/sim/recordings.hpp"

namespace cpuhp {
namespace {

using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kProbe = "x86_64-6.1/C-offline-online-cpu1-smp4.txt.gz";
constexpr const char* kStateControl = "x86_64-6.1-statecontrol/D-target-from-online-smp4.txt.gz";

Recording probe_of(const std::string& name) {
  return parse_recording(read_text(kRecordings + name), "probe.txt");
}

std::string text_of(const Recording& probe, const PlayOptions& options) {
  return sessions_text(make_sessions(probe, options));
}

std::vector<std::string> names_of(const SessionFile& file) {
  std::vector<std::string> names;
  for (const PlaySession& s : file.sessions) names.push_back(s.name);
  return names;
}

std::set<std::string> written(const SessionFile& file, const std::string& path_end) {
  std::set<std::string> values;
  for (const PlaySession& s : file.sessions)
    for (const SessionStep& step : s.steps)
      if (step.name.ends_with(path_end)) values.insert(step.value);
  return values;
}

TEST(Session, TheArgumentsAloneDecide) {
  const Recording probe = probe_of(kProbe);
  const PlayOptions options{.singles = true, .random = 50, .seed = 7};
  EXPECT_EQ(text_of(probe, options), text_of(probe, options));
  EXPECT_NE(text_of(probe, {.random = 50, .seed = 7}), text_of(probe, {.random = 50, .seed = 8}));
  // More sessions leave the first ones as they are.
  const auto five = make_sessions(probe, {.random = 5}).sessions;
  const auto ten = make_sessions(probe, {.random = 10}).sessions;
  for (std::size_t i = 0; i < five.size(); ++i) EXPECT_EQ(five[i].steps, ten[i].steps) << i;
}

TEST(Session, WhatIsWrittenIsReadBack) {
  const SessionFile made = make_sessions(
      probe_of(kProbe), {.singles = true, .random = 200, .modules = {"zram num_devices=2", "drv"}});
  const SessionFile read = parse_sessions(sessions_text(made), "s.txt");
  ASSERT_EQ(names_of(made), names_of(read));
  for (std::size_t i = 0; i < made.sessions.size(); ++i)
    EXPECT_EQ(made.sessions[i].steps, read.sessions[i].steps) << made.sessions[i].name;
}

/// From online the states above ap:online, from offline all of them but STARTING, where no callback
/// may fail.
TEST(Session, EachStateFailsInEachDirection) {
  const Recording probe = probe_of(kProbe);
  const std::vector<std::string> names = names_of(make_sessions(probe, {.singles = true}));
  const auto number = [&](const char* name) {
    return std::ranges::find(probe.states, name, &NamedState::name)->id;
  };
  const int dead = number("idle:dead"), ap_online = number("ap:online"), top = number("online");
  std::size_t up = 0, down = 0;
  for (const NamedState& state : probe.states) {
    const std::string id = std::to_string(state.id);
    const bool fails = state.id > 0 && state.id < top && (state.id < dead || state.id > ap_online);
    EXPECT_EQ(std::ranges::count(names, "up-" + id), fails ? 1 : 0) << state.name;
    EXPECT_EQ(std::ranges::count(names, "down-" + id), fails && state.id > ap_online ? 1 : 0)
        << state.name;
    up += fails ? 1 : 0;
    down += fails && state.id > ap_online ? 1 : 0;
  }
  EXPECT_GT(up, 30u);
  EXPECT_GT(down, 10u);
  EXPECT_THAT(names, Contains("refused-" + std::to_string(dead)));
  EXPECT_THAT(names, Contains("refused-" + std::to_string(top + 1)));
  EXPECT_THAT(names, Contains("refused-text"));
}

TEST(Session, APendingFaultMeetsASecondWalk) {
  const SessionFile file = make_sessions(probe_of(kProbe), {.singles = true});
  const auto down = std::ranges::find(file.sessions, "down-235", &PlaySession::name);
  ASSERT_NE(down, file.sessions.end());
  std::string text;
  for (const SessionStep& step : down->steps) text += step.name + '=' + step.value + ' ';
  EXPECT_EQ(text, "cpu3/hotplug/fail=235 cpu3/online=0 cpu3/online=1 ");
}

TEST(Session, StateControlStopsAtEachStateThatHarmsNobody) {
  const Recording probe = probe_of(kStateControl);
  const SessionFile file = make_sessions(probe, {.singles = true, .random = 500, .writes = 20});
  const std::vector<std::string> names = names_of(file);
  EXPECT_THAT(names, Contains("target-down-200"));
  EXPECT_THAT(names, Contains("target-up-200"));
  const std::set<std::string> targets = written(file, "hotplug/target");
  EXPECT_TRUE(targets.contains("200"));
  // From idle:dead to ap:online.
  for (int id = 92; id <= 152; ++id) EXPECT_FALSE(targets.contains(std::to_string(id))) << id;
  EXPECT_THAT(sessions_text(file), HasSubstr("# left out of hotplug/target, as they crash"));
  EXPECT_THAT(names_of(make_sessions(probe_of(kProbe), {.singles = true})),
              Not(Contains(StartsWith("target-down"))));
}

TEST(Session, RandomSessionsDoEverything) {
  const SessionFile file =
      make_sessions(probe_of(kProbe), {.random = 300, .writes = 8, .modules = {"drv"}});
  std::set<SessionVerb> verbs;
  for (const PlaySession& s : file.sessions) {
    EXPECT_LE(s.steps.size(), 8u) << s.name;
    EXPECT_GE(s.steps.size(), 1u) << s.name;
    for (const SessionStep& step : s.steps) verbs.insert(step.verb);
  }
  EXPECT_EQ(verbs.size(), 4u);
  EXPECT_THAT(written(file, "/online"), testing::IsSupersetOf({"0", "1", "2", "", "text"}));
  EXPECT_THAT(written(file, "cpu4/online"), testing::IsSupersetOf({"0", "1"}));
  EXPECT_THAT(written(file, "hotplug/target"), testing::IsSupersetOf({"0", "236", "text"}));
  EXPECT_THAT(written(file, "hotplug/fail"), testing::IsSupersetOf({"-1", "235", "91"}));
  EXPECT_EQ(written(file, "smt/control"), std::set<std::string>{});
}

/// An armed fault that strikes while a module's state is removed is BUG.
TEST(Session, NoFaultIsArmedWhenAModuleLeaves) {
  const SessionFile file =
      make_sessions(probe_of(kProbe), {.random = 500, .writes = 12, .modules = {"drv"}});
  std::size_t unloads = 0;
  for (const PlaySession& s : file.sessions) {
    std::set<std::string> armed;
    for (const SessionStep& step : s.steps) {
      const bool refused = step.value.find_first_not_of("-0123456789") != std::string::npos ||
                           step.value.empty() || step.value.size() > 3;
      if (step.name.ends_with("/fail") && !refused) {
        if (step.value == "-1")
          armed.erase(step.name);
        else
          armed.insert(step.name);
      }
      if (step.verb != SessionVerb::Unload) continue;
      ++unloads;
      EXPECT_TRUE(armed.empty()) << s.name;
    }
  }
  EXPECT_GT(unloads, 50u);
}

/// The probe has loaded the module, so the numbers of its states are known.
TEST(Session, EachStateOfAModuleFails) {
  Recording probe = probe_of(kProbe);
  RecordedOperation op;
  op.modules.push_back({.load = true, .name = "drv"});
  for (const int id : {71, 125, 210})
    op.changes.push_back({.added = true, .state = {static_cast<std::int16_t>(id), "drv", 1}});
  probe.sections.front().operations.push_back(op);
  const SessionFile file = make_sessions(probe, {.singles = true, .modules = {"drv"}});
  const std::vector<std::string> names = names_of(file);
  EXPECT_THAT(names, testing::IsSupersetOf({"module-drv", "module-drv-up-71", "module-drv-up-210",
                                            "module-drv-down-210"}));
  // PREPARE states fail on the way up alone, STARTING states never.
  EXPECT_THAT(names, Not(Contains("module-drv-down-71")));
  EXPECT_THAT(names, Not(Contains(HasSubstr("-125"))));
  const auto up = std::ranges::find(file.sessions, "module-drv-up-210", &PlaySession::name);
  std::string text;
  for (const SessionStep& step : up->steps) text += step.name + '=' + step.value + ' ';
  EXPECT_EQ(text,
            "drv= cpu3/online=0 cpu3/hotplug/fail=210 cpu3/online=1 cpu3/online=0 "
            "cpu3/hotplug/fail=-1 drv= ");
}

TEST(Session, SmtControlIsWrittenWhereItCanBeAndNeverForGood) {
  Recording probe = probe_of("x86_64-6.1/B-cpusysfs-smp8-s2c2t2.txt.gz");
  const Recording states = probe_of(kProbe);
  probe.states = states.states;
  const std::set<std::string> values =
      written(make_sessions(probe, {.random = 300}), "smt/control");
  EXPECT_THAT(values, testing::IsSupersetOf({"on", "off", "text"}));
  EXPECT_FALSE(values.contains("forceoff"));
}

TEST(Session, CpuZeroOfS390IsLeftAlone) {
  Recording probe = probe_of(kProbe);
  const auto of_cpu0 = [&] {
    return written(make_sessions(probe, {.singles = true, .random = 500}), "cpu0/hotplug/target");
  };
  EXPECT_TRUE(of_cpu0().contains("0"));
  probe.machine->arch = "s390x";
  EXPECT_EQ(of_cpu0(), std::set<std::string>{});
  EXPECT_THAT(text_of(probe, {.singles = true}), HasSubstr("# left out: cpu0/hotplug/target"));
}

std::string refusal(const std::string& text) {
  try {
    parse_sessions(text, "s.txt");
  } catch (const BadInput& bad) {
    return bad.what();
  }
  return "no error";
}

TEST(Session, AFileSaysWhereItIsWrong) {
  const std::string head = "# cpuhp-sim session 1\n# a comment\n\n";
  EXPECT_EQ(refusal(""), "s.txt: the file is empty");
  EXPECT_EQ(refusal("session a\n"),
            "s.txt:1:1: the first line is not \"# cpuhp-sim session 1\": not a session file");
  EXPECT_EQ(refusal(head), "s.txt: has no session");
  EXPECT_EQ(refusal(head + "write cpu1/online 0\n"),
            "s.txt:4:1: expected \"session NAME\" before this statement");
  EXPECT_EQ(refusal(head + "session a\nwrit cpu1/online 0\n"),
            "s.txt:5:1: unknown statement \"writ\", expected write, with, load, unload or session "
            "(did you mean 'write'?)");
  EXPECT_EQ(refusal(head + "session a\nsession a\n"), "s.txt:5:9: a second session \"a\"");
  EXPECT_EQ(refusal(head + "session a/b\n"),
            "s.txt:4:9: expected the name of a session: at most 200 letters, digits, '.', '_' and "
            "'-'");
  EXPECT_EQ(refusal(head + "session a\nwrite cpu1/online\n"),
            "s.txt:5:18: expected a value behind the path; one blank alone is the empty value");
  for (const char* path : {"/etc/passwd", "../x", "cpu1//online", "cpu1/./online", "cpu1/on*"})
    EXPECT_EQ(refusal(head + "session a\nwrite " + path + " 0\n"),
              "s.txt:5:7: expected a path below /sys/devices/system/cpu, or /sys/kernel/dlpar");
  EXPECT_EQ(refusal(head + "session a\nload m\nwith cpu1/online 0\n"),
            "s.txt:6:1: \"with\" needs a \"write\" just before it");
  EXPECT_EQ(refusal(head + "session a\nunload m x=1\n"),
            "s.txt:5:10: expected nothing behind the module's name");
  EXPECT_THAT(refusal(head + "session a\nload m x=1;reboot\n"),
              StartsWith("s.txt:5:8: expected PARAMETER=VALUE"));
  EXPECT_EQ(refusal(head + "session a\nwrite cpu1/online 0\x01\n"),
            "s.txt:5:20: a control character");
  EXPECT_THAT(refusal(head + "session a\nwrite cpu1/online " + std::string(4096, '0') + '\n'),
              HasSubstr("the value has 4096 bytes, expected at most 4095"));
  std::string crowd = head + "session a\nwrite cpu1/online 0\n";
  for (int i = 0; i < 8; ++i) crowd += "with cpu1/online 0\n";
  EXPECT_EQ(refusal(crowd), "s.txt:13:1: more than 8 writers at the same time");
}

TEST(Session, AValueMayBeEmptyOrHoldBlanks) {
  const SessionFile file = parse_sessions(
      "# cpuhp-sim session 1\nsession a\nwrite cpu1/online \nwrite cpu1/hotplug/target  0 \n"
      "write /sys/kernel/dlpar cpu remove index 0x10000003\n",
      "s.txt");
  ASSERT_EQ(file.sessions.size(), 1u);
  const std::vector<SessionStep>& steps = file.sessions[0].steps;
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_EQ(steps[0].value, "");
  EXPECT_EQ(steps[1].value, " 0 ");
  EXPECT_EQ(steps[2].name, "/sys/kernel/dlpar");
  EXPECT_EQ(steps[2].value, "cpu remove index 0x10000003");
}

TEST(Session, AProbeThatDoesNotTellIsRefused) {
  const auto error = [](const Recording& probe, const PlayOptions& options = {.singles = true}) {
    try {
      make_sessions(probe, options);
    } catch (const BadInput& bad) {
      return std::string(bad.what());
    }
    return std::string("no error");
  };
  Recording probe = probe_of(kProbe);
  EXPECT_EQ(error(probe, {.modules = {"a b"}}), "no error");
  EXPECT_THAT(error(probe, {.modules = {"a;b"}}),
              StartsWith("--module \"a;b\": expected the name"));
  probe.machine->online = {0};
  EXPECT_EQ(error(probe),
            "probe.txt: no online CPU of this machine has a file \"online\", so no CPU can be "
            "taken offline");
  probe.states.clear();
  EXPECT_THAT(error(probe), HasSubstr("hotplug/states has no cpu:bringup"));
  probe.machine.reset();
  EXPECT_THAT(error(probe), HasSubstr("has no line #MACHINE"));
}

TEST(Session, TheProgramWritesAndChecksThem) {
  const Program p;
  const std::string probe = CPUHP_SOURCE_DIR "/tests/truth/recordings/" + std::string(kProbe);
  EXPECT_EQ(p.call("session " + probe + " --random 5 --seed 3 --out s.txt").code, 0);
  const Called checked = p.call("session --check s.txt");
  EXPECT_EQ(checked.code, 0);
  EXPECT_THAT(checked.out, StartsWith("s.txt: 5 sessions, "));
  const Called printed = p.call("session " + probe + " --random 5 --seed 3");
  EXPECT_EQ(printed.out, file_text((p.folder() / "s.txt").string()));
  std::ofstream(p.folder() / "bad.txt") << "session\n";
  const Called bad = p.call("session --check bad.txt");
  EXPECT_EQ(bad.code, 2);
  EXPECT_THAT(bad.err, HasSubstr("bad.txt:1:1: the first line is not"));
  EXPECT_EQ(p.call("session").code, 2);
  EXPECT_EQ(p.call("session " + probe + " --random 5 --out " + probe).code, 2);
}

}  // namespace
}  // namespace cpuhp

#include <gtest/gtest.h>

#include "sim/trace/ftrace_reader.hpp"
#include "sim/trace/ftrace_writer.hpp"
#include "sim/trace/recording.hpp"

namespace cpuhp {
namespace {

Event make(EventKind kind, Role role, CpuId on, int step, int value, NameId name, Ns time) {
  return {.time = time,
          .cpu = 1,
          .on = on,
          .name = name,
          .step = static_cast<std::int16_t>(step),
          .value = static_cast<std::int16_t>(value),
          .kind = kind,
          .role = role};
}

EventStream sample() {
  EventStream s{.nr_cpus = 4};
  const NameId boot = s.names.intern("boot"), write = s.names.intern("write");
  const NameId prepare = s.names.intern("smpboot_create_threads");
  const NameId rb = s.names.intern("trace_rb_cpu_prepare");
  s.events = {make(EventKind::OpBegin, Role::Control, 0, -1, 236, boot, 1_ms),
              make(EventKind::Enter, Role::Control, 0, 1, 236, prepare, 1'234'567_ns),
              make(EventKind::Exit, Role::Control, 0, 1, 1, 0, 2_s),
              make(EventKind::Kick, Role::Control, 0, -1, 0, 0, 2_s),
              make(EventKind::OpBegin, Role::Control, 0, -1, 0, write, 3_s),
              make(EventKind::MultiEnter, Role::Control, 0, 62, 236, rb, 4_s),
              make(EventKind::Exit, Role::Control, 0, 62, 62, 0, 5_s),
              make(EventKind::Enter, Role::Worker, 2, 62, 0, rb, 6_s),
              make(EventKind::Exit, Role::Worker, 2, 62, 61, 0, 7_s),
              make(EventKind::Enter, Role::CpuhpThread, 1, 235, 236, rb, 8_s),
              make(EventKind::Exit, Role::CpuhpThread, 1, 235, 235, 0, 100'000_s),
              make(EventKind::Enter, Role::Stopper, 1, 95, 0, rb, 200'000_s),
              make(EventKind::Exit, Role::Stopper, 1, 95, 94, 0, 200'000_s)};
  s.events[10].ret = -11;
  return s;
}

TEST(FtraceWriter, WritesWhatTheKernelPrints) {
  EXPECT_EQ(
      format_ftrace(sample()),
      "# tracer: nop\n#\n# entries-in-buffer/entries-written: 8/8   #P:4\n#\n"
      "#                                _-----=> irqs-off/BH-disabled\n"
      "#                               / _----=> need-resched\n"
      "#                              | / _---=> hardirq/softirq\n"
      "#                              || / _--=> preempt-depth\n"
      "#                              ||| / _-=> migrate-disable\n"
      "#                              |||| /     delay\n"
      "#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION\n"
      "#              | |         |   |||||     |         |\n"
      "       swapper/0-1       [000] .....     0.001235: cpuhp_enter: cpu: 0001 target: 236 step: "
      "  "
      "1 (smpboot_create_threads)\n"
      "       swapper/0-1       [000] .....     2.000000: cpuhp_exit:  cpu: 0001  state:   1 step: "
      "  1 "
      "ret: 0\n"
      "              sh-151     [000] .....     4.000000: cpuhp_multi_enter: cpu: 0001 target: 236 "
      "step:  62 (trace_rb_cpu_prepare)\n"
      "              sh-151     [000] .....     5.000000: cpuhp_exit:  cpu: 0001  state:  62 step: "
      " 62 "
      "ret: 0\n"
      "     kworker/2:0-32      [002] .....     6.000000: cpuhp_enter: cpu: 0001 target:   0 step: "
      " 62 "
      "(trace_rb_cpu_prepare)\n"
      "     kworker/2:0-32      [002] .....     7.000000: cpuhp_exit:  cpu: 0001  state:  61 step: "
      " 62 "
      "ret: 0\n"
      "         cpuhp/1-24      [001] .....     8.000000: cpuhp_enter: cpu: 0001 target: 236 step: "
      "235 "
      "(trace_rb_cpu_prepare)\n"
      "         cpuhp/1-24      [001] ..... 100000.000000: cpuhp_exit:  cpu: 0001  state: 235 "
      "step: 235 "
      "ret: -11\n");
}

/// The events that a trace can show, with their names.
std::vector<std::pair<Event, std::string>> visible(const EventStream& s) {
  std::vector<std::pair<Event, std::string>> out;
  for (Event e : s.events) {
    if (e.kind != EventKind::Enter && e.kind != EventKind::MultiEnter && e.kind != EventKind::Exit)
      continue;
    const std::string name = s.names[e.name];
    e.name = 0;
    out.emplace_back(e, name);
  }
  return out;
}

TEST(FtraceWriter, ReadsBackTheSameEvents) {
  const EventStream s = sample();
  const Ftrace back =
      parse_ftrace(format_ftrace(s, {.decimals = 9, .atomic_callbacks = true}), "sim.txt");
  require_complete(back);
  EXPECT_EQ(visible(back.stream), visible(s));
}

TEST(FtraceWriter, ReadsBackARealKernelsTrace) {
  for (const char* file : {"x86_64-6.1/A-boot-smp8-s2c2t2.txt.gz", "x86_64-6.12/A-boot-smp8.txt.gz",
                           "x86_64-6.12/M-multi-smp4.txt.gz"}) {
    const Recording r =
        read_recording(std::string(CPUHP_SOURCE_DIR "/tests/truth/recordings/") + file);
    ASSERT_FALSE(r.traces().empty());
    for (const Ftrace* t : r.traces()) {
      const Ftrace back = parse_ftrace(format_ftrace(t->stream), "again.txt");
      EXPECT_EQ(visible(back.stream), visible(t->stream)) << file;
    }
  }
}

/// Everything after the task column is the kernel's, byte for byte.
TEST(FtraceWriter, WritesTheBytesOfARealTrace) {
  const Recording r = read_recording(
      CPUHP_SOURCE_DIR "/tests/truth/recordings/x86_64-6.1/N-natural-failure-smp2.txt.gz");
  const Ftrace& t = *r.traces().at(0);
  const std::string text = format_ftrace(t.stream);
  EXPECT_NE(text.find(": cpuhp_enter: cpu: 0001 target: 153 step: 236 (cpuhp_kick_ap_work)\n"),
            std::string::npos);
  EXPECT_NE(text.find(": cpuhp_exit:  cpu: 0001  state: 234 step: 235 ret: -16\n"),
            std::string::npos);
}

}  // namespace
}  // namespace cpuhp

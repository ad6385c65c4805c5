// A boot in which something failed is replayed from its trace: callbacks, instances and the start of
// an AP, with any errno. The traces are those of simulated boots, so that there are many.
#include <gtest/gtest.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/draws.hpp"
#include "sim/conform/conform.hpp"
#include "sim/report/conform_report.hpp"
#include "sim/scenario/cpulist.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/trace/ftrace_writer.hpp"
#include "tests/truth/recordings.hpp"

namespace cpuhp {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kErrors[] = {ENOMEM, EINVAL, EBUSY, EAGAIN, EIO, ENODEV, ETIMEDOUT, ENOSYS, 95, 125};
constexpr CpuId kCpus = 4;
constexpr std::uint32_t kBootFaultStream = 90;

template <typename List>
auto any_of(DrawSequence& random, const List& list) {
  return list[random.below(std::size(list))];
}

std::string table_file(const std::string& kernel) {
  return CPUHP_SOURCE_DIR "/scenarios/tables/" + kernel + ".json";
}

/// Returns a fault of the boot: a callback of a state that has a startup, or the start of an AP.
Json random_fault(DrawSequence& random, const StateTable& table) {
  Json fault{{"cpu", 1 + random.below(kCpus - 1)}};
  if (random.below(6) == 0) return fault["kind"] = "never_alive", fault;
  std::vector<const State*> states;
  for (const State& s : table.all())
    if (!s.startup.empty() && table.section(s.id) != Section::Starting) states.push_back(&s);
  const State& s = *any_of(random, states);
  fault.update({{"kind", "error"},
                {"state", s.id},
                {"direction", "up"},
                {"errno", any_of(random, kErrors)},
                {"nth", 1 + random.below(s.multi && s.instances > 1 ? s.instances : 1)}});
  if (random.below(3) == 0) fault["cpu"] = 0, fault.erase("cpu");
  return fault;
}

std::string scenario_text(DrawSequence& random, const std::string& kernel,
                          const StateTable& table) {
  Json faults = Json::array();
  for (std::uint64_t i = 0; i <= random.below(3); ++i)
    faults.push_back(random_fault(random, table));
  return Json{{"version", 2},
              {"name", "boot"},
              {"machine", {{"cores", kCpus}}},
              {"table", table_file(kernel)},
              {"design", table.rules().split_startup ? "parallel" : "symmetric"},
              {"operations", {{{"op", "boot"}}}},
              {"faults", faults}}
      .dump();
}

/// Returns what a kernel would have written down of the boot.
std::string recording_of(const MachineConfig& config, const RunResult& run, CpuMask online) {
  const std::string all = "0-" + std::to_string(kCpus - 1);
  std::string text = "# run: boot\n#MACHINE arch=" + config.table.arch() + " possible=" + all +
                     " present=" + all + " online=" + print_cpulist(online) + " topology=";
  for (CpuId cpu = 0; cpu < kCpus; ++cpu) {
    const std::string n = std::to_string(cpu);
    text += (cpu > 0 ? "," : "") + n + ":0." + n + ".0";
  }
  text += " state_control=y cpu0_online_file=n smt_control=notsupported cmdline=\"\"\n";
  text += "# section: boot_trace\n";
  return text + format_ftrace(run.stream, {.decimals = 9});
}

class BootFaults : public testing::TestWithParam<std::string> {};

TEST_P(BootFaults, AreReplayed) {
  const std::string kernel = GetParam();
  const StateTable table = load_table(table_file(kernel)).table;
  std::size_t failed = 0;
  with_bare_simulator([&](Simulator& simulator) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
      DrawSequence random(kBootFaultStream, seed, 0);
      const std::string text = scenario_text(random, kernel, table);
      const MachineConfig config = parse_scenario(text, "boot.json").config;
      const RunResult run = simulator.run(config);
      if (!run.ok()) continue;  // a panic, or a hang
      CpuMask online(kCpus);
      for (const Event& e : run.stream.events)
        if ((e.kind == EventKind::MaskSet || e.kind == EventKind::MaskClear) &&
            run.stream.names[e.name] == "online")
          online.assign(e.cpu, e.kind == EventKind::MaskSet);
      failed += online.weight() < kCpus ? 1 : 0;
      const Recording recording =
          parse_recording(recording_of(config, run, online), "boot-" + std::to_string(seed));
      Conformance c = prepare_conformance(recording, table_file(kernel), "twin.json");
      run_conformance(c, simulator);
      EXPECT_EQ(c.identical(), c.operations()) << text << '\n'
                                               << conform_text(c, {}) << c.replays[0].twin.scenario;
      if (testing::Test::HasFailure()) return;
    }
  });
  EXPECT_GT(failed, 50u);
}

INSTANTIATE_TEST_SUITE_P(Kernels, BootFaults,
                         testing::Values("x86_64-5.10", "x86_64-6.1", "x86_64-6.12", "arm64-6.1",
                                         "arm64-6.12", "ppc64el-6.12", "s390x-6.12"),
                         [](const auto& tested) { return test_name(tested.param); });

}  // namespace
}  // namespace cpuhp

// The kernel's log of a run: the words of each kernel and architecture, as their logs have them.
#include <gtest/gtest.h>

#include <sstream>

#include "sim/run/run.hpp"
#include "sim/scenario/table_file.hpp"
#include "sim/trace/kernel_log_writer.hpp"
#include "sim/trace/recording.hpp"
#include "sim/trace/text_file.hpp"
#include "tests/sim/random_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;

/// A boot of a machine, then CPU 1 down and up.
std::string log_of(const std::string& table, const Grid& grid) {
  MachineConfig config =
      machine(grid, load_table(CPUHP_SOURCE_DIR "/scenarios/tables/" + table + ".json").table, {});
  config.operations = {op_boot(), op_down(1), op_up(1)};
  std::ostringstream out;
  with_bare_simulator([&](Simulator& s) { write_kernel_log(out, s.run(config).stream, config); });
  return std::move(out).str();
}

/// Without the stamps.
std::string words(const std::string& log) {
  std::string all;
  for_each_line(log, [&](std::string_view line, auto, bool) {
    EXPECT_EQ(line.find("] "), 13u) << line;
    all += std::string(line.substr(15)) + '\n';
  });
  return all;
}

TEST(KernelLog, HasTheWordsOfEachKernel) {
  EXPECT_EQ(words(log_of("x86_64-6.1", {.cores_per_socket = 4})),
            "smp: Bringing up secondary CPUs ...\n"
            "x86: Booting SMP configuration:\n"
            ".... node  #0, CPUs:      #1 #2 #3\n"
            "smp: Brought up 1 node, 4 CPUs\n"
            "smpboot: CPU 1 is now offline\n"
            "x86: Booting SMP configuration:\n"
            "smpboot: Booting Node 0 Processor 1 APIC 0x1\n");
  EXPECT_EQ(words(log_of("x86_64-6.12", {.sockets = 2, .cores_per_socket = 8})),
            "smp: Bringing up secondary CPUs ...\n"
            "smpboot: x86: Booting SMP configuration:\n"
            ".... node  #0, CPUs:        #1  #2  #3  #4  #5  #6  #7\n"
            ".... node  #1, CPUs:    #8  #9 #10 #11 #12 #13 #14 #15\n"
            "smp: Brought up 2 nodes, 16 CPUs\n"
            "smpboot: CPU 1 is now offline\n"
            "smpboot: Booting Node 0 Processor 1 APIC 0x1\n");
  EXPECT_EQ(words(log_of("v4.6", {.cores_per_socket = 2})),
            "x86: Booting SMP configuration:\n"
            ".... node  #0, CPUs:      #1\n"
            "x86: Booted up 1 node, 2 CPUs\n"
            "smpboot: CPU 1 is now offline\n"
            "x86: Booting SMP configuration:\n"
            "smpboot: Booting Node 0 Processor 1 APIC 0x1\n");
  EXPECT_EQ(words(log_of("arm64-6.1", {.cores_per_socket = 2})),
            "smp: Bringing up secondary CPUs ...\n"
            "Detected PIPT I-cache on CPU1\n"
            "CPU1: Booted secondary processor 0x0000000001 [0x411fd070]\n"
            "smp: Brought up 1 node, 2 CPUs\n"
            "SMP: Total of 2 processors activated.\n"
            "psci: CPU1 killed (polled 0 ms)\n"
            "Detected PIPT I-cache on CPU1\n"
            "CPU1: Booted secondary processor 0x0000000001 [0x411fd070]\n");
}

/// What the table says, not what its states look like.
TEST(KernelLog, ATableOfArm64WithoutStatesOfItsOwnLogsAsArm64) {
  MachineConfig c = test::small_machine({test::op_boot()});
  const auto log = [&] {
    std::ostringstream out;
    write_kernel_log(out, test::run(c).stream, c);
    return out.str();
  };
  EXPECT_NE(log().find("x86: Booting SMP configuration:"), std::string::npos);
  for (const char* arch : {"aarch64", "arm64"}) {
    c.table.set_arch(arch);
    EXPECT_EQ(log().find("x86"), std::string::npos) << arch;
    EXPECT_NE(log().find("CPU1: Booted secondary processor"), std::string::npos) << arch;
  }
}

/// What a real kernel logged of the same operations is what stands in our log of them.
TEST(KernelLog, HasTheLinesOfRecordings) {
  for (const auto& [file, table] :
       {std::pair("x86_64-6.1/C-offline-online-cpu1-smp4.txt.gz", "x86_64-6.1"),
        std::pair("x86_64-6.12/C-offline-online-cpu1-smp4.txt.gz", "x86_64-6.12")}) {
    const Recording r =
        read_recording(CPUHP_SOURCE_DIR "/tests/truth/recordings/" + std::string(file));
    std::string recorded;
    for (const RecordedOperation* op : r.operations())
      for (const KernelLine& line : op->kernel)
        if (recorded.find(line.text + '\n') == std::string::npos) recorded += line.text + '\n';
    ASSERT_NE(recorded, "");
    const std::string ours = words(log_of(table, {.cores_per_socket = 4}));
    EXPECT_TRUE(ours.ends_with(recorded)) << ours << "recorded:\n" << recorded;
  }
}

}  // namespace
}  // namespace cpuhp

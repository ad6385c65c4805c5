// What the files below /sys/devices/system/cpu give, which of them are there, and what their
// directories list.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <memory>
#include <string_view>

#include "model/hotplug/boot.hpp"
#include "model/machine.hpp"
#include "model/sysfs/sysfs.hpp"
#include "model/sysfs/text.hpp"
#include "tests/model/small_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;
using ::testing::ElementsAre;

/// What a file gives after these operations, or "-ENOENT" and its like.
std::string read_after(MachineConfig c, std::vector<Operation> operations, const char* path) {
  c.operations = std::move(operations);
  c.operations.push_back(op_read(path));
  const OpResult result = run(c).operations.back();
  switch (result.ret) {
    case 0:
      return result.text;
    case -ENOENT:
      return "-ENOENT";
    case -EISDIR:
      return "-EISDIR";
    default:
      return std::to_string(result.ret);
  }
}

/// Two sockets of two cores of two threads, numbered as QEMU does; CPUs 8 and 9 are only possible.
MachineConfig two_socket_machine() {
  std::vector<CpuPlace> places;
  for (CpuId cpu = 0; cpu < 8; ++cpu)
    places.push_back({.socket = cpu / 4, .core = cpu / 2 % 2, .thread = cpu % 2});
  places.push_back({.socket = 2});
  places.push_back({.socket = 3});
  MachineConfig c = small_machine({}, Design::Symmetric, Rules::of({6, 6}));
  c.topology = Topology(std::move(places));
  c.present = CpuMask(10);
  for (CpuId cpu = 0; cpu < 8; ++cpu) c.present.set(cpu);
  return c;
}

/// The same, with the state that makes topology/ of its number kB.
MachineConfig with_topology_state() {
  MachineConfig c = two_socket_machine();
  c.table.at(kB).name = "base/topology:prepare";
  return c;
}

/// No time passes, and nothing that is started runs.
class StillRuntime : public Runtime {
 public:
  StillRuntime() { log_ = &events_; }
  using Runtime::settle;
  void settle(const Touch&, Settle) override {}
  void sleep(Ns) override {}
  void pause(Ns, Ns, const Touch&) override {}
  bool block(const WaitFor&, Ns) override { return true; }
  Task* current() override { return nullptr; }
  void wake(Task*, Ns) override {}
  void publish(const Touch&, Action) override {}
  void arrive(const Touch&) override {}
  void arrive_then(const Touch&, const Action&) override {}
  bool settled_or(const Touch&, const Action&) override { return false; }
  void may_wait_then(Action) override {}
  void later(CpuId, Role, Ns, Action) override {}
  void start(CpuId, Role, Ns, Action, Waits) override {}
  void migrate(CpuId, Ns) override {}
  void set_active(CpuId, bool) override {}
  void when_nowhere(Nowhere) override {}
  void interrupt(CpuId, const Interrupt&, Action) override {}
  void stop_machine(CpuId, StopFor, Action) override {}
  void set_stoppable(CpuId, bool) override {}
  void idle_spins(CpuId, bool) override {}
  void boot_done() override {}

 private:
  void exact_work(Ns) override {}
  void note(const Touch&) override {}
  void let_others_go(const Touch&) override {}
  CpuLog events_;
};

TEST(SysfsRead, EachFileAfterBoot) {
  struct Case {
    const char *path, *text;
  };
  const Case cases[] = {
      {"possible", "0-9\n"},
      {"present", "0-7\n"},
      {"online", "0-2,4-7\n"},
      {"offline", "3,8-9\n"},  // also what is only possible
      {"isolated", "5-6\n"},
      {"kernel_max", "8191\n"},
      {"smt/control", "on\n"},
      {"smt/active", "1\n"},
      {"cpu3/online", "0\n"},
      {"cpu3/hotplug/state", "0\n"},
      {"cpu3/hotplug/target", "0\n"},
      {"cpu3/hotplug/fail", "3\n"},
      {"cpu2/online", "1\n"},
      {"cpu2/hotplug/state", "18\n"},
      {"cpu2/hotplug/target", "18\n"},
      {"cpu2/hotplug/fail", "-1\n"},
      {"cpu2/topology/core_id", "1\n"},
      {"cpu2/topology/physical_package_id", "0\n"},
      {"cpu2/topology/thread_siblings_list", "2\n"},
      {"cpu2/topology/thread_siblings", "004\n"},
      {"cpu2/topology/core_cpus_list", "2\n"},
      {"cpu2/topology/core_cpus", "004\n"},
      {"cpu2/topology/core_siblings_list", "0-2\n"},
      {"cpu2/topology/core_siblings", "007\n"},
      {"cpu2/topology/package_cpus_list", "0-2\n"},
      {"cpu2/topology/package_cpus", "007\n"},
      {"cpu5/topology/thread_siblings_list", "4-5\n"},
      {"cpu5/topology/core_siblings", "0f0\n"},
      {"cpu3/topology/core_id", "-ENOENT"},  // the CPU is off
      {"cpu0/online", "-ENOENT"},            // x86's boot CPU
      {"cpu0/hotplug/state", "18\n"},
      {"cpu8/online", "-ENOENT"},  // only possible
      {"cpu8/hotplug/state", "-ENOENT"},
      {"cpu10/hotplug/state", "-ENOENT"},
      {"cpu02/hotplug/state", "-ENOENT"},
      {"cpu2x/hotplug/state", "-ENOENT"},
      {"cpu/hotplug/state", "-ENOENT"},
      {"cpu2/hotplug/states", "-ENOENT"},
      {"hotplug/state", "-ENOENT"},
      {"topology/core_id", "-ENOENT"},
      {"nothing", "-ENOENT"},
      {"", "-EISDIR"},
      {"smt", "-EISDIR"},
      {"cpu2", "-EISDIR"},
      {"cpu2/topology", "-EISDIR"},
      {"cpu3/topology", "-ENOENT"},
  };
  MachineConfig c = two_socket_machine();
  c.housekeeping = CpuMask(10);
  for (const CpuId cpu : {0u, 1u, 2u, 3u, 4u, 7u, 8u, 9u}) c.housekeeping.set(cpu);
  for (const Case& each : cases)
    EXPECT_EQ(
        read_after(c, {op_boot(), op_write("cpu3/online", "0"), op_write("cpu3/hotplug/fail", "3")},
                   each.path),
        each.text)
        << each.path;
}

TEST(SysfsRead, EveryFileOfTheTableCanBeRead) {
  for (const SysfsEntry& e : kSysfsFiles) {
    const std::string path = (e.place == SysfsPlace::Root ? "" : "cpu1/") + std::string(e.path);
    MachineConfig c = two_socket_machine();
    c.files.set();
    const std::string text = read_after(c, {op_boot()}, path.c_str());
    const bool only_written =
        e.file == SysfsFile::Probe || e.file == SysfsFile::Release || e.file == SysfsFile::Rescan;
    EXPECT_EQ(text.ends_with('\n'), !only_written) << path << ": " << text;
  }
}

TEST(SysfsRead, StatesHasALineForEachName) {
  const std::string text = read_after(small_machine({}), {}, "hotplug/states");
  EXPECT_TRUE(text.starts_with("  0: offline\n  1: threads:prepare\n")) << text;
  EXPECT_TRUE(text.ends_with(" 16: y:online\n 17: sched:active\n 18: online\n")) << text;
  EXPECT_EQ(text.find(" 13:"), std::string::npos) << "the idle entry has no name";
}

TEST(SysfsRead, TheBootCpusTargetBefore62) {
  EXPECT_EQ(read_after(small_machine({}), {}, "cpu0/hotplug/target"), "0\n");
  EXPECT_EQ(read_after(small_machine({}, Design::Symmetric, Rules::of({6, 6})), {},
                       "cpu0/hotplug/target"),
            "18\n");
}

TEST(SysfsRead, TheBootCpuMayHaveAnOnlineFile) {
  MachineConfig c = small_machine({});
  c.cpu0_online_file = true;  // arm64
  EXPECT_EQ(read_after(c, {op_boot()}, "cpu0/online"), "1\n");
  EXPECT_EQ(read_after(c, {op_boot(), op_write("cpu0/online", "0")}, "cpu0/online"), "0\n");
  c.cpu0_online_file = false;
  c.cpu0_hotplug = true;  // what is said of the file counts, not the parameter
  EXPECT_EQ(read_after(c, {op_boot()}, "cpu0/online"), "-ENOENT");
}

TEST(SysfsRead, TargetDoesNotTouchTheDevice) {
  const std::vector<Operation> down{op_boot(), op_write("cpu1/hotplug/target", "0")};
  EXPECT_EQ(read_after(small_machine({}), down, "cpu1/online"), "1\n");
  EXPECT_EQ(read_after(small_machine({}), down, "online"), "0,2-3\n");
}

TEST(SysfsRead, TopologyComesAndGoesWithItsState) {
  const auto core_id = [](std::vector<Operation> operations) {
    return read_after(with_topology_state(), std::move(operations), "cpu2/topology/core_id");
  };
  const auto threads = [](std::vector<Operation> operations) {
    return read_after(with_topology_state(), std::move(operations),
                      "cpu2/topology/thread_siblings_list");
  };
  EXPECT_EQ(core_id({op_boot(), op_down(2)}), "-ENOENT");
  EXPECT_EQ(core_id({op_boot(), op_down(2), op_up(2, kA)}), "-ENOENT");
  EXPECT_EQ(core_id({op_boot(), op_down(2), op_up(2, kB)}), "1\n") << "it is off, and prepared";
  EXPECT_EQ(threads({op_boot(), op_down(2), op_up(2, kB)}), "\n");
  EXPECT_EQ(threads({op_boot()}), "2-3\n");
}

TEST(SysfsRead, ListsWhatIsThere) {
  struct Listing {
    const char* path;
    std::vector<std::string> names;
    int ret;
  };
  const Listing listings[] = {
      {"",
       {"cpu0", "cpu1", "cpu2", "cpu3", "hotplug", "isolated", "kernel_max", "offline", "online",
        "possible", "present", "smt"},
       0},
      {"hotplug", {"states"}, 0},
      {"smt", {"active", "control"}, 0},
      {"cpu0", {"hotplug", "uevent", "topology", "cache"}, 0},
      {"cpu0/cache", {"index0", "index1", "index2", "index3"}, 0},
      {"cpu0/cache/index3",
       {"coherency_line_size", "level", "number_of_sets", "shared_cpu_list", "shared_cpu_map",
        "size", "type", "ways_of_associativity"},
       0},
      {"cpu1", {"hotplug", "online", "uevent"}, 0},
      {"cpu1/hotplug", {"fail", "state", "target"}, 0},
      {"cpu0/topology",
       {"core_cpus", "core_cpus_list", "core_id", "core_siblings", "core_siblings_list",
        "package_cpus", "package_cpus_list", "physical_package_id", "thread_siblings",
        "thread_siblings_list"},
       0},
      {"cpu1/topology", {}, -ENOENT},
      {"cpu4", {}, -ENOENT},
      {"online", {}, -ENOTDIR},
  };
  const MachineConfig c = small_machine({});
  StillRuntime still;
  Machine m(c, std::make_shared<const Blueprint>(c), still);
  power_on(m);  // CPU 0 runs, the others are off
  for (const Listing& each : listings) {
    std::vector<std::string> names;
    EXPECT_EQ(list_folder(m, each.path, &names), each.ret) << each.path;
    EXPECT_EQ(names, each.names) << each.path;
  }
  EXPECT_TRUE(find_node(m, "cpu1/online").writable());
  EXPECT_FALSE(find_node(m, "cpu1/hotplug/state").writable());
  EXPECT_FALSE(find_node(m, "cpu1/hotplug").writable());
}

// docs/reference/sysfs.md has the same files, with the same modes and places, and no others.
TEST(SysfsPage, HasALineForEachFile) {
  std::ifstream page(std::string(CPUHP_SOURCE_DIR) + "/docs/reference/sysfs.md");
  std::vector<std::string> rows;
  for (std::string line; std::getline(page, line) && !line.starts_with("`cpuN`");)
    if (line.starts_with("| `")) rows.push_back(line);
  std::vector<SysfsEntry> files;  // all caches have the same ones
  for (const SysfsEntry& e : kSysfsFiles)
    if (e.cache == 0) files.push_back(e);
  ASSERT_EQ(rows.size(), files.size());
  constexpr std::array<std::string_view, 5> kPlaces{"", "cpuN", "cpuN, not the boot CPU",
                                                    "cpuN, prepared", "cpuN, with caches"};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const SysfsEntry& e = files[i];
    const std::string_view place = kPlaces[static_cast<std::size_t>(e.place)];
    const std::string begin = "| `" + std::string(e.path) + "` | " + (e.writable ? "rw" : "r") +
                              " | " + std::string(place) + (place.empty() ? "|" : " |");
    EXPECT_TRUE(rows[i].starts_with(begin)) << rows[i] << "\n" << begin;
  }
}

TEST(SysfsText, MasksAreAsWideAsThePossibleCpus) {
  CpuMask mask(70);
  for (const CpuId cpu : {0u, 5u, 33u, 69u}) mask.set(cpu);
  EXPECT_EQ(cpumask_text(mask, 70), "20,00000002,00000021");
  EXPECT_EQ(cpumask_text(mask, 64), "00000002,00000021");
  EXPECT_EQ(cpumask_text(mask, 6), "21");
  EXPECT_EQ(cpumask_text(mask, 4), "1");
  EXPECT_EQ(cpulist_text(mask), "0,5,33,69");
  EXPECT_EQ(cpulist_text(CpuMask(8)), "");
}

TEST(SysfsText, NumbersAsKstrtoint) {
  struct Case {
    const char* text;
    int ret, value;
  };
  const Case cases[] = {
      {"0", 0, 0},
      {"+0", 0, 0},
      {"-0", 0, 0},
      {"000", 0, 0},
      {"0235", 0, 235},
      {"236\n", 0, 236},
      {"-1", 0, -1},
      {"2147483647", 0, 2147483647},
      {"-2147483648", 0, -2147483647 - 1},
      {"2147483648", -ERANGE, 0},
      {"-2147483649", -ERANGE, 0},
      {"99999999999999999999", -ERANGE, 0},
      {"99999999999999999999x", -ERANGE, 0},  // the kernel looks for overflow first
      {"2147483648x", -EINVAL, 0},
      {"", -EINVAL, 0},
      {"\n", -EINVAL, 0},
      {"+", -EINVAL, 0},
      {"+-1", -EINVAL, 0},
      {"-+1", -EINVAL, 0},
      {"0x10", -EINVAL, 0},
      {" 5", -EINVAL, 0},
      {"5 ", -EINVAL, 0},
      {"5\n\n", -EINVAL, 0},
      {"1.5", -EINVAL, 0},
  };
  for (const Case& c : cases) {
    int value = 0;
    EXPECT_EQ(parse_int(c.text, &value), c.ret) << c.text;
    EXPECT_EQ(value, c.value) << c.text;
  }
}

}  // namespace
}  // namespace cpuhp

// CPUs that come and go: DLPAR of powerpc, the firmware of s390, ACPI (docs/kernel.md 6.5).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "tests/model/small_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;
using ::testing::ElementsAre;

MachineConfig with_files(std::vector<Operation> operations,
                         std::initializer_list<MachineFile> files,
                         const Rules& rules = Rules::of({6, 12})) {
  MachineConfig c = small_machine(std::move(operations), Design::Symmetric, rules);
  for (const MachineFile file : files) c.files.set(static_cast<std::size_t>(file));
  c.cpu0_online_file = true;
  return c;
}

Operation dlpar(const char* text) { return op_write("/sys/kernel/dlpar", text); }

MachineConfig partition(std::vector<Operation> operations) {
  MachineConfig c = with_files(std::move(operations), {MachineFile::Dlpar});
  c.possible_have_files = true;
  return c;
}

TEST(Dlpar, ACoreLeavesAndComesBack) {
  const RunResult r = run(partition(
      {op_boot(), dlpar("cpu remove index 0x10000003"), op_read("present"), op_read("possible"),
       op_read("cpu3/hotplug/state"), op_write("cpu3/online", "1"),
       op_write("cpu3/hotplug/target", "0"), dlpar("cpu remove index 0x10000003"),
       dlpar("cpu add index 0x10000003"), op_read("online"), dlpar("cpu add index 0x10000003")}));
  EXPECT_EQ(r.operations[1].ret, 0);
  EXPECT_EQ(r.operations[2].text, "0-2\n");
  EXPECT_EQ(r.operations[3].text, "0-3\n");
  EXPECT_EQ(r.operations[4].text, "0\n") << "its files stay";
  EXPECT_EQ(r.operations[5].ret, -EINVAL);
  EXPECT_EQ(r.operations[6].ret, 0);
  EXPECT_EQ(r.operations[7].ret, -ENODEV);
  EXPECT_EQ(r.operations[8].ret, 0);
  EXPECT_EQ(r.operations[9].text, "0-3\n");
  EXPECT_EQ(r.operations[10].ret, -EINVAL);
}

TEST(Dlpar, ACoreThatDoesNotGoOfflineStays) {
  MachineConfig c = partition({op_boot(), dlpar("cpu remove index 0x10000003"), op_read("present"),
                               op_write("cpu0/online", "0"), op_write("cpu1/online", "0"),
                               op_write("cpu2/online", "0"), dlpar("cpu remove index 0x10000003"),
                               op_read("online")});
  c.faults = {failing(3, kY, Direction::Down, -EBUSY)};
  const RunResult r = run(c);
  EXPECT_EQ(r.operations[1].ret, -EINVAL) << "whatever the reason";
  EXPECT_EQ(r.operations[2].text, "0-3\n");
  EXPECT_EQ(r.operations[6].ret, -EINVAL) << "the last one";
  EXPECT_EQ(r.operations[7].text, "3\n");
}

TEST(Dlpar, ACpuThatDoesNotComeUpIsTakenAwayAgain) {
  MachineConfig c = partition({op_boot(), dlpar("cpu remove index 0x10000003"),
                               dlpar("cpu add index 0x10000003"), op_read("present")});
  c.faults = {{.kind = FaultKind::Error, .cpu = 3, .state = kA, .nth = 2, .error = -ENOMEM}};
  const RunResult r = run(c);
  EXPECT_EQ(r.operations[2].ret, -ENOMEM);
  EXPECT_EQ(r.operations[3].text, "0-2\n");
}

TEST(Dlpar, OnlineOfAnAddedCoreKeepsTheSmtLimit) {
  MachineConfig c =
      partition({op_boot(), op_write("smt/control", "2"), dlpar("cpu remove index 268435460"),
                 op_read("present"), dlpar("cpu add index 268435460"), op_read("online"),
                 dlpar("cpu remove index 0x10000005")});
  c.topology = Topology::grid(
      {.cores_per_socket = 2, .threads_per_core = 4, .numbering = Numbering::ThreadsAdjacent});
  c.present = CpuMask(8);
  for (CpuId cpu = 0; cpu < 8; ++cpu) c.present.set(cpu);
  c.smt_any_number = true;
  const RunResult r = run(c);
  EXPECT_EQ(r.operations[3].text, "0-3\n");
  EXPECT_EQ(r.operations[5].text, "0-1,4-5\n");
  EXPECT_EQ(r.operations[6].ret, -ENODEV) << "not the first thread of a core";
}

TEST(Dlpar, RefusesWhatDoesNotParse) {
  for (const char* text :
       {"", "cpu", "cpu remove", "cpu remove count 1", "cpu remove index", "cpu remove index x",
        "memory remove index 1", "cpu drop index 1", "cpu remove index 0x10000003 more"}) {
    const RunResult r = run(partition({op_boot(), dlpar(text)}));
    const bool goes = std::string_view(text).ends_with("more");  // the kernel reads no further
    EXPECT_EQ(r.operations[1].ret, goes ? 0 : -EINVAL) << text;
  }
}

TEST(Configure, GivesAnOfflineCpuBack) {
  MachineConfig c = with_files(
      {op_boot(), op_write("cpu1/configure", "0"), op_write("cpu1/online", "0"),
       op_write("cpu1/configure", "0"), op_read("cpu1/configure"), op_write("cpu1/online", "1"),
       op_write("cpu1/configure", " 1 "), op_write("cpu1/online", "1"),
       op_write("cpu1/configure", "2"), op_write("cpu1/configure", "text"),
       op_write("cpu1/configure", ""), op_write("rescan", "1"), op_write("dispatching", "1"),
       op_read("dispatching"), op_write("dispatching", "2")},
      {MachineFile::Configure, MachineFile::Rescan, MachineFile::Dispatching});
  const RunResult r = run(c);
  EXPECT_THAT(returns(r), ElementsAre(0, -EBUSY, 0, 0, 0, -EIO, 0, 0, -EINVAL, -EINVAL, -EINVAL, 0,
                                      0, 0, -EINVAL));
  EXPECT_EQ(r.operations[4].text, "0\n");
  EXPECT_EQ(r.operations[13].text, "1\n");
}

TEST(Configure, TheFirmwareMayRefuse) {
  MachineConfig c = with_files({op_boot(), op_write("cpu1/online", "0"),
                                op_write("cpu1/configure", "0"), op_read("cpu1/configure")},
                               {MachineFile::Configure});
  c.operations[2].firmware = -EIO;
  const RunResult r = run(c);
  EXPECT_EQ(r.operations[2].ret, -EIO);
  EXPECT_EQ(r.operations[3].text, "1\n");
}

TEST(MachineFiles, AreThereOnlyWhereTheMachineHasThem) {
  for (const char* path :
       {"/sys/kernel/dlpar", "rescan", "dispatching", "probe", "release", "cpu1/configure"}) {
    EXPECT_EQ(run(with_files({op_write(path, "1")}, {})).operations[0].ret, -ENOENT) << path;
    EXPECT_NE(run(with_files({op_write(path, "1")},
                             {MachineFile::Configure, MachineFile::Rescan, MachineFile::Dispatching,
                              MachineFile::Dlpar, MachineFile::Probe}))
                  .operations[0]
                  .ret,
              -ENOENT)
        << path;
  }
}

Operation op_plug(OpKind kind, CpuId cpu) { return {.kind = kind, .cpu = cpu}; }

TEST(Acpi, ACpuLeavesWithItsFilesAndComesBackOffline) {
  MachineConfig c =
      small_machine({op_boot(), op_plug(OpKind::Unplug, 2), op_read("present"),
                     op_read("cpu2/online"), op_plug(OpKind::Unplug, 2), op_plug(OpKind::Plug, 2),
                     op_read("cpu2/online"), op_plug(OpKind::Plug, 2), op_write("cpu2/online", "1"),
                     op_read("online"), op_plug(OpKind::Unplug, 0)},
                    Design::Symmetric, Rules::of({6, 12}));
  const RunResult r = run(c);
  EXPECT_THAT(returns(r), ElementsAre(0, 0, 0, -ENOENT, -ENODEV, 0, 0, -EALREADY, 0, 0, -EBUSY));
  EXPECT_EQ(r.operations[2].text, "0-1,3\n");
  EXPECT_EQ(r.operations[6].text, "0\n");
  EXPECT_EQ(r.operations[9].text, "0-3\n");
  EXPECT_EQ(events(r, EventKind::Present).size(), 2u);
}

TEST(Acpi, ACpuThatDoesNotGoOfflineStays) {
  MachineConfig c = small_machine({op_boot(), op_plug(OpKind::Unplug, 2), op_read("present")},
                                  Design::Symmetric, Rules::of({6, 12}));
  c.faults = {failing(2, kY, Direction::Down, -ENOMEM)};
  const RunResult r = run(c);
  EXPECT_EQ(r.operations[1].ret, -EBUSY);
  EXPECT_EQ(r.operations[2].text, "0-3\n");
}

}  // namespace
}  // namespace cpuhp

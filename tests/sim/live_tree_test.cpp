// The tree around CPU hotplug's own files: what is where, and what it says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "sim/live/tree.hpp"
#include "tests/sim/live_machine.hpp"

namespace cpuhp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

using PathNames = std::vector<std::string>;

PathNames list(Tree& tree, const std::string& path) {
  PathNames names;
  EXPECT_EQ(tree.list(path, &names), 0) << path;
  return names;
}

std::string read(Tree& tree, const std::string& path) {
  std::string text;
  EXPECT_EQ(tree.read(path, &text), 0) << path;
  return text;
}

TEST(LiveTree, HoldsTheFoldersOfASysroot) {
  live(four_cpus(), {}, {[](Session& s) {
         Tree tree(s);
         EXPECT_THAT(list(tree, ""), ElementsAre("proc", "sys"));
         EXPECT_THAT(list(tree, "sys/devices/system"), ElementsAre("cpu", "node"));
         EXPECT_THAT(list(tree, "proc"), ElementsAre("cpuinfo", "interrupts", "stat"));
         EXPECT_THAT(list(tree, "sys/devices/system/node"),
                     ElementsAre("has_cpu", "online", "possible", "uevent", "node0"));
         EXPECT_EQ(tree.folders("sys/devices/system/cpu"), 6u);
         EXPECT_EQ(tree.folders("sys/devices/system/cpu/cpu1"), 3u);
       }});
}

// Whatever is listed is there, and can be read or listed.
TEST(LiveTree, EverythingListedIsThere) {
  live(four_cpus(), {}, {[](Session& s) {
         Tree tree(s);
         PathNames paths{""};
         std::size_t files = 0;
         for (std::size_t i = 0; i < paths.size(); ++i) {
           const TreeNode node = tree.find(paths[i]);
           std::string text;
           if (node.kind == TreeNode::Kind::File) {
             ++files;
             EXPECT_EQ(tree.read(paths[i], &text), 0) << paths[i];
             continue;
           }
           ASSERT_EQ(node.kind, TreeNode::Kind::Directory) << paths[i];
           EXPECT_EQ(tree.read(paths[i], &text), -EISDIR) << paths[i];
           std::size_t folders = 0;
           for (const std::string& name : list(tree, paths[i])) {
             paths.push_back(paths[i].empty() ? name : paths[i] + '/' + name);
             folders += tree.find(paths.back()).kind == TreeNode::Kind::Directory ? 1 : 0;
           }
           EXPECT_EQ(tree.folders(paths[i]), folders) << paths[i];
         }
         EXPECT_GT(files, 150u);
       }});
}

TEST(LiveTree, NothingElseIsThere) {
  live(four_cpus(), {}, {[](Session& s) {
         Tree tree(s);
         for (const char* const path :
              {"s", "sysfs", "proc/statx", "sys/devices/system/cpux", "sys/devices/system/cpu/cpu4",
               "sys/devices/system/cpu/cpu01", "sys/devices/system/node/node1", "proc/stat/x",
               "sys/devices/system/node/node0/", "sys/devices/system/node/node00"}) {
           EXPECT_EQ(tree.find(path).kind, TreeNode::Kind::None) << path;
           std::string text;
           PathNames names;
           EXPECT_EQ(tree.read(path, &text), -ENOENT) << path;
           EXPECT_EQ(tree.list(path, &names), -ENOENT) << path;
         }
         PathNames names;
         EXPECT_EQ(tree.list("proc/stat", &names), -ENOTDIR);
       }});
}

TEST(LiveTree, AnOfflineCpuIsMissingWhereTheKernelLeavesItOut) {
  int ret = 1;
  live(four_cpus(), {},
       {writes("cpu2/online", "0", &ret), [](Session& s) {
          Tree tree(s);
          EXPECT_THAT(read(tree, "proc/stat"), HasSubstr("\ncpu3 "));
          EXPECT_THAT(read(tree, "proc/stat"), Not(HasSubstr("\ncpu2 ")));
          EXPECT_THAT(read(tree, "proc/interrupts"), Not(HasSubstr("CPU2")));
          EXPECT_THAT(read(tree, "proc/cpuinfo"), Not(HasSubstr("processor\t: 2\n")));
          EXPECT_THAT(read(tree, "proc/cpuinfo"), HasSubstr("cpu cores\t: 3\n"));
          EXPECT_EQ(read(tree, "sys/devices/system/node/node0/cpulist"), "0-1,3\n");
          EXPECT_EQ(read(tree, "sys/devices/system/node/node0/cpumap"), "b\n");
          EXPECT_EQ(read(tree, "sys/devices/system/cpu/cpu1/cache/index3/shared_cpu_list"),
                    "0-1,3\n");
          EXPECT_EQ(read(tree, "sys/devices/system/cpu/cpu1/cache/index0/shared_cpu_list"), "1\n");
        }});
  EXPECT_EQ(ret, 0);
}

TEST(LiveTree, CountersGoOnWithEachRead) {
  live(four_cpus(), {}, {[](Session& s) {
         Tree tree(s);
         const std::string first = read(tree, "proc/stat");
         EXPECT_NE(first, read(tree, "proc/stat"));
       }});
}

TEST(LiveTree, RefusedWritesAreNoOperations) {
  live(four_cpus(), {}, {[](Session& s) {
         Tree tree(s);
         const auto ret_of = [&](const std::string& path) {
           int ret = 1;
           tree.write(path, "0", [&ret](int r) { ret = r; });
           return ret;
         };
         EXPECT_EQ(ret_of("sys/devices/system/cpu/online"), -EACCES);
         EXPECT_EQ(ret_of("sys/devices/system/cpu/cpu1"), -EISDIR);
         EXPECT_EQ(ret_of("sys/devices/system/cpu/cpu9/online"), -ENOENT);
         EXPECT_EQ(ret_of("proc/stat"), -EACCES);
         EXPECT_EQ(s.asked(), 0u);
       }});
}

TEST(LiveTree, AUeventIsToldAndRefused) {
  int ret[3] = {1, 1, 1};
  const Lived lived =
      live(four_cpus(), {.keep_all = true},
           {writes("cpu1/uevent", "change\n", &ret[0]), writes("cpu1/uevent", "add 1234", &ret[1]),
            writes("cpu1/uevent", "nonsense\n", &ret[2])});
  EXPECT_THAT(ret, ElementsAre(0, 0, -EINVAL));
  PathNames told;
  for (const Event& e : lived.result.stream.events)
    if (e.kind == EventKind::Uevent) told.push_back(lived.result.stream.names[e.name]);
  EXPECT_THAT(told, ElementsAre("change", "add"));
}

}  // namespace
}  // namespace cpuhp

#include "model/topology.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cpuhp {
namespace {

using ::testing::ElementsAre;

constexpr Grid kTwoSocketsOfTwoNodes{
    .sockets = 2, .cores_per_socket = 2, .threads_per_core = 2, .nodes_per_socket = 2};

std::vector<CpuId> siblings(const Topology& t, CpuId cpu) {
  std::vector<CpuId> found;
  for (CpuId other = 0; other < t.nr_cpus(); ++other)
    if (t.same_core(cpu, other)) found.push_back(other);
  return found;
}

TEST(Topology, FirmwareNumbersFirstThreadsFirst) {
  const Topology t = Topology::grid(kTwoSocketsOfTwoNodes);
  ASSERT_EQ(t.nr_cpus(), 8u);
  EXPECT_EQ(t.place(0), (CpuPlace{0, 0, 0, 0}));
  EXPECT_EQ(t.place(1), (CpuPlace{0, 1, 0, 1}));
  EXPECT_EQ(t.place(2), (CpuPlace{1, 0, 0, 2}));
  EXPECT_EQ(t.place(4), (CpuPlace{0, 0, 1, 0}));
  EXPECT_TRUE(t.is_primary(3));
  EXPECT_FALSE(t.is_primary(4));
  EXPECT_THAT(siblings(t, 7), ElementsAre(3, 7));
}

TEST(Topology, OrTheThreadsOfACoreTogether) {
  Grid g = kTwoSocketsOfTwoNodes;
  g.numbering = Numbering::ThreadsAdjacent;
  const Topology t = Topology::grid(g);
  EXPECT_EQ(t.place(1), (CpuPlace{0, 0, 1, 0}));
  EXPECT_EQ(t.place(4), (CpuPlace{1, 0, 0, 2}));
  EXPECT_THAT(siblings(t, 4), ElementsAre(4, 5));
}

TEST(Topology, TwoSocketsMayHaveACoreOfTheSameNumber) {
  const Topology t = Topology::grid({.sockets = 2});
  EXPECT_FALSE(t.same_core(0, 1));
  EXPECT_FALSE(t.same_socket(0, 1));
  EXPECT_FALSE(t.smt());
}

}  // namespace
}  // namespace cpuhp

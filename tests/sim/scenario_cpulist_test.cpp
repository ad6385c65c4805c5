// CPU lists as the kernel reads and prints them.
#include <gtest/gtest.h>

#include "sim/scenario/cpulist.hpp"
#include "sim/scenario/errno_names.hpp"
#include "sim/scenario/suggest.hpp"

namespace cpuhp {
namespace {

struct List {
  std::string text;
  std::string result;  ///< printed again, or the error
};

void PrintTo(const List& value, std::ostream* out) { *out << value.text; }

class CpuList : public testing::TestWithParam<List> {};

TEST_P(CpuList, IsReadWithinEightCpus) {
  const ParsedCpuList parsed = parse_cpulist(GetParam().text, 8);
  EXPECT_EQ(parsed.mask ? print_cpulist(*parsed.mask) : parsed.error, GetParam().result);
}

INSTANTIATE_TEST_SUITE_P(
    Lists, CpuList,
    testing::Values(List{"", ""}, List{"0", "0"},
                    List{"0-3,8-9", "CPU 8 is out of range, expected 0 to 7"}, List{"3,1,2", "1-3"},
                    List{"0-1,0-4,7", "0-4,7"}, List{"all", "0-7"}, List{"N", "7"},
                    List{"5-N", "5-7"}, List{"0-7:2/4", "0-1,4-5"}, List{"1-7:1/3", "1,4,7"},
                    List{"3-1", "the last CPU of the range is lower than its first CPU: \"3-1\""},
                    List{"1,", "expected a CPU number at the end of \"1,\""},
                    List{"1-", "expected a CPU number at the end of \"1-\""},
                    List{"a", "expected a CPU number, found \"a\""},
                    List{"1 2", "expected ',' or the end of the CPU list, found \" 2\""},
                    List{"-1", "expected a CPU number, found \"-1\""},
                    List{"0-7:0/4", "expected USED/GROUP with 1 <= USED <= GROUP, found \"0/4\""},
                    List{"0-7:3", "expected USED/GROUP, such as 1/2, after ':', found \"\""},
                    List{"99999999999999999999",
                         "CPU 99999999999999999999 is out of range, expected 0 to 7"}));

TEST(CpuListLimits, HoldTheLargestMachine) {
  EXPECT_EQ(parse_cpulist("0-65535", kMaxCpus).value().weight(), kMaxCpus);
  EXPECT_EQ(print_cpulist(parse_cpulist("all", kMaxCpus).value()), "0-65535");
  EXPECT_EQ(parse_cpulist("65536", kMaxCpus).error,
            "CPU 65536 is out of range, expected 0 to 65535");
  EXPECT_EQ(parse_cpulist("0-3,9", 8).offset, 4u);
}

TEST(Suggest, FindsTheNearestWord) {
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("ab", "ba"), 1u);
  EXPECT_EQ(nearest("sokets", {"cores", "sockets", "threads"}), "sockets");
  EXPECT_EQ(nearest("Design", {"design"}), "design");
  EXPECT_EQ(nearest("zzz", {"cores", "sockets"}), "");
  EXPECT_EQ(nearest("", {"a"}), "");
}

TEST(ErrnoNames, GoBothWays) {
  for (const std::string& name : errno_names())
    EXPECT_EQ(errno_name(errno_by_name(name).value()), name);
  EXPECT_EQ(errno_by_name("EBUSY"), 16);
  EXPECT_EQ(errno_by_name("ECANCELED"), 125);
  EXPECT_FALSE(errno_by_name("EWHAT"));
  EXPECT_EQ(errno_name(4'000), "");
}

}  // namespace
}  // namespace cpuhp

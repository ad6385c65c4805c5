#include "sim/host.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <string>

#include "sim/error.hpp"
#include "tests/file_text.hpp"

namespace cpuhp {
namespace {

namespace fs = std::filesystem;

class HostFile : public ::testing::Test {
 protected:
  HostFile() {
    std::string pattern = (fs::temp_directory_path() / "cpuhp-host-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~HostFile() override { fs::remove_all(folder_); }
  HostFile(const HostFile&) = delete;
  HostFile& operator=(const HostFile&) = delete;

  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_ / name).string();
  }
  [[nodiscard]] std::string content(const std::string& name) const { return file_text(path(name)); }
  [[nodiscard]] auto files() const {
    return std::distance(fs::directory_iterator{folder_}, fs::directory_iterator{});
  }

 private:
  fs::path folder_;
};

TEST_F(HostFile, IsWrittenWholeAndNothingElseIsLeft) {
  const std::string bytes{"one\0two\n", 8};
  write_file_atomically(path("new"), bytes);
  EXPECT_EQ(content("new"), bytes);
  EXPECT_EQ(files(), 1);
}

TEST_F(HostFile, ReplacesContentAndKeepsPermissions) {
  write_file_atomically(path("file"), "a long first content");
  ASSERT_EQ(::chmod(path("file").c_str(), 0640), 0);
  write_file_atomically(path("file"), "second");
  EXPECT_EQ(content("file"), "second");
  EXPECT_EQ(fs::status(path("file")).permissions(), fs::perms{0640});
}

TEST_F(HostFile, BehindALinkIsReplacedAndTheLinkStays) {
  write_file_atomically(path("file"), "first");
  fs::create_symlink("file", path("link"));
  write_file_atomically(path("link"), "second");
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_EQ(content("file"), "second");
}

TEST_F(HostFile, ADeviceIsWrittenToDirectly) {
  write_file_atomically("/dev/null", "gone");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST_F(HostFile, AFullDeviceIsAnError) {
  EXPECT_THROW(write_file_atomically("/dev/full", "too much"), BadInput);
}

TEST_F(HostFile, AMissingFolderIsNamedInTheError) {
  const std::string file = path("no/such");
  try {
    write_file_atomically(file, "x");
    FAIL() << "nothing thrown";
  } catch (const BadInput& error) {
    EXPECT_EQ(error.message, "cannot write " + file + ": No such file or directory");
  }
}

TEST_F(HostFile, AFolderInTheWayIsAnErrorAndLeavesNothingBehind) {
  fs::create_directory(path("folder"));
  EXPECT_THROW(write_file_atomically(path("folder"), "x"), BadInput);
  EXPECT_EQ(files(), 1);
}

class Environment : public ::testing::Test {
 protected:
  Environment() {
    ::unsetenv("NO_COLOR");
    ::unsetenv("COLUMNS");
  }
};

TEST_F(Environment, APipeOrFileGetsNoColour) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  EXPECT_FALSE(colour_wanted(ends[1]));
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(Environment, ColumnsAreReasonableWhateverTheVariableSays) {
  if (::isatty(STDOUT_FILENO) == 1) {  // it has a width of its own
    EXPECT_GE(terminal_columns(), 20U);
    return;
  }
  EXPECT_EQ(terminal_columns(), 80U);
  ::setenv("COLUMNS", "132", 1);
  EXPECT_EQ(terminal_columns(), 132U);
  for (const char* const nonsense : {"", "0", "-5", "12x", "99999999999999999999"}) {
    ::setenv("COLUMNS", nonsense, 1);
    EXPECT_EQ(terminal_columns(), 80U) << nonsense;
  }
  ::setenv("COLUMNS", "3", 1);
  EXPECT_EQ(terminal_columns(), 20U);
}

TEST_F(Environment, TheClockDoesNotGoBack) {
  const auto first = host_milliseconds();
  EXPECT_LE(first, host_milliseconds());
}

}  // namespace
}  // namespace cpuhp

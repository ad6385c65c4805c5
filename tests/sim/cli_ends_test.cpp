// How commands end: by a signal, by a reader who leaves, by outputs that cannot be written.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <sstream>
#include <vector>

#include "sim/report/html/page.hpp"
#include "tests/sim/cli_program.hpp"

namespace cpuhp {
namespace {

using testing::HasSubstr;
using testing::Not;

/// A command that a test sends signals to. Its output goes to files.
class Running {
 public:
  Running(const Program& p, const std::vector<std::string>& words) : p_(p) {
    pid_ = ::fork();
    if (pid_ == 0) become(words);
  }
  ~Running() {
    if (pid_ > 0) end(SIGKILL);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  /// When it has done what the signal is to find; or has ended by itself.
  void wait_until(const std::function<bool()>& done) {
    while (!done() && ::waitpid(pid_, &status_, WNOHANG) != pid_) ::usleep(500);
    ended_ = WIFEXITED(status_) && !done();
  }
  /// It catches the signal, and has worked for some clock ticks (10 ms each) of its own time.
  bool works(int signal, long ticks) const {
    const std::string proc = "/proc/" + std::to_string(pid_) + '/';
    const std::string status = file_text(proc + "status"), stat = file_text(proc + "stat");
    const std::size_t caught = status.find("SigCgt:"), name = stat.rfind(')');
    if (caught == std::string::npos || name == std::string::npos) return false;
    const std::uint64_t mask = std::stoull(status.substr(caught + 7), nullptr, 16);
    std::istringstream fields(stat.substr(name + 1));
    std::string skipped;
    for (int field = 3; field < 14; ++field) fields >> skipped;
    long used = 0;
    fields >> used;
    return (mask >> (signal - 1) & 1) != 0 && used >= ticks;
  }
  Called end(int signal) {
    if (!ended_) {
      ::kill(pid_, signal);
      ::waitpid(pid_, &status_, 0);
    }
    pid_ = -1;
    return {WIFEXITED(status_) ? WEXITSTATUS(status_) : -WTERMSIG(status_), p_.text("out"),
            without_sanitizer(p_.text("err"))};
  }

 private:
  [[noreturn]] void become(const std::vector<std::string>& words) const {
    if (::chdir(p_.folder().c_str()) != 0) ::_exit(99);
    for (const auto& [fd, file] : {std::pair{1, "out"}, std::pair{2, "err"}})
      ::dup2(::open(file, O_WRONLY | O_CREAT | O_TRUNC, 0666), fd);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::signal(signal, SIG_DFL);
    std::vector<char*> argv{const_cast<char*>("cpuhp-sim")};
    for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    ::execv(CPUHP_BINARY, argv.data());
    ::_exit(99);
  }

  const Program& p_;
  pid_t pid_ = -1;
  int status_ = 0;
  bool ended_ = false;
};

const std::string kOffline = "scenarios/offline-one-cpu.json";

class Ended : public testing::TestWithParam<std::pair<int, const char*>> {
 protected:
  int code() const { return 128 + GetParam().first; }
  std::string stopped() const { return std::string("stopped by ") + GetParam().second; }
  Program p;
};

TEST_P(Ended, ACampaignSaysWhatIsDoneAndGoesOn) {
  Running campaign(p, {"faults", kOffline, "--random", "1000000", "--designs", "parallel", "--out",
                       "o.jsonl", "--junit", "j.xml"});
  campaign.wait_until([&] { return p.text("o.jsonl").size() > 100'000; });
  const Called c = campaign.end(GetParam().first);
  EXPECT_EQ(c.code, code()) << c.err;
  EXPECT_THAT(c.out, HasSubstr("note: " + stopped() + " after "));
  EXPECT_THAT(c.out, HasSubstr("the same command continues o.jsonl"));
  const std::string lines = p.text("o.jsonl");
  EXPECT_EQ(lines.back(), '\n');
  std::string runs = std::to_string(std::count(lines.begin(), lines.end(), '\n') - 1);
  for (std::size_t at = runs.size(); at > 3; at -= 3) runs.insert(at - 3, ",");
  EXPECT_THAT(c.out, HasSubstr("after " + runs + " of ")) << "every run that is said is written";
  EXPECT_EQ(p.files().count("j.xml"), 0u) << "it would stand for the whole";
}

TEST_P(Ended, AShardIsIncompleteAndGoesOn) {
  Running campaign(p, {"faults", kOffline, "--random", "1000000", "--designs", "parallel", "--out",
                       "o.jsonl", "--shard", "2/3"});
  campaign.wait_until([&] { return p.text("o.jsonl").size() > 100'000; });
  const Called c = campaign.end(GetParam().first);
  EXPECT_EQ(c.code, 75) << c.err;
  EXPECT_THAT(c.out, HasSubstr("note: " + stopped() + " after "));
  EXPECT_EQ(p.text("o.jsonl").back(), '\n') << "whole lines";
}

TEST_P(Ended, ACompareShowsTheSeedsThatAreComplete) {
  Running compare(p, {"compare", "scenarios/skylake-112-boot.json", "--set", "/expect={}",
                      "--seeds", "1000000", "--format", "csv"});
  compare.wait_until([&] { return compare.works(GetParam().first, 40); });
  const Called c = compare.end(GetParam().first);
  EXPECT_EQ(c.code, code()) << c.err;
  if (c.out.empty()) return;  // nothing was complete yet
  EXPECT_THAT(c.err, HasSubstr(stopped() + " after "));
  EXPECT_EQ(std::count(c.out.begin(), c.out.end(), '\n') % 4, 1) << "whole seeds, and a header";
}

TEST_P(Ended, ARunLeavesNothingHalfWritten) {
  Running run(p, {"run", "scenarios/boot-4096-cpus.json", "--trace", "t.jsonl"});
  run.wait_until([&] {
    for (const std::string& file : p.files())
      // The first one only asks whether the folder can be written, and goes again.
      if (std::error_code gone; file.starts_with("t.jsonl.part-") &&
                                std::filesystem::file_size(p.folder() / file, gone) > 1'000'000 &&
                                !gone)
        return true;
    return false;
  });
  EXPECT_EQ(run.end(GetParam().first).code, code());
  EXPECT_EQ(p.files(), (std::set<std::string>{"err", "out"}));
}

TEST_P(Ended, AShellWritesItsFiles) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const int before = ::dup(0);
  ::dup2(ends[0], 0);
  Running shell(p, {"shell", kOffline, "--trace", "t.jsonl"});
  ::dup2(before, 0);
  const std::string line = "echo said\n";
  ASSERT_EQ(::write(ends[1], line.data(), line.size()), static_cast<ssize_t>(line.size()));
  shell.wait_until([&] { return !p.text("out").empty(); });
  const Called c = shell.end(GetParam().first);
  for (const int fd : {ends[0], ends[1], before}) ::close(fd);
  EXPECT_EQ(c.code, code()) << c.err;
  EXPECT_EQ(c.out, "said\n");
  EXPECT_THAT(p.text("t.jsonl"), HasSubstr("op_end"));
}

INSTANTIATE_TEST_SUITE_P(By, Ended,
                         testing::Values(std::pair{SIGINT, "SIGINT"}, std::pair{SIGTERM, "SIGTERM"},
                                         std::pair{SIGHUP, "SIGHUP"}),
                         [](const auto& tested) { return std::string(tested.param.second); });

TEST(CliEnds, AnIgnoredSignalStaysIgnored) {
  const Program p;
  p.call("--version >/dev/null; trap '' INT; cpuhp-sim compare " + kOffline +
         " >/dev/null & kill -INT $!; wait $!; echo $? >code; true");
  EXPECT_EQ(p.text("code"), "0\n");
}

// ------------------------------------------------------------------------------ stdout

TEST(CliEnds, AFullDiskIsAnErrorWhateverIsPrinted) {
  const Program p;
  for (const std::string command :
       {"--help", "--version", "run --help", "schema", "run scenarios/boot-8-cpus.json",
        "import --help", "test scenarios/faults/never-dead.json"}) {
    const Called c = p.call(command + " >/dev/full 2>err; echo $? >code; true");
    EXPECT_EQ(p.text("code"), "2\n") << command;
    EXPECT_EQ(without_sanitizer(p.text("err")),
              "cpuhp-sim: error: cannot write to standard output: No space left on device\n")
        << command;
  }
  p.call("--version >&- 2>err; echo $? >code; true");
  EXPECT_EQ(p.text("code"), "2\n");
}

TEST(CliEnds, AReaderWhoLeavesIsNoError) {
  const Program p;
  for (const std::string command : {"schema", "--help", "run scenarios/boot-8-cpus.json"}) {
    p.call("--version >/dev/null; (cpuhp-sim " + command +
           " 2>err; echo $? >code) | head -c 1; true");
    EXPECT_EQ(p.text("code"), "0\n") << command;
    EXPECT_EQ(without_sanitizer(p.text("err")), "") << command;
  }
}

// ------------------------------------------------------------------------------ outputs

TEST(CliEnds, OutputsAreKnownToBeWritableBeforeAnythingIsRun) {
  const Program p;
  p.write("file", "");
  const auto refused = [&](const std::string& command, const std::string& why) {
    const Called c = p.call(command);
    EXPECT_EQ(c.code, 2) << command;
    EXPECT_EQ(c.err, "cpuhp-sim: error: " + why + '\n') << command;
    EXPECT_EQ(p.files(), std::set<std::string>{"file"}) << command;
  };
  const std::string faults = "faults scenarios/boot-8-cpus.json --random 3 ";
  refused(faults + "--findings /proc/nope",
          "cannot create files in /proc/nope: No such file or directory");
  refused(faults + "--findings file", "cannot create files in file: Not a directory");
  refused(faults + "--findings file/below", "cannot create files in file/below: Not a directory");
  refused(faults + "--out no/o.jsonl", "cannot write no/o.jsonl: No such file or directory");
  refused(faults + "--out scenarios", "cannot write scenarios: Is a directory");
  refused(faults + "--junit no/j.xml", "cannot write no/j.xml: No such file or directory");
  refused("test scenarios/faults/never-dead.json --junit file/j.xml",
          "cannot write file/j.xml: Not a directory");
  EXPECT_EQ(p.call(faults + "--findings some/new/folder").code, 0);
  EXPECT_EQ(p.files(), std::set<std::string>{"file"}) << "no finding, no folder";
}

TEST(CliEnds, AReportIsAPageOfHtml) {
  if (!has_report_page()) return;
  const Program p;
  for (const std::string name : {"x.pdf", "x", "html", "x.json"}) {
    const Called c = p.call("run scenarios/boot-8-cpus.json --report " + name);
    EXPECT_EQ(c.code, 2);
    EXPECT_EQ(c.err, "cpuhp-sim: error: --report " + name +
                         ": the report is an HTML page; expected a file name that ends in .html\n");
  }
  EXPECT_EQ(p.files(), std::set<std::string>{});
  EXPECT_EQ(p.call("run scenarios/boot-8-cpus.json --report /dev/null").code, 0);
}

}  // namespace
}  // namespace cpuhp

// The command line itself: help, exit codes, messages about what is wrong.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "sim/report/html/page.hpp"
#include "tests/sim/cli_program.hpp"

namespace cpuhp {
namespace {

using ::testing::Test;

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

/// One line that names what is wrong, nothing on stdout, exit code 2.
void expect_refused(const Called& c, const std::string& words) {
  EXPECT_EQ(c.code, 2) << c.err;
  EXPECT_EQ(c.out, "");
  EXPECT_EQ(lines_of(c.err), 1u) << c.err;
  EXPECT_EQ(c.err.rfind("cpuhp-sim: error: ", 0), 0u) << c.err;
  EXPECT_NE(c.err.find(words), std::string::npos) << c.err;
}

TEST(CliUsage, HelpAndVersion) {
  const Program p;
  for (const char* command : {"", "run ", "compare ", "import ", "schema "}) {
    const Called help = p.call(std::string(command) + "--help");
    EXPECT_EQ(help.code, 0);
    EXPECT_NE(help.out.find("Examples:\n"), std::string::npos) << command;
    EXPECT_EQ(help.err, "");
  }
  EXPECT_EQ(p.call("--version").out.rfind("cpuhp-sim 0.1.0", 0), 0u);
  EXPECT_EQ(p.call("--version").code, 0);
}

TEST(CliUsage, WrongWordsGetTheNearestRightOne) {
  const Program p;
  expect_refused(p.call(""), "A subcommand is required");
  expect_refused(p.call("rnu x.json"), "unknown command \"rnu\"");
  expect_refused(p.call("rnu x.json"), "(did you mean 'run'?)");
  expect_refused(p.call("--verison"), "(did you mean '--version'?)");
  expect_refused(p.call("run --desing async x.json"), "(did you mean '--design'?)");
  expect_refused(p.call("compare x.json --sedes=3"), "(did you mean '--seeds'?)");
  expect_refused(p.call("run"), "run: SCENARIO is required");
  expect_refused(p.call("run a.json b.json"), "b.json");
  expect_refused(p.call("schema scenaro"), "(did you mean 'scenario'?)");
}

TEST(CliUsage, WrongValuesAreNamed) {
  const Program p;
  const std::string boot = "run scenarios/boot-8-cpus.json ";
  expect_refused(p.call(boot + "--design asnyc"), "(did you mean 'async'?)");
  expect_refused(p.call(boot + "--format jsno"), "(did you mean 'json'?)");
  expect_refused(p.call(boot + "--seed -1"), "--seed");
  expect_refused(p.call(boot + "--seed 1.5"), "--seed");
  expect_refused(p.call(boot + "--set machine"), "--set machine");
  expect_refused(p.call(boot + "--set /machine/sokets=2"), "(did you mean 'sockets'?)");
  expect_refused(p.call("compare scenarios/boot-8-cpus.json --designs async,paralel"),
                 "(did you mean 'parallel'?)");
  expect_refused(p.call("compare scenarios/boot-8-cpus.json --designs async,async"), "twice");
  expect_refused(p.call("compare scenarios/boot-8-cpus.json --seeds 0"), "--seeds");
}

TEST(CliUsage, BadFilesAreNamedByPlace) {
  const Program p;
  expect_refused(p.call("run none.json"), "none.json");
  expect_refused(p.call("run scenarios"), "directory");
  p.write("bad.json", "{\n  \"version\": 1,\n  \"machine\": {\"sokets\": 2}\n}\n");
  expect_refused(p.call("run bad.json"), "bad.json:3:15: /machine/sokets: ");
  expect_refused(p.call("compare bad.json"), "bad.json:3:15: /machine/sokets: ");
  p.write("comma.json", "{\n  \"version\": 1,\n}\n");
  expect_refused(p.call("run comma.json --format json"), "comma.json:2:15: trailing comma");
}

TEST(CliUsage, NothingIsWrittenOnBadInput) {
  const Program p;
  p.write("bad.json", "{}");
  EXPECT_EQ(p.call("run bad.json --trace t.txt").code, 2);
  EXPECT_EQ(p.call("run scenarios/boot-8-cpus.json --trace t.txt --trace no/t.json").code, 2);
  EXPECT_EQ(p.call("run scenarios/boot-8-cpus.json --trace t.txt --trace t.png").code, 2);
  EXPECT_EQ(p.call("run scenarios/boot-8-cpus.json --trace t.txt --trace t.txt").code, 2);
  EXPECT_EQ(p.call("import --states bad.json --trace bad.json --out t.json").code, 2);
  EXPECT_EQ(p.files(), std::set<std::string>{"bad.json"});
}

TEST(CliUsage, OutputsMustBeWritable) {
  const Program p;
  const std::string boot = "run scenarios/boot-8-cpus.json ";
  expect_refused(p.call(boot + "--trace no/such/t.txt"), "cannot write no/such/t.txt");
  expect_refused(p.call(boot + "--trace folder.txt/"), "folder.txt/");
  p.write("own.json", file_text(CPUHP_SOURCE_DIR "/scenarios/boot-8-cpus.json"));
  expect_refused(p.call("run own.json --set /table=scenarios/tables/x86_64-6.1.json "
                        "--trace own.json"),
                 "own.json: this command reads the same file as input; give another name");
  p.call(boot + "--format json >/dev/full 2>&1; echo $? >code; true");
  EXPECT_EQ(p.text("code"), "2\n");
}

TEST(CliUsage, ExamplesOfTheHelpWork) {
  const Program p;
  const std::string recordings = CPUHP_SOURCE_DIR "/tests/truth/recordings/x86_64-6.1/";
  std::filesystem::copy(recordings + "A-boot-smp4.txt.gz", p.folder() / "boot.txt");
  std::filesystem::copy(recordings + "B-states-smp4.txt.gz", p.folder() / "states.txt");
  for (const char* name : {"trace.txt", "cycle.txt.gz"})
    std::filesystem::copy(recordings + "C-offline-online-cpu1-smp4.txt.gz", p.folder() / name);
  p.write("dmesg.txt", "[    0.000000] Linux version 6.1.192\n");
  int tried = 0;
  for (const char* command : {"", "run ", "compare ", "import ", "schema "}) {
    std::istringstream help(p.call(std::string(command) + "--help").out);
    const std::string start = "  cpuhp-sim ";
    for (std::string line; std::getline(help, line);) {
      if (line.rfind(start, 0) != 0) continue;
      for (std::string more; line.back() == '\\' && std::getline(help, more);)
        line = line.substr(0, line.size() - 1) + more;
      const bool has = has_report_page() || line.find(" --report ") == std::string::npos;
      const Called c = p.call(line.substr(start.size()));
      EXPECT_EQ(c.code, has ? 0 : 2) << line << '\n' << c.err;
      ++tried;
    }
  }
  EXPECT_GE(tried, 12);
}

TEST(CliUsage, NoColourUnlessOnATerminal) {
  const Program p;
  for (const char* format : {"text", "json", "csv"}) {
    const Called c = p.call(std::string("compare scenarios/boot-8-cpus.json --format ") + format);
    EXPECT_EQ(c.out.find('\033'), std::string::npos);
    EXPECT_EQ(c.err, "") << "progress is for terminals";
  }
  EXPECT_EQ(p.call("run none.json").err.find('\033'), std::string::npos);
}

/// script(1) gives the program a terminal.
TEST(CliUsage, ColourOnATerminalAndNoColor) {
  if (std::system("script -qc true /dev/null >/dev/null 2>&1 </dev/null") != 0)
    GTEST_SKIP() << "left out: tests of colours: no script(1)";
  const Program p;
  const auto on_terminal = [&](const std::string& variables) {
    p.call("--version; " + variables +
           " script -qc 'cpuhp-sim run scenarios/boot-8-cpus.json' typescript");
    return p.text("typescript");
  };
  EXPECT_NE(on_terminal("NO_COLOR= TERM=xterm").find("\033["), std::string::npos);
  EXPECT_EQ(on_terminal("NO_COLOR=1 TERM=xterm").find("\033[3"), std::string::npos);
}

TEST(CliUsage, TextIsAsciiWithoutAUtf8Locale) {
  const Program p;
  const Called plain = p.call("run scenarios/boot-8-cpus.json", "LC_ALL=C");
  EXPECT_TRUE(std::all_of(plain.out.begin(), plain.out.end(), [](char c) { return c > 0; }));
  const Called utf8 = p.call("run scenarios/boot-8-cpus.json", "LC_ALL=C.UTF-8");
  EXPECT_NE(utf8.out.find("█"), std::string::npos);
}

TEST(CliUsage, OnlyWhatSimulatesNeedsSimGrid) {
  const Program p;
  p.call("run scenarios/boot-8-cpus.json --trace t.txt");
  std::filesystem::copy_file(CPUHP_BINARY, p.folder() / "alone");  // without its module
  EXPECT_EQ(p.call("--version >v; ./alone check t.txt").code, 0);
  EXPECT_EQ(p.call("--version >v; ./alone diff t.txt t.txt").code, 0);
  const Called run = p.call("--version >v; ./alone run scenarios/boot-8-cpus.json");
  EXPECT_EQ(run.code, 2);
  EXPECT_NE(run.err.find("error: cannot load SimGrid: libcpuhp_simgrid.so"), std::string::npos);
}

TEST(CliUsage, SchemaPrintsTheCommittedFiles) {
  const Program p;
  EXPECT_EQ(p.call("schema").out, p.text("scenarios/schema.json"));
  EXPECT_EQ(p.call("schema table").out, p.text("scenarios/table.schema.json"));
  EXPECT_EQ(p.call("schema costs --page").out,
            file_text(CPUHP_SOURCE_DIR "/docs/reference/costs.md"));
}

}  // namespace
}  // namespace cpuhp

// Where the files of a command come from: standard input, and what came with the program.
#include <gtest/gtest.h>

#include "tests/sim/cli_program.hpp"

namespace cpuhp {
namespace {

TEST(CliInput, AScenarioFromStandardInputIsTheSameRun) {
  const Program p;
  const std::string boot = p.call("run scenarios/boot-8-cpus.json --format csv").out;
  const Called piped = p.call("run - --format csv <scenarios/boot-8-cpus.json 3</dev/null; true");
  EXPECT_EQ(boot.substr(boot.find(",symmetric")), piped.out.substr(piped.out.find(",symmetric")));
}

TEST(CliInput, StandardInputIsReadOnceAndUsedOften) {
  const Program p;
  // compare loads the scenario once for each design, faults writes it as a whole.
  p.call("--version; cat scenarios/fail-one-step.json | cpuhp-sim compare - --format csv >designs");
  EXPECT_NE(p.text("designs").find(",async,"), std::string::npos);
  p.call("--version; cat scenarios/fail-one-step.json | cpuhp-sim run - --design async >run");
  EXPECT_NE(p.text("run").find("fail-one-step: 4 CPUs"), std::string::npos);
}

TEST(CliInput, TracesFromStandardInputPlainAndCompressed) {
  const Program p;
  p.call("run scenarios/offline-one-cpu.json --trace t.txt");
  p.call("--version; cpuhp-sim check t.txt >file; cpuhp-sim check - <t.txt >plain");
  p.call("--version; gzip -c t.txt | cpuhp-sim check - >gz; sed 200,201d t.txt >c.txt");
  EXPECT_NE(p.text("file").find("0 findings"), std::string::npos);
  EXPECT_EQ(p.text("plain"), p.text("file"));
  EXPECT_EQ(p.text("gz"), p.text("file"));
  p.call("--version; cpuhp-sim check - <c.txt >found; cpuhp-sim diff t.txt - <c.txt >diff");
  EXPECT_EQ(p.text("found").rfind("standard input:", 0), 0u) << p.text("found");
}

TEST(CliInput, ErrorsNameStandardInput) {
  const Program p;
  p.write("half.json", "{\"version\": 2,");
  EXPECT_NE(p.call("run - <half.json 2>&1; true").out.find("standard input:1:"), std::string::npos);
  p.call("--version; echo nothing | cpuhp-sim check - 2>err");
  EXPECT_EQ(p.text("err").rfind("cpuhp-sim: error: standard input: ", 0), 0u) << p.text("err");
  p.call("--version; echo 5 | cpuhp-sim shell - 2>err");
  EXPECT_NE(p.text("err").find("shell reads its commands from standard input"), std::string::npos);
  p.call("--version; yes | cpuhp-sim run - 2>err");
  EXPECT_NE(p.text("err").find("standard input: the file is too large"), std::string::npos);
}

/// A program in bin/ of a folder, with its data where an installation has them.
struct Installed : Program {
  Installed() {
    namespace fs = std::filesystem;
    fs::create_directories(folder() / "root/bin");
    fs::create_directories(folder() / "root/share/cpuhp-sim");
    fs::create_directories(folder() / "empty");
    fs::copy_file(CPUHP_BINARY, folder() / "root/bin/cpuhp-sim");
    fs::copy_file(fs::path(CPUHP_BINARY).parent_path() / "libcpuhp_simgrid.so",
                  folder() / "root/bin/libcpuhp_simgrid.so");
    fs::copy(CPUHP_SOURCE_DIR "/scenarios", folder() / "root/share/cpuhp-sim/scenarios",
             fs::copy_options::recursive);
  }
  Called here(const std::string& arguments) const {
    call("--version; cd empty; ../root/bin/cpuhp-sim " + arguments + " >../out 2>../err");
    return {0, text("out"), text("err")};
  }
};

TEST(CliInput, WhatCameWithTheProgramIsFoundFromAnyFolder) {
  const Installed p;
  for (const char* name : {"scenarios/boot-8-cpus.json", "boot-8-cpus.json"}) {
    const Called run = p.here(std::string("run ") + name);
    EXPECT_NE(run.out.find("boot-8-cpus: 8 CPUs"), std::string::npos) << run.err;
  }
  EXPECT_NE(p.here("test scenarios/faults").out.find(" passed"), std::string::npos);
  EXPECT_NE(p.here("run scenarios/boot-9-cpus.json").err.find("does not exist"), std::string::npos);
}

TEST(CliInput, AFileOfTheWorkingFolderComesFirst) {
  const Installed p;
  std::filesystem::create_directory(p.folder() / "empty/scenarios");
  p.write("empty/scenarios/boot-8-cpus.json",
          R"({"version": 2, "name": "own", "machine": {"sockets": 1, "cores": 2, "threads": 1},
              "table": "tables/x86_64-6.1.json", "operations": [{"op": "boot"}]})");
  // Its table is not beside it: a table of that name came with the program.
  EXPECT_NE(p.here("run scenarios/boot-8-cpus.json").out.find("own: 2 CPUs"), std::string::npos);
}

TEST(CliInput, HelpOfACommandIsItsHelp) {
  const Program p;
  EXPECT_EQ(p.call("help").out, p.call("--help").out);
  for (const char* command : {"run", "faults", "help"})
    EXPECT_EQ(p.call(std::string("help ") + command).out,
              p.call(std::string(command) + " --help").out);
  const Called wrong = p.call("help rnu");
  EXPECT_EQ(wrong.code, 2);
  EXPECT_NE(wrong.err.find("(did you mean 'run'?)"), std::string::npos);
  EXPECT_EQ(p.call("-V").out, p.call("--version").out);
}

}  // namespace
}  // namespace cpuhp

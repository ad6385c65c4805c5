// Where the files of a command come from: standard input, and what came with the program.
#include <gtest/gtest.h>

#include "tests/sim/cli_program.hpp"

namespace cpuhp {
namespace {

TEST(CliInput, AScenarioFromStandardInputIsTheSameRun) {
  const Program p;
  const std::string boot = p.call("run scenarios/boot-8-cpus.json --format csv").out;
  EXPECT_NE(boot.find("boot-8-cpus,symmetric"), std::string::npos);
  EXPECT_EQ(p.shell("cd scenarios; cpuhp-sim run - --format csv <boot-8-cpus.json").out, boot);
}

TEST(CliInput, StandardInputIsReadOnceAndUsedOften) {
  const Program p;
  // compare loads the scenario once for each design, run with another design twice.
  const std::string cat = "cd scenarios; cat fail-one-step.json | cpuhp-sim ";
  EXPECT_NE(p.shell(cat + "compare - --format csv").out.find(",async,"), std::string::npos);
  EXPECT_NE(p.shell(cat + "run - --design async").out.find("fail-one-step: 4 CPUs"),
            std::string::npos);
}

TEST(CliInput, TracesFromStandardInputPlainAndCompressed) {
  const Program p;
  p.call("run scenarios/offline-one-cpu.json --trace t.txt");
  const Called file = p.shell("cpuhp-sim check t.txt");
  EXPECT_NE(file.out.find("0 findings"), std::string::npos);
  EXPECT_EQ(p.shell("cpuhp-sim check - <t.txt").out, file.out);
  EXPECT_EQ(p.shell("gzip -c t.txt | cpuhp-sim check -").out, file.out);
  const Called cut = p.shell("sed 200,201d t.txt | cpuhp-sim check -");
  EXPECT_EQ(cut.code, 1);
  EXPECT_EQ(cut.out.rfind("standard input:201: I2", 0), 0u) << cut.out;
}

TEST(CliInput, ErrorsNameStandardInput) {
  const Program p;
  const auto error = [&](const std::string& line) {
    const Called c = p.shell(line);
    EXPECT_EQ(c.code, 2) << line;
    return c.err;
  };
  const std::string place = "cpuhp-sim: error: standard input:";
  EXPECT_EQ(error("echo '{\"version\": 2,' | cpuhp-sim run -").rfind(place + "2:1: ", 0), 0u);
  EXPECT_EQ(error("echo nothing | cpuhp-sim check -").rfind(place + " ", 0), 0u);
  EXPECT_NE(error("echo 5 | cpuhp-sim shell -").find("reads its commands from standard input"),
            std::string::npos);
  EXPECT_NE(error("yes | cpuhp-sim run -").find(": the file is too large"), std::string::npos);
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
    return shell("cd empty; ../root/bin/cpuhp-sim " + arguments);
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

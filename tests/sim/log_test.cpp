#include "sim/log.hpp"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <sstream>

#include "sim/scenario/scenario.hpp"

namespace cpuhp {
namespace {

void read_a_scenario() { load_scenario(CPUHP_SOURCE_DIR "/scenarios/boot-8-cpus.json"); }

TEST(Log, IsSilentUntilTheProgramHasRegisteredOne) {
  testing::internal::CaptureStdout();
  read_a_scenario();
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");

  std::ostringstream said;
  spdlog::register_logger(std::make_shared<spdlog::logger>(
      kLogName, std::make_shared<spdlog::sinks::ostream_sink_mt>(said)));
  read_a_scenario();
  spdlog::drop(kLogName);
  EXPECT_NE(said.str().find("reads " CPUHP_SOURCE_DIR "/scenarios/boot-8-cpus.json"),
            std::string::npos)
      << said.str();
}

}  // namespace
}  // namespace cpuhp

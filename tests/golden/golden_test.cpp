// Whole runs, event by event. A change of the model shows here as a diff of readable text: look at
// it, and if it is what was meant, scripts/update-golden writes it.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "sim/host.hpp"
#include "sim/scenario/scenario.hpp"
#include "tests/event_text.hpp"
#include "tests/file_text.hpp"
#include "tests/model/small_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;

struct Golden {
  const char* scenario;
  std::vector<SetOverride> small;  ///< what makes it small enough to be read
};

const Golden kGolden[] = {
    {"boot-8-cpus", {{"/machine/cores", "2"}, {"/expect", "{}"}}},
    {"offline-one-cpu",
     {{"/machine/cores", "2"},
      {"/operations/1/path", "cpu1/online"},
      {"/operations/2/path", "cpu1/online"},
      {"/operations/3/cpu", "1"},
      {"/expect", "{}"}}},
    {"fail-one-step",
     {{"/machine/cores", "2"},
      {"/operations/1/cpu", "1"},
      {"/operations/2/cpu", "1"},
      {"/faults/0/cpu", "1"},
      {"/expect", "{}"}}},
};
constexpr Design kDesigns[] = {Design::Notifier, Design::Symmetric, Design::Parallel,
                               Design::Async};

/// The events, and what a caller got.
std::string text_of(const RunResult& r) {
  std::string text = stream_text(r.stream);
  for (const OpResult& op : r.operations) text += "ret " + std::to_string(op.ret) + "\n";
  return text;
}

/// The first line that differs, with its number.
std::string first_difference(const std::string& want, const std::string& got) {
  std::istringstream a(want), b(got);
  std::string x, y;
  for (int line = 1;; ++line) {
    const bool more_a = static_cast<bool>(std::getline(a, x)),
               more_b = static_cast<bool>(std::getline(b, y));
    if (!more_a) x = "(end)";
    if (!more_b) y = "(end)";
    if (x != y || (!more_a && !more_b))
      return ":" + std::to_string(line) + "\n  want " + x + "\n  got  " + y;
  }
}

TEST(Golden, RunsAreAsCommitted) {
  const bool update = std::ifstream(CPUHP_SOURCE_DIR "/tests/golden/UPDATE").good();
  for (const Golden& g : kGolden)
    for (const Design design : kDesigns) {
      const std::string name =
          std::string(g.scenario) + "." + std::string(to_string(design)) + ".txt";
      const std::string path = CPUHP_SOURCE_DIR "/tests/golden/" + name;
      MachineConfig c =
          load_scenario(CPUHP_SOURCE_DIR "/scenarios/" + std::string(g.scenario) + ".json", g.small)
              .config;
      c.design = design;
      const std::string got = text_of(run(c));
      if (update) write_file_atomically(path, got);
      const std::string want = file_text(path);
      if (got != want)
        ADD_FAILURE() << "tests/golden/" << name << first_difference(want, got)
                      << "\nif that is meant: scripts/update-golden";
    }
}

}  // namespace
}  // namespace cpuhp

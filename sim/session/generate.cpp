#include "sim/session/generate.hpp"

#include <algorithm>

#include "sim/error.hpp"
#include "sim/session/kinds.hpp"
#include "sim/session/probed.hpp"

namespace cpuhp {
namespace {

SessionStep module_of(const std::string& words) {
  const std::string name = words.substr(0, words.find(' '));
  const std::string text = "# cpuhp-sim session 1\nsession module\nload " + words + '\n';
  try {
    return parse_sessions(text, "").sessions.at(0).steps.at(0);
  } catch (const BadInput& bad) {
    throw BadInput{"--module \"" + words + "\": " + bad.message};
  }
}

std::vector<std::string> notes_of(const Recording& probe, const Probed& p,
                                  const PlayOptions& options) {
  std::vector<std::string> notes;
  notes.push_back("machine: " + p.arch + ", kernel " + probe.kernel() + ", " +
                  std::to_string(p.present.size()) + " CPUs present");
  std::string asked = options.singles ? " --singles" : "";
  if (options.random > 0)
    asked += " --random " + std::to_string(options.random) + " --seed " +
             std::to_string(options.seed) + " --writes " + std::to_string(options.writes);
  for (const std::string& words : options.modules)
    asked +=
        words.find(' ') == std::string::npos ? " --module " + words : " --module '" + words + "'";
  notes.push_back("options:" + asked);
  if (!p.hazards.empty()) {
    std::string numbers;
    for (const int id : p.hazards) numbers += ' ' + std::to_string(id);
    notes.push_back("left out of hotplug/target, as they crash or hang a kernel:" + numbers);
  }
  if (p.arch == "s390x")
    notes.push_back(
        "left out: cpu0/hotplug/target, as taking CPU 0 down damages a kernel on s390x");
  return notes;
}

}  // namespace

SessionFile make_sessions(const Recording& probe, const PlayOptions& options) {
  const Probed p = probed(probe);
  std::vector<SessionStep> modules;
  for (const std::string& words : options.modules) modules.push_back(module_of(words));
  SessionFile file{.notes = notes_of(probe, p, options), .sessions = {}};
  if (options.singles) file.sessions = single_sessions(p, modules);
  for (std::uint64_t i = 0; i < options.random; ++i)
    file.sessions.push_back(
        random_session(p, modules, {.seed = options.seed, .index = i, .most = options.writes}));
  return file;
}

}  // namespace cpuhp

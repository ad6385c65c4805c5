// A live machine for tests: its requests are a list of steps, and it runs on bare stacks.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "sim/live/session.hpp"
#include "sim/live/tree.hpp"
#include "sim/scenario/scenario.hpp"

namespace cpuhp {

using LiveStep = std::function<void(Session&)>;

class StepDoor final : public Door {
 public:
  explicit StepDoor(std::vector<LiveStep> steps) : steps_(std::move(steps)) {}
  bool serve(Session& session, int) override {
    if (next_ == steps_.size()) return false;
    steps_[next_++](session);
    return true;
  }

 private:
  std::vector<LiveStep> steps_;
  std::size_t next_ = 0;
};

struct Lived {
  RunResult result;
  std::vector<Operation> operations;
  std::vector<OpResult> results;
  std::vector<Finding> findings;
  std::size_t forgotten = 0;
  bool judged_all = false;
};

inline Lived live(const Scenario& scenario, const SessionOptions& options,
                  std::vector<LiveStep> steps) {
  Lived lived;
  with_bare_simulator([&](Simulator& simulator) {
    StepDoor door(std::move(steps));
    Session session(door, scenario.config, options);
    lived.result = simulator.run(scenario.config, {.outside = &session});
    lived.operations = session.operations();
    lived.results = session.results();
    lived.findings = session.watched().findings();
    lived.forgotten = session.watched().forgotten();
    lived.judged_all = session.watched().judged_all();
  });
  return lived;
}

inline Scenario four_cpus(const std::string& more = "",
                          const std::string& operations = R"({"op": "boot"})") {
  return parse_scenario(R"({"version": 1, "name": "four", "description": "four CPUs",
      "machine": {"cores": 4}, "table": "tables/x86_64-6.1.json", "operations": [)" +
                            operations + "]" + more + "}",
                        CPUHP_SOURCE_DIR "/scenarios/four.json");
}

inline Operation write_op(const std::string& path, const std::string& text) {
  return {.kind = OpKind::Write, .path = path, .text = text};
}

/// Asks for a write; `ret` gets the answer.
inline LiveStep writes(const std::string& path, const std::string& text, int* ret) {
  return
      [=](Session& s) { s.ask(write_op(path, text), [ret](const OpResult& r) { *ret = r.ret; }); };
}

/// Reads a file below sys/devices/system/cpu.
inline LiveStep reads(const std::string& path, std::string* text) {
  return [=](Session& s) {
    const int ret = Tree(s).read(std::string(kCpuFolder) + '/' + path, text);
    if (ret != 0) *text = std::to_string(ret);
  };
}

}  // namespace cpuhp

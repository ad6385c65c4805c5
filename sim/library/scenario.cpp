#include "cpuhp/scenario.hpp"

#include <nlohmann/json.hpp>

#include "cpuhp/error.hpp"
#include "sim/error.hpp"
#include "sim/library/data.hpp"
#include "sim/library/parts.hpp"
#include "sim/library/seen.hpp"
#include "sim/report/finding_report.hpp"
#include "sim/run/run.hpp"

namespace cpuhp::api {
namespace {

using Json = nlohmann::ordered_json;

Json about(const char* op, std::string_view key, const Json& value) {
  return {{"op", op}, {std::string(key), value}};
}

}  // namespace

Scenario::Scenario(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) { find_data(); }
Scenario::Scenario(Scenario&&) noexcept = default;
Scenario& Scenario::operator=(Scenario&&) noexcept = default;
Scenario::~Scenario() = default;

Scenario Scenario::load(std::string path) {
  return Scenario(std::make_unique<Parts>(Parts{.path = std::move(path)}));
}

Scenario Scenario::parse(std::string json, std::string name) {
  return Scenario(std::make_unique<Parts>(Parts{.path = std::move(name), .text = std::move(json)}));
}

Scenario Scenario::machine(unsigned sockets, unsigned cores, unsigned threads) {
  return parse(Json{{"version", 2},
                    {"name", "machine"},
                    {"machine", {{"sockets", sockets}, {"cores", cores}, {"threads", threads}}},
                    {"table", "tables/x86_64-6.12.json"},
                    {"design", "parallel"},
                    {"operations", Json::array()}}
                   .dump(),
               "machine");
}

Scenario& Scenario::set(std::string_view pointer_and_value) {
  try {
    parts_->sets.push_back(parse_set_override(pointer_and_value));
  } catch (const BadInput& error) {
    throw Error(error.what());
  }
  return *this;
}

Scenario& Scenario::operation(std::string_view json) {
  parts_->sets.push_back({"/operations/-", std::string(json)});
  return *this;
}

Scenario& Scenario::boot() { return operation(R"({"op": "boot"})"); }
Scenario& Scenario::down(unsigned cpu) { return operation(about("down", "cpu", cpu).dump()); }
Scenario& Scenario::up(unsigned cpu) { return operation(about("up", "cpu", cpu).dump()); }
Scenario& Scenario::write(std::string_view path, std::string_view text) {
  return operation(Json{{"op", "write"}, {"path", path}, {"value", text}}.dump());
}
Scenario& Scenario::setup(std::string_view state) {
  return operation(about("setup", "state", state).dump());
}
Scenario& Scenario::remove(std::string_view state) {
  return operation(about("remove", "state", state).dump());
}
Scenario& Scenario::add_instance(std::string_view state, unsigned instance) {
  return operation(Json{{"op", "add_instance"}, {"state", state}, {"instance", instance}}.dump());
}
Scenario& Scenario::remove_instance(std::string_view state, unsigned instance) {
  return operation(
      Json{{"op", "remove_instance"}, {"state", state}, {"instance", instance}}.dump());
}

Scenario& Scenario::add(StateOptions options, Callbacks callbacks,
                        std::shared_ptr<const detail::AnyDriver> driver) {
  parts_->added.push_back({std::move(options), callbacks, std::move(driver)});
  return *this;
}

Scenario& Scenario::add_invariant(Invariant invariant) {
  parts_->invariants.push_back(std::move(invariant));
  return *this;
}

Run Scenario::run() const {
  const ::cpuhp::Scenario scenario = parts_->load();
  Run run;
  with_bare_simulator([&](Simulator& simulator) {
    const RunResult result = simulator.run(scenario.config);
    run = seen(result, scenario.config, findings_of(result, scenario.config));
  });
  check(run, parts_->invariants);
  return run;
}

}  // namespace cpuhp::api

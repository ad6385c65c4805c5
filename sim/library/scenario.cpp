#include "cpuhp/scenario.hpp"

#include <nlohmann/json.hpp>

#include "cpuhp/error.hpp"
#include "model/state_table.hpp"
#include "sim/error.hpp"
#include "sim/library/data.hpp"
#include "sim/library/parts.hpp"
#include "sim/library/seen.hpp"
#include "sim/report/finding_report.hpp"
#include "sim/run/run.hpp"

namespace cpuhp::api {
namespace {

using Json = nlohmann::ordered_json;

/// Returns the number of an instance of a multi-instance state. Throws Error.
unsigned instance_number(unsigned instance) {
  if (instance < 1 || instance >= kNoInstance)
    throw Error("expected an instance 1 to " + std::to_string(kNoInstance - 1) + ", found " +
                std::to_string(instance));
  return instance;
}

/// Returns the text of a part of a scenario. Throws Error when a name in it is not UTF-8.
std::string text_of(const Json& part) {
  try {
    return part.dump();
  } catch (const Json::exception& error) {
    throw Error(error.what());
  }
}

std::string about(const char* op, std::string_view key, const Json& value) {
  return text_of({{"op", op}, {std::string(key), value}});
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
Scenario& Scenario::down(unsigned cpu) { return operation(about("down", "cpu", cpu)); }
Scenario& Scenario::up(unsigned cpu) { return operation(about("up", "cpu", cpu)); }
Scenario& Scenario::write(std::string_view path, std::string_view text) {
  return operation(text_of({{"op", "write"}, {"path", path}, {"value", text}}));
}
Scenario& Scenario::setup(std::string_view state) {
  return operation(about("setup", "state", state));
}
Scenario& Scenario::remove(std::string_view state) {
  return operation(about("remove", "state", state));
}
Scenario& Scenario::add_instance(std::string_view state, unsigned instance) {
  return operation(
      text_of({{"op", "add_instance"}, {"state", state}, {"instance", instance_number(instance)}}));
}
Scenario& Scenario::remove_instance(std::string_view state, unsigned instance) {
  return operation(text_of(
      {{"op", "remove_instance"}, {"state", state}, {"instance", instance_number(instance)}}));
}

Scenario& Scenario::add(StateOptions options, Callbacks callbacks,
                        std::shared_ptr<const detail::AnyDriver> driver) {
  if (options.number < -1 || (options.number >= 0 && options.prepare))
    throw Error("state \"" + options.name +
                "\": expected a number of the table, or none (-1) and `prepare` or not");
  parts_->added.push_back({std::move(options), callbacks, std::move(driver)});
  return *this;
}

Scenario& Scenario::add_invariant(Invariant invariant) {
  if (invariant.name.empty() || !invariant.check)
    throw Error("an invariant needs a name and a check");
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

#include "sim/library/parts.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "cpuhp/error.hpp"
#include "model/hotplug/driver_calls.hpp"
#include "sim/error.hpp"
#include "sim/scenario/json_document.hpp"

namespace cpuhp::api {
namespace {

constexpr int kMaxErrno = 4'095;  // kernel: MAX_ERRNO

/// A driver in one machine.
class DriverInMachine final : public ::cpuhp::Driver {
 public:
  DriverInMachine(std::string state, std::unique_ptr<detail::AnyDriver> driver)
      : state_(std::move(state)), driver_(std::move(driver)) {}

  int call(DriverCall& call) override {
    Callback cb = Access::callback(&call);
    const int ret = driver_->call(cb);
    if (ret > 0 || ret < -kMaxErrno)
      throw Error("a callback of state \"" + state_ + "\" returned " + std::to_string(ret) +
                  ", expected 0 or -errno (-1 to -" + std::to_string(kMaxErrno) + ")");
    return ret;
  }
  bool copyable() const override { return driver_->copyable(); }
  std::unique_ptr<::cpuhp::Driver> copy() const override {
    return std::make_unique<DriverInMachine>(state_, driver_->copy());
  }
  bool equals(const ::cpuhp::Driver& other) const override {
    return driver_->equals(*static_cast<const DriverInMachine&>(other).driver_);
  }

 private:
  std::string state_;
  std::unique_ptr<detail::AnyDriver> driver_;
};

/// Returns the name of a callback: "nic_online_startup" for "nic:online".
std::string symbol(const StateOptions& options, bool startup) {
  const std::string& given = startup ? options.startup : options.teardown;
  if (!given.empty()) return given;
  std::string made = options.name + (startup ? "_startup" : "_teardown");
  const auto is_word = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  };
  std::ranges::replace_if(
      made, [&](char c) { return !is_word(c); }, '_');
  return made;
}

/// Returns the entry in "states" of a scenario.
std::string declaration(const StateOptions& options, bool startup, bool teardown) {
  nlohmann::ordered_json state{{"name", options.name}};
  if (options.number >= 0)
    state["number"] = options.number;
  else
    state["dynamic"] = options.prepare ? "prepare" : "online";
  if (startup) state["startup"] = symbol(options, true);
  if (teardown) state["teardown"] = symbol(options, false);
  if (options.multi) state["multi"] = true;
  return state.dump();
}

/// True when the scenario itself declares the state.
bool declares(const JsonNode& root, std::string_view name) {
  if (!root.is_object()) return false;
  const auto find = [](const JsonNode& object, std::string_view key) -> const JsonNode* {
    if (!object.is_object()) return nullptr;
    const auto& members = object.object();
    const auto it = std::ranges::find(members, key, &JsonMember::key);
    return it == members.end() ? nullptr : &it->value;
  };
  const JsonNode* const states = find(root, "states");
  return states != nullptr && states->is_array() &&
         std::ranges::any_of(states->array(), [&](const JsonNode& state) {
           const JsonNode* const its = find(state, "name");
           return its != nullptr && its->is_string() && its->string() == name;
         });
}

void bind(::cpuhp::Scenario& scenario, const std::string& state,
          const std::shared_ptr<const detail::AnyDriver>& driver) {
  MachineConfig& config = scenario.config;
  const auto declared = std::ranges::find(config.declared, state, &DeclaredState::name);
  declared->driver = [state, driver] {
    return std::make_unique<DriverInMachine>(state, driver->copy());
  };
  const StateId id = declared_id(static_cast<std::size_t>(declared - config.declared.begin()));
  if (std::ranges::none_of(config.operations, [&](const ::cpuhp::Operation& op) {
        return op.kind == OpKind::Setup && op.state == id;
      }))
    throw Error("no operation installs the state \"" + state +
                "\", so its callbacks would never be called: add setup(\"" + state + "\")");
}

}  // namespace

::cpuhp::Scenario Scenario::Parts::load(std::optional<Design> design) const {
  try {
    constexpr JsonLimits kLimits{.bytes_max = kScenarioBytesMax};
    std::vector<SetOverride> all = sets;
    if (!added.empty()) {
      const JsonDocument document =
          text ? parse_json(*text, path, kLimits) : parse_json_file(path, kLimits, "a scenario");
      for (const Added& a : added)
        if (!declares(document.root, a.options.name))
          all.push_back(
              {"/states/-", declaration(a.options, a.callbacks.startup, a.callbacks.teardown)});
    }
    if (design) all.push_back(design_override(*design));
    ::cpuhp::Scenario scenario = text ? parse_scenario(*text, path, all) : load_scenario(path, all);
    for (const Added& a : added) bind(scenario, a.options.name, a.driver);
    return scenario;
  } catch (const BadInput& error) {
    throw Error(error.what());
  } catch (const nlohmann::json::exception& error) {  // a name that is not UTF-8
    throw Error(error.what());
  }
}

bool Scenario::Parts::copyable() const {
  return std::ranges::all_of(added, [](const Added& a) { return a.driver->copyable(); });
}

}  // namespace cpuhp::api

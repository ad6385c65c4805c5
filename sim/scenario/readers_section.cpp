#include "sim/scenario/readers_section.hpp"

#include <algorithm>
#include <string>

#include "sim/scenario/costs_shape.hpp"
#include "sim/scenario/machine_section.hpp"

namespace cpuhp {
namespace {

/// Shortest pause between two rounds. With it, a run of many rounds takes a while, but ends.
constexpr Ns kEveryMin = 1_us;

Dist read_every(const JsonRef& value) {
  Dist every = read_duration(value);
  if (every.quantiles.empty() || every.quantiles.front() < kEveryMin)
    value.fail("a reader pauses at least " + std::to_string(kEveryMin.v) +
               " ns between two rounds, or it would do nothing else: expected a longer pause");
  return every;
}

/// Reads the callback that waits for the reader. Refuses one that never runs, or may not sleep.
CallbackOf read_flusher(const JsonRef& object, const MachineConfig& config,
                        const std::function<StateId(const JsonRef&)>& read_state) {
  const JsonRef state = object.at("state");
  const bool up = object.at("direction")->string() == "up";
  const CallbackOf callback{read_state(state), up ? Direction::Up : Direction::Down};
  const auto symbol = [up](const auto& s) { return up ? s.startup : s.teardown; };
  const bool declared = is_declared(callback.state);
  const bool silent = declared ? symbol(config.declared[declared_index(callback.state)]).empty()
                               : symbol(config.table.at(callback.state)).empty() &&
                                     !config.table.at(callback.state).multi;
  if (silent)
    state.fail("state " + state->shown() + " has no " + (up ? "startup" : "teardown") +
               " callback, so nothing would wait for the reader");
  const StateId number =
      declared ? config.declared[declared_index(callback.state)].number : callback.state;
  if (number >= 0 && config.table.is_atomic(number))
    state.fail("callbacks of state " + state->shown() +
               " run with interrupts off and may not wait: expected a state of the PREPARE or the "
               "ONLINE section");
  return callback;
}

LockReader read_reader(const JsonRef& object, const MachineConfig& config,
                       const std::function<StateId(const JsonRef&)>& read_state) {
  LockReader reader{.name = "reader " + std::to_string(config.readers.size()),
                    .lock = value_of(object.at("lock"), kReaderLocks),
                    .every = read_every(object.at("every"))};
  object.read("name", reader.name);
  const auto same = [&](const LockReader& other) { return other.name == reader.name; };
  if (std::ranges::any_of(config.readers, same))
    (object.find("name") ? object.at("name") : object)
        .fail("\"readers\" already has a reader of the name \"" + reader.name +
              "\": choose another name");
  if (const JsonRef cpu = object.find("cpu")) reader.cpu = read_cpu(cpu, config.topology);
  object.read("work", reader.work);
  const JsonRef hold = object.at("hold");
  const bool forever = hold->is_string();
  if (forever && reader.work)
    object.at("work").fail(
        "a reader that never lets go holds the lock asleep: expected \"work\": false or a duration "
        "in \"hold\"");
  reader.hold = forever ? std::nullopt : std::optional(read_duration(hold));
  object.read("from", reader.from);
  object.read("rounds", reader.rounds);
  if (const JsonRef flushed_by = object.find("flushed_by"))
    reader.flushed_by = read_flusher(flushed_by, config, read_state);
  return reader;
}

}  // namespace

void read_readers(const JsonRef& list, MachineConfig& config,
                  const std::function<StateId(const JsonRef&)>& read_state) {
  for (const JsonRef& object : list.items())
    config.readers.push_back(read_reader(object, config, read_state));
}

}  // namespace cpuhp

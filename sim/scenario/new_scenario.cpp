#include "sim/scenario/new_scenario.hpp"

#include <charconv>
#include <string_view>

#include "sim/error.hpp"

namespace cpuhp {

void parse_grid(const std::string& text, NewScenario& scenario) {
  std::vector<std::uint64_t> factors;
  const char* at = text.data();
  const char* const end = at + text.size();
  bool more = true;
  while (more) {
    std::uint64_t factor = 0;
    const auto [next, error] = std::from_chars(at, end, factor);
    if (error != std::errc{} || factor == 0) factors.clear();
    if (error != std::errc{} || factor == 0) break;
    factors.push_back(factor);
    more = next != end && *next == 'x';
    at = more ? next + 1 : next;
  }
  if (factors.empty() || factors.size() > 3 || at != end)
    throw BadInput{"--machine " + text +
                   ": expected SOCKETSxCORESxTHREADS, such as 2x32x2: 2 sockets of 32 cores with 2 "
                   "threads each"};
  scenario.sockets = factors.size() > 1 ? factors[0] : 1;
  scenario.cores = factors.size() > 1 ? factors[1] : factors[0];
  scenario.threads = factors.size() > 2 ? factors[2] : 1;
}

OrderedJson notes_of_new_scenario(std::uint64_t cpus, bool own_costs) {
  const std::string last = std::to_string(cpus - 1);
  OrderedJson notes{
      "machine: sockets, cores of a socket, threads of a core; CPUs are 0 to " + last +
          ", and CPU 0 boots.",
      "table: the hotplug states of a kernel; `cpuhp-sim import` makes one of your own kernel.",
      own_costs
          ? "costs: what callbacks and hardware cost, as the traces show it."
          : "costs: not named, so they are those of a modern bare-metal x86 machine; `cpuhp-sim "
            "import` makes your machine's own of a trace.",
      "design: notifier, symmetric, parallel or async; `cpuhp-sim compare` runs all of them.",
      "operations: one after the other; others are write, suspend, resume, setup and remove.",
      "faults: none yet; one would be {\"kind\": \"error\", \"cpu\": " + last +
          ", \"state\": \"sched:active\"}: this callback then fails once.",
      // NOLINTNEXTLINE(bugprone-suspicious-missing-comma): one text in two lines
      "expect: what has to come out, or the exit code is 1; ret has one number for each operation, "
      "or a name such as \"-EBUSY\".",
      "notes: for people only. `cpuhp-sim schema scenario --page` describes every key."};
  return notes;
}

OrderedJson new_scenario(const NewScenario& about) {
  const std::uint64_t cpus = about.sockets * about.cores * about.threads;
  OrderedJson json;
  if (!about.schema.empty()) json["$schema"] = about.schema;
  json["version"] = 2;
  json["name"] = about.name;
  json["description"] =
      "How long does this machine boot, and what does it cost to take a CPU down and up again?";
  json["notes"] = notes_of_new_scenario(cpus, !about.costs.empty());
  json["machine"] = {
      {"sockets", about.sockets}, {"cores", about.cores}, {"threads", about.threads}};
  json["table"] = about.table;
  if (!about.costs.empty()) json["costs"] = about.costs;
  json["design"] = "parallel";
  json["operations"] = {{{"op", "boot"}}};
  OrderedJson returns = OrderedJson::array({0});
  if (cpus > 1) {
    for (const char* op : {"down", "up"}) {
      json["operations"].push_back({{"op", op}, {"cpu", cpus - 1}});
      returns.push_back(0);
    }
  }
  json["faults"] = OrderedJson::array();
  json["expect"] = {
      {"online", "all"}, {"ret", returns}, {"hang", false}, {"panic", false}, {"findings", 0}};
  return json;
}

}  // namespace cpuhp

#include "sim/scenario/schema.hpp"

#include "sim/scenario/cmdline.hpp"
#include "sim/scenario/costs_shape.hpp"
#include "sim/scenario/json_schema.hpp"
#include "sim/scenario/published_shape.hpp"
#include "sim/scenario/reference_page.hpp"
#include "sim/scenario/scenario_shape.hpp"
#include "sim/scenario/table_shape.hpp"

namespace cpuhp {

namespace {

std::string list(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "`" : ", `") + word + '`';
  return text;
}

constexpr std::string_view kErrors = R"(
Files are strict JSON: an unknown key, a wrong type, a value out of range, a missing or a duplicate
key, a trailing comma or a comment is refused with exit code 2 and one line:

```text
boot.json:4:15: /machine/sokets: unknown key "sokets" (did you mean 'sockets'?)
```
)";

constexpr std::string_view kScenarioIntroduction =
    R"(A scenario asks one question: one machine, one design, what is done to it, what fails, and what
has to come out. It is a JSON file of at most 1 MiB. `"$schema": "schema.json"` (the path of
scenarios/schema.json) lets an editor complete and check it.
)";

constexpr std::string_view kScenarioMore = R"(
Any value can be changed on the command line, before the file is checked:
`--set /json/pointer=value`. The value is JSON, and what is no JSON is a string: `--set
/machine/sockets=4`, `--set /design=async`, `--set '/operations/-={"op":"down","cpu":3}'` (`-`
appends). Objects that are missing on the way are made.

CPU lists are the kernel's: `0-3,8`, `0-15:2/4` (two of every four), `all`, `N` for the last CPU.

)";

constexpr std::string_view kTableIntroduction =
    R"(A state table lists the hotplug states of one kernel with its loaded drivers, one state a line
and in the kernel's order, and says which rules that kernel's core follows. It is a JSON file of at
most 8 MiB and 4,096 states; `cpuhp-sim import` makes one from a real kernel's own files.

The table needs the states whose meaning the core knows, in this order: `offline` (0),
`cpu:bringup`, then `idle:dead` and `ap:offline` right after it, `ap:online`, then `cpu:teardown`
and the nameless idle entry right after it, `online` (last). `threads:prepare`, `cpu:kick_ap` and
`sched:active` are known too where they exist. A state's section follows from its place.
)";

constexpr std::string_view kCostsIntroduction =
    R"(A cost profile says what everything costs on one machine: callbacks by the state's name and
direction, and the phases of the hardware and the core around them. It is a JSON file of at most
8 MiB. All durations are integer nanoseconds.

A profile is shared between tables: a state that a table lacks is noted in the results, not
refused. A callback that the profile does not name costs `default`; a phase that it does not name
is that of a modern bare-metal x86 machine. A scenario may stack several profiles: later ones
override single entries of earlier ones.
)";

constexpr std::string_view kPublishedIntroduction =
    R"(A file of published figures holds what somebody measured on a real machine, the runs of a scenario
that stand beside it, and how far each figure may be off. `cpuhp-sim validate FILE` runs them and
prints every residual; exit code 1: one is out of its tolerance, or the order of two totals that
differ by more than 2 % is wrong. It is a JSON file of at most 1 MiB.
)";

std::string cmdline_section() {
  return "Words of `machine.cmdline` with a meaning: " + list(cmdline_words()) +
         ". Harmless ones, which recordings of real machines carry, are accepted and ignored: " +
         list(harmless_cmdline_words()) + ". Any other word is an error.\n";
}

}  // namespace

std::string scenario_schema() { return json_schema(*scenario_shape(), "A scenario of cpuhp-sim"); }
std::string table_schema() { return json_schema(*table_shape(), "A state table of cpuhp-sim"); }
std::string costs_schema() {
  return json_schema(*costs_file_shape(), "A cost profile of cpuhp-sim");
}

std::string published_schema() {
  return json_schema(*published_shape(), "Published figures for cpuhp-sim");
}

std::string scenario_reference() {
  return reference_page(*scenario_shape(), "Scenario files",
                        std::string(kScenarioIntroduction) + std::string(kErrors) +
                            std::string(kScenarioMore) + cmdline_section());
}

std::string table_reference() {
  return reference_page(*table_shape(), "State tables",
                        std::string(kTableIntroduction) + std::string(kErrors));
}

std::string costs_reference() {
  return reference_page(*costs_file_shape(), "Cost profiles",
                        std::string(kCostsIntroduction) + std::string(kErrors));
}

std::string published_reference() {
  return reference_page(*published_shape(), "Published figures",
                        std::string(kPublishedIntroduction) + std::string(kErrors));
}

}  // namespace cpuhp

#include "sim/scenario/schema.hpp"

#include <array>

#include "model/rows.hpp"
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
    R"(A scenario asks one question: it has one machine, one design, the operations on the machine, the
faults, and the expected result. It is a JSON file of at most 1 MiB. With `"$schema": "schema.json"`
(the path of scenarios/schema.json) an editor completes and checks the file.
)";

constexpr std::string_view kScenarioMore = R"(
The option `--set /json/pointer=value` changes any value on the command line, before the file is
checked. The value is JSON; a value that is not valid JSON is taken as a string: `--set
/machine/sockets=4`, `--set /design=async`, `--set '/operations/-={"op":"down","cpu":3}'` (`-`
appends). Objects of the path that are missing are created.

CPU lists have the kernel's format: `0-3,8`, `0-15:2/4` (two of every four), `all`, `N` for the last CPU.

)";

constexpr std::string_view kTableIntroduction =
    R"(A state table lists the hotplug states of one kernel with its loaded drivers, one state in each
line and in the kernel's order, and gives the rules of that kernel's hotplug core. It is a JSON file
of at most 8 MiB and 4,096 states; `cpuhp-sim import` makes a table from a real kernel's own files.

The table needs the states that the hotplug core refers to, in this order: `offline` (0),
`cpu:bringup`, immediately followed by `idle:dead` and `ap:offline`, then `ap:online`, immediately
followed by `cpu:teardown` and by a state without a name, which stands for the AP's entry into its
idle loop, and `online` (last). If `threads:prepare`, `cpu:kick_ap` and `sched:active` exist, the
core refers to them, too. The position of a state determines its section.
)";

constexpr std::string_view kCostsIntroduction =
    R"(A cost profile gives the costs on one machine: those of callbacks, by the state's name and
direction, and those of the phases of the hardware and the hotplug core around the callbacks. It is
a JSON file of at most 8 MiB. All durations are integer nanoseconds.

Several tables may share a profile: a state that a table lacks gives a note in the results, not an
error. A callback that the profile does not name costs `default`; a phase that the profile does not
name costs as much as on a modern bare-metal x86 machine. A scenario may name several profiles:
later profiles override single entries of earlier profiles.
)";

constexpr std::string_view kPublishedIntroduction =
    R"(A file of published figures holds figures that somebody measured on a real machine, the runs of a
scenario with which they are compared, and the allowed deviation of each figure. `cpuhp-sim validate
FILE` runs the scenario and prints every deviation; exit code 1: a deviation exceeds its tolerance,
or the order of two totals that differ by more than 2 % is wrong (unless one of them may deviate by more
than 2.5 %). It is a JSON file of at most 1 MiB.
)";

std::string cmdline_section() {
  return "Kernel parameters in `machine.cmdline` that have an effect: " + list(cmdline_words()) +
         ". The following parameters, which recordings of real machines contain, are accepted and "
         "ignored: " +
         list(harmless_cmdline_words()) + ". Any other word is an error.\n";
}

struct FileFormat {
  std::string_view name;
  ShapePtr (*shape)();
  std::string_view schema_title, page_title, introduction;
};

constexpr std::array<FileFormat, 4> kFormats{
    {{"scenario", scenario_shape, "A scenario of cpuhp-sim", "Scenario files",
      kScenarioIntroduction},
     {"table", table_shape, "A state table of cpuhp-sim", "State tables", kTableIntroduction},
     {"costs", costs_file_shape, "A cost profile of cpuhp-sim", "Cost profiles",
      kCostsIntroduction},
     {"published", published_shape, "Published figures for cpuhp-sim", "Published figures",
      kPublishedIntroduction}}};

}  // namespace

std::vector<std::string> file_formats() {
  std::vector<std::string> names;
  for (const FileFormat& format : kFormats) names.emplace_back(format.name);
  return names;
}

std::string format_schema(std::string_view format) {
  const FileFormat& f = *row_named(kFormats, format);
  return json_schema(*f.shape(), std::string(f.schema_title));
}

std::string format_reference(std::string_view format) {
  const FileFormat& f = *row_named(kFormats, format);
  std::string introduction = std::string(f.introduction) + std::string(kErrors);
  if (format == "scenario") introduction += std::string(kScenarioMore) + cmdline_section();
  return reference_page(*f.shape(), std::string(f.page_title), introduction);
}

}  // namespace cpuhp

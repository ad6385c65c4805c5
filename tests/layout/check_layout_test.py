#!/usr/bin/python3
"""Each rule of check_layout.py is broken once, and must be the only one that complains."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
from check_layout import Layout  # noqa: E402

CLEAN = {
    "model/ns.hpp": "#include <cstdint>\n",
    "model/fault.hpp": '#include "model/ns.hpp"\n',
    "model/faults/defects.hpp": "",
    "model/config.hpp": '#include "model/fault.hpp"\n',
    "model/default_costs.hpp": "",
    "model/events.hpp": '#include "model/ns.hpp"\nclass Walk {\n};\n',
    "model/checks/watch/masks.cpp": '#include "model/events.hpp"\n#include "model/default_costs.hpp"\n',
    "model/walk.cpp": '#include <vector>\n#include "model/config.hpp"\n',
    "sim/error.hpp": "#include <stdexcept>\n",
    "sim/host.hpp": "#include <string>\n",
    "sim/host.cpp": '#include "sim/host.hpp"\n#include "sim/error.hpp"\n#include <unistd.h>\n'
    "auto t = std::chrono::steady_clock::now(); auto e = getenv(name);\n",
    "sim/engine/engine.hpp": '#include "model/ns.hpp"\n',
    "sim/engine/engine.cpp": '#include "sim/engine/engine.hpp"\n#include "sim/error.hpp"\n',
    "sim/engine/plain.cpp": "#include <simgrid/s4u.hpp>\n#include <xbt/log.h>\n",
    "sim/scenario/scenario.hpp": '#include "model/config.hpp"\n#include <nlohmann/json_fwd.hpp>\n',
    "sim/trace/ftrace.hpp": '#include "sim/scenario/scenario.hpp"\n#include <zlib.h>\n',
    "sim/run/run.cpp": '#include "sim/engine/engine.hpp"\n#include "sim/trace/ftrace.hpp"\n',
    "sim/run/run.hpp": "",
    "sim/units.hpp": '#include "model/ns.hpp"\n',
    "sim/report/timeline.hpp": '#include "sim/units.hpp"\n#include "sim/analysis/blame.hpp"\n',
    "sim/analysis/blame.hpp": '#include "sim/run/run.hpp"\n',
    "sim/campaign/campaign.cpp": '#include "sim/run/run.hpp"\n#include "sim/host.hpp"\n',
    "sim/cli/options.hpp": "",
    "sim/cli/main.cpp": '#include <CLI/CLI.hpp>\n#include "sim/cli/options.hpp"\n',
    "include/cpuhp/run.hpp": "#include <string>\nstruct Walk {\n};\n",
    "include/cpuhp/scenario.hpp": '#include "cpuhp/run.hpp"\n',
    "sim/library/scenario.cpp": '#include "cpuhp/scenario.hpp"\n#include "sim/run/run.hpp"\n',
    "tests/library/library_test.cpp": '#include <gtest/gtest.h>\n#include "cpuhp/run.hpp"\n',
    "tests/model/machine.hpp": '#include "model/fault.hpp"\n',
    "tests/model/walk_test.cpp": '#include <gtest/gtest.h>\n#include "tests/model/machine.hpp"\n',
}

# (file, what is planted at its end, the rule that must say so)
BREACHES = [
    ("include/cpuhp/run.hpp", '#include "model/ns.hpp"', "public-headers"),
    ("include/cpuhp/run.hpp", "#include <nlohmann/json.hpp>", "public-headers"),
    ("sim/run/run.cpp", '#include "cpuhp/run.hpp"', "public-headers"),
    ("sim/library/scenario.cpp", '#include "include/cpuhp/run.hpp"', "relative-include"),
    ("model/walk.cpp", '#include "sim/error.hpp"', "model-outward"),
    ("model/walk.cpp", "#include <chrono>", "model-std"),
    ("model/walk.cpp", "#include <unordered_map>", "model-std"),
    ("model/walk.cpp", "#include <nlohmann/json.hpp>", "library"),
    ("model/walk.cpp", "#include <simgrid/s4u.hpp>", "library"),
    ("model/walk.cpp", "#include <unistd.h>", "library"),
    ("model/walk.cpp", '#include "tests/model/machine.hpp"', "tests-inward"),
    ("model/walk.cpp", '#include "config.hpp"', "relative-include"),
    ("model/walk.cpp", '#  include "../model/config.hpp"', "relative-include"),
    ("model/walk.cpp", "#include HEADER", "opaque-include"),
    ("model/walk.cpp", '#include "model/no_such.hpp"', "unknown-header"),
    ("model/walk.cpp", "std::map<Task*, int> order;", "pointer-key"),
    ("model/walk.cpp", "std::set<const model::Task *> order;", "pointer-key"),
    ("sim/run/run.hpp", "struct Walk {", "one-name"),
    ("sim/run/run.cpp", "#include <boost/heap.hpp>", "unknown-header"),
    ("sim/run/run.cpp", "#include <xbt.h>", "library"),
    ("sim/run/run.cpp", "#include <CLI/CLI.hpp>", "library"),
    ("sim/run/run.cpp", "#include <gtest/gtest.h>", "library"),
    ("sim/run/run.cpp", '#include "sim/cli/options.hpp"', "cli-inward"),
    ("sim/campaign/campaign.cpp", '#include "sim/cli/options.hpp"', "cli-inward"),
    ("sim/error.hpp", '#include "model/ns.hpp"', "base-upward"),
    ("sim/units.hpp", '#include "sim/error.hpp"', "units-upward"),
    ("sim/analysis/blame.hpp", '#include "sim/report/timeline.hpp"', "analysis-outward"),
    ("sim/engine/engine.cpp", '#include "sim/host.hpp"', "engine-outward"),
    ("sim/engine/engine.cpp", '#include "sim/scenario/scenario.hpp"', "engine-outward"),
    ("sim/engine/engine.cpp", "#include <nlohmann/json.hpp>", "library"),
    ("sim/engine/engine.cpp", "#include <simgrid/s4u.hpp>", "library"),
    ("sim/scenario/scenario.hpp", '#include "sim/engine/engine.hpp"', "data-upward"),
    ("sim/trace/ftrace.hpp", '#include "sim/run/run.hpp"', "data-upward"),
    ("sim/trace/ftrace.hpp", "#include <unistd.h>", "library"),
    ("tests/model/walk_test.cpp", "#include <simgrid/s4u.hpp>", "library"),
    ("model/checks/watch/masks.cpp", '#include "model/fault.hpp"', "seeing-check"),
    ("model/checks/watch/masks.cpp", '#include "model/faults/defects.hpp"', "seeing-check"),
    ("model/checks/watch/masks.cpp", '#include "model/config.hpp"', "seeing-check"),
]
HOST_CALLS = [
    "auto t = std::chrono::steady_clock::now();",
    "using Clock = std::chrono::high_resolution_clock;",
    "clock_gettime(CLOCK_MONOTONIC, &now);",
    "gettimeofday(&now, nullptr);",
    "const char* home = std::getenv(name);",
    "auto t = time(nullptr);",
    "auto t = std::time(&t);",
    "auto t = ::time(0);",
    "auto t = clock();",
    "std::mt19937 generator{std::random_device{}()};",
    "int i = rand() % 6;",
    "std::srand(7);",
    "if (isatty(2)) {}",
]
HARMLESS = [
    "// steady_clock would be wrong here",
    '/* getenv("HOME")\n rand() */',
    'const auto word = "std::time(0)";',
    'const auto raw = R"x(rand() " getenv)x";',
    "auto t = event.time();",
    "auto t = runtime->time(0);",
    "Nanoseconds time(Cpu cpu);",
    "auto n = 1'000'000; auto c = clock_of(cpu);",
    "auto d = model::time(cpu);",
    "std::map<int, Task*> tasks;",
    "auto b = operand(1) + brand(2);",
]


def findings(changes):
    with tempfile.TemporaryDirectory() as root:
        for name, text in {**CLEAN, **changes}.items():
            path = Path(root, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return Layout(root).check()


class LayoutTest(unittest.TestCase):
    def expect_one(self, path, planted, rule):
        with self.subTest(path=path, planted=planted):
            found = findings({path: CLEAN[path] + planted + "\n"})
            self.assertEqual([f"[{rule}]" in f and f.startswith(path) for f in found], [True], found)

    def test_a_clean_tree_is_clean(self):
        self.assertEqual(findings({}), [])

    def test_each_breach_is_found_by_its_rule_alone(self):
        for path, planted, rule in BREACHES:
            self.expect_one(path, planted, rule)

    def test_each_way_to_ask_the_host_is_found(self):
        for planted in HOST_CALLS:
            self.expect_one("model/walk.cpp", planted, "host-call")
            self.expect_one("sim/run/run.cpp", planted, "host-call")

    def test_what_only_looks_like_it_is_not(self):
        for planted in HARMLESS:
            with self.subTest(planted=planted):
                self.assertEqual(findings({"model/walk.cpp": planted + "\n"}), [])

    def test_an_empty_tree_is_a_finding(self):
        with tempfile.TemporaryDirectory() as root:
            self.assertEqual(len(Layout(root).check()), 1)


if __name__ == "__main__":
    unittest.main()

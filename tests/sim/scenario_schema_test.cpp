// Loader, JSON Schema, reference pages and shipped files say the same.
//
// CPUHP_UPDATE=1 rewrites the committed schemas and pages:
//   CPUHP_UPDATE=1 build/tests/test_sim --gtest_filter='Committed*'
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>

#include "sim/scenario/costs_file.hpp"
#include "sim/scenario/costs_shape.hpp"
#include "sim/scenario/published_file.hpp"
#include "sim/scenario/published_shape.hpp"
#include "sim/scenario/scenario_shape.hpp"
#include "sim/scenario/schema.hpp"
#include "sim/scenario/table_file.hpp"
#include "sim/scenario/table_shape.hpp"
#include "tests/sim/scenario_files.hpp"

namespace cpuhp {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

struct Generated {
  const char* name;
  std::string file;
  std::string (*text)(std::string_view);
  std::string format;
};

void PrintTo(const Generated& generated, std::ostream* out) { *out << generated.file; }

class Committed : public testing::TestWithParam<Generated> {};

TEST_P(Committed, FileIsUpToDate) {
  const std::string path = source_path(GetParam().file);
  const std::string text = GetParam().text(GetParam().format);
  if (std::getenv("CPUHP_UPDATE") != nullptr) std::ofstream(path, std::ios::binary) << text;
  EXPECT_TRUE(file_text(path) == text)
      << path << " is out of date; rewrite it with CPUHP_UPDATE=1 in this test's environment";
}

INSTANTIATE_TEST_SUITE_P(
    Files, Committed,
    testing::Values(
        Generated{"ScenarioSchema", "scenarios/schema.json", format_schema, "scenario"},
        Generated{"TableSchema", "scenarios/table.schema.json", format_schema, "table"},
        Generated{"CostsSchema", "scenarios/costs.schema.json", format_schema, "costs"},
        Generated{"PublishedSchema", "scenarios/published.schema.json", format_schema, "published"},
        Generated{"PublishedPage", "docs/reference/published.md", format_reference, "published"},
        Generated{"ScenarioPage", "docs/reference/scenario.md", format_reference, "scenario"},
        Generated{"TablePage", "docs/reference/table.md", format_reference, "table"},
        Generated{"CostsPage", "docs/reference/costs.md", format_reference, "costs"}),
    [](const auto& test) { return std::string(test.param.name); });

/// The names of all properties in a schema, wherever they stand.
void collect_properties(const ordered_json& schema, std::set<std::string>& names) {
  if (schema.is_object() && schema.contains("properties"))
    for (const auto& [name, shape] : schema["properties"].items()) names.insert(name);
  if (schema.is_structured())
    for (const ordered_json& part : schema) collect_properties(part, names);
}

TEST(ReferencePages, HaveEachFieldOfTheirSchema) {
  for (const std::string& format : file_formats()) {
    std::set<std::string> names;
    collect_properties(ordered_json::parse(format_schema(format)), names);
    EXPECT_FALSE(names.empty());
    const std::string text = format_reference(format);
    for (const std::string& name : names)
      EXPECT_NE(text.find("| `" + name + "` |"), std::string::npos) << name;
  }
}

/// One document and its format: scenario, table or costs.
struct Document {
  std::string format;
  ordered_json json;
  std::string origin;
};

ShapePtr shape_of(const std::string& format) {
  if (format == "table") return table_shape();
  if (format == "published") return published_shape();
  return format == "costs" ? costs_file_shape() : scenario_shape();
}

bool shape_accepts(const Document& document, const Shape& shape) {
  try {
    JsonDocument parsed = parse_json(document.json.dump(), "f.json", {.bytes_max = kTableBytesMax});
    check_shape(parsed.root, shape);
    return true;
  } catch (const BadInput&) {
    return false;
  }
}

/// The verdicts of python3-jsonschema, a test dependency: one character a document.
std::string schema_verdicts(const std::vector<Document>& documents, const ScenarioFolder& folder) {
  std::string lines;
  for (const Document& d : documents)
    lines += ordered_json{{"format", d.format}, {"document", d.json}}.dump() + '\n';
  const std::string in = folder.write("documents.jsonl", lines), out = folder.path("verdicts");
  const std::string command = "python3 '" + source_path("tests/sim/scenario_schema_check.py") +
                              "' '" + source_path("scenarios") + "' < '" + in + "' > '" + out + "'";
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
  return file_text(out);
}

std::string format_of(const ordered_json& json) {
  const std::string kind = json.value("kind", "");
  return kind.starts_with("cpuhp-") ? kind.substr(6) : "scenario";
}

/// Every data file under scenarios/; schemas are not data.
std::vector<std::string> shipped_files() {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(source_path("scenarios"))) {
    const std::string path = entry.path().string();
    if (path.ends_with(".json") && !path.ends_with("schema.json")) files.push_back(path);
  }
  std::sort(files.begin(), files.end());
  return files;
}

bool is_ours(const ordered_json& json) {
  return json.is_object() && json.contains("version") &&
         (json.contains("machine") || json.contains("kind"));
}

TEST(Shipped, EveryFileFitsTheSchemaAndTheLoader) {
  const ScenarioFolder folder;
  std::vector<Document> documents;
  for (const std::string& path : shipped_files()) {
    ordered_json json = ordered_json::parse(file_text(path));
    if (!is_ours(json)) continue;
    const std::string format = format_of(json);
    EXPECT_TRUE(shape_accepts({format, json, path}, *shape_of(format))) << path;
    documents.push_back({format, std::move(json), path});
  }
  const std::string verdicts = schema_verdicts(documents, folder);
  ASSERT_EQ(verdicts.size(), documents.size());
  for (std::size_t i = 0; i < documents.size(); ++i)
    EXPECT_EQ(verdicts[i], '1') << documents[i].origin << " does not fit its schema";
}

TEST(Shipped, EveryTableAndScenarioLoads) {
  for (const std::string& path : shipped_files()) {
    const ordered_json json = ordered_json::parse(file_text(path));
    if (!is_ours(json) || format_of(json) == "costs") continue;
    try {
      if (format_of(json) == "table")
        load_table(path);
      else if (format_of(json) == "published")
        load_published(path);
      else
        EXPECT_FALSE(load_scenario(path).expect.empty()) << path << " expects nothing";
    } catch (const BadInput& error) {
      ADD_FAILURE() << error.what();
    }
  }
}

/// Values of every type, in and out of most ranges.
const std::vector<ordered_json>& replacements() {
  static const std::vector<ordered_json> values{nullptr,
                                                true,
                                                -1,
                                                0,
                                                1,
                                                1.5,
                                                2.0,
                                                70'000,
                                                5'000'000'000'000'000,
                                                "",
                                                "x",
                                                "online",
                                                "a b c/..",
                                                "EBUSY",
                                                "-EBUSY",
                                                ordered_json::array(),
                                                ordered_json::array({1}),
                                                ordered_json::array({"x"}),
                                                ordered_json::array({ordered_json::object()}),
                                                ordered_json::object(),
                                                ordered_json{{"zzz", 1}}};
  return values;
}

/// Calls `use` with the document changed at one place, for every place and every change. Below an
/// array's entry its neighbours are left out: they only cost time.
template <typename Use>
void mutate(const ordered_json& root, ordered_json& node, const Use& use) {
  const ordered_json before = node;
  for (const ordered_json& value : replacements()) {
    node = value;
    use(root);
  }
  node = before;
  if (node.is_object()) {
    node["unknown key"] = 1;
    use(root);
    node = before;
    for (const auto& [key, value] : before.items()) {
      node.erase(key);
      use(root);
      node = before;
    }
    for (ordered_json& child : node) mutate(root, child, use);
  } else if (node.is_array()) {
    for (const ordered_json& child : before) {
      node = ordered_json::array({child});
      mutate(root, node[0], use);
    }
    node = before;
  }
}

/// The same with only those of the optional members that a change is made in.
template <typename Use>
void mutate_file(const ordered_json& root, const Shape& shape, const Use& use) {
  ordered_json whole = root;
  for (const auto& [key, value] : root.items()) {
    ordered_json slim = root;
    for (const Field& field : shape.fields)
      if (!field.required && field.name != key) slim.erase(field.name);
    mutate(slim, slim[key], use);
    whole.erase(key);
    use(whole);
    whole = root;
  }
  whole["unknown key"] = 1;
  use(whole);
  for (const ordered_json& value : replacements()) use(value);
}

class Mutated : public testing::TestWithParam<const char*> {};

TEST_P(Mutated, DocumentsAreJudgedAlikeBySchemaAndLoader) {
  const ScenarioFolder folder;
  const ordered_json base = ordered_json::parse(
      file_text(source_path(std::string("tests/data/scenario/") + GetParam() + ".json")));
  const std::string format = format_of(base);
  const ShapePtr shape = shape_of(format);
  std::vector<Document> documents;
  mutate_file(base, *shape, [&](const ordered_json& json) {
    documents.push_back({format, json, ""});
  });
  const std::string verdicts = schema_verdicts(documents, folder);
  ASSERT_EQ(verdicts.size(), documents.size());
  std::size_t refused = 0;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const bool accepted = shape_accepts(documents[i], *shape);
    EXPECT_EQ(verdicts[i] == '1', accepted) << documents[i].json.dump();
    refused += accepted ? 0 : 1;
  }
  EXPECT_GT(refused, documents.size() / 2);
}

INSTANTIATE_TEST_SUITE_P(Files, Mutated, testing::Values("full", "table", "costs"),
                         [](const auto& test) { return std::string(test.param); });

TEST(Phases, HaveAWordInTheSchema) {
  for (const ordered_json schema = ordered_json::parse(format_schema("costs"));
       const auto& [name, phase] : schema["$defs"]["phases"]["properties"].items())
    EXPECT_NE(phase["description"], "") << name;
}

}  // namespace
}  // namespace cpuhp

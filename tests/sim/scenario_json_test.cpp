// Strict JSON: each defect of the text with its place and sentence.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/scenario/json_document.hpp"
#include "tests/sim/scenario_files.hpp"

namespace cpuhp {
namespace {

class BadJson : public testing::TestWithParam<BadText> {};

TEST_P(BadJson, IsRefusedWithItsPlace) {
  std::string error = "no error";
  try {
    parse_json(GetParam().text, "f.json", {});
  } catch (const BadInput& bad) {
    error = bad.what();
  }
  EXPECT_EQ(error, GetParam().error);
}

const BadText kBadTexts[] = {
    {"TrailingCommaInObject", "{\n  \"a\": 1,\n}",
     "f.json:2:9: trailing comma: expected another entry after ',', found '}'"},
    {"TrailingCommaInArray", "{\"a\": [1, 2, ]}",
     "f.json:1:12: /a: trailing comma: expected another entry after ',', found ']'"},
    {"LineComment", "{\n  // why\n  \"a\": 1\n}", "f.json:2:3: JSON has no comments, found '/'"},
    {"BlockComment", "{\"a\": /* why */ 1}", "f.json:1:7: JSON has no comments, found '/'"},
    {"DuplicateKey", "{\"a\": {\"b\": 1,\n \"c\": 2, \"b\": 3}}",
     "f.json:2:10: /a/b: duplicate key \"b\""},
    {"Cut", "{\"a\": {\"b\": [1",
     "f.json:1:15: /a/b: the file ends in the middle of the JSON text"},
    {"Empty", "", "f.json:1:1: the file ends in the middle of the JSON text"},
    {"MissingComma", "{\"a\": 1 \"b\": 2}",
     "f.json:1:9: not JSON: object: unexpected string literal; expected '}'"},
    {"TwoCommas", "[1,, 2]",
     "f.json:1:4: not JSON: value: unexpected ','; expected '[', '{', or a literal"},
    {"SecondDocument", "{} {}",
     "f.json:1:4: not JSON: value: unexpected '{'; expected end of input"},
    {"SingleQuotes", "{'a': 1}",
     "f.json:1:2: not JSON: object key: invalid literal; last read: '{''; expected string literal"},
    {"HugeNumber", "{\"a\": 1e999}", "f.json:1:7: not JSON: number overflow parsing '1e999'"},
};

INSTANTIATE_TEST_SUITE_P(Texts, BadJson, testing::ValuesIn(kBadTexts), bad_text_name);

TEST(JsonDocument, KnowsThePlaceOfEveryValue) {
  const JsonDocument doc =
      parse_json("\xef\xbb\xbf{\n \"a\" : [10, -2.50,\n \"x\\\"]\" ,{}],\"b/c\":true,\"n\":null}",
                 "f.json", {});
  const JsonRef root{&doc.root, {}};
  const auto place = [](const JsonRef& ref) {
    return ref.pointer + '@' + std::to_string(ref->at.line) + ':' + std::to_string(ref->at.column);
  };
  EXPECT_EQ(place(root), "@1:1");
  EXPECT_EQ(place(root.at("a")), "/a@2:8");
  EXPECT_EQ(place(root.at("a").at(0)), "/a/0@2:9");
  EXPECT_EQ(place(root.at("a").at(1)), "/a/1@2:13");
  EXPECT_EQ(place(root.at("a").at(2)), "/a/2@3:2");
  EXPECT_EQ(place(root.at("a").at(3)), "/a/3@3:10");
  EXPECT_EQ(place(root.at("b/c")), "/b~1c@3:20");
  EXPECT_EQ(place(root.at("n")), "/n@3:29");
  EXPECT_EQ(root.at("a").at(2)->string(), "x\"]");
}

TEST(JsonDocument, IntegersAreExactAndFloatsWithoutFractionAreIntegers) {
  const JsonDocument doc = parse_json(
      "[9223372036854775807, -9223372036854775808, 18446744073709551615, 1e6, 1.5]", "f", {});
  const JsonRef root{&doc.root, {}};
  EXPECT_EQ(root.at(0)->integer(), INT64_MAX);
  EXPECT_EQ(root.at(1)->integer(), INT64_MIN);
  EXPECT_FALSE(root.at(2)->is_integer());
  EXPECT_EQ(root.at(3)->integer(), 1'000'000);
  EXPECT_FALSE(root.at(4)->is_integer());
}

TEST(JsonDocument, BoundsDepthSizeAndNumberOfValues) {
  const ScenarioFolder folder;
  const auto error = [&](const std::string& text, const JsonLimits& limits) {
    return folder.error_of([&] { parse_json(text, "f.json", limits); });
  };
  EXPECT_EQ(error(std::string(100'000, '['), {}).substr(0, 12), "f.json:1:33:");
  EXPECT_THAT(error(std::string(100'000, '['), {}),
              testing::EndsWith("objects and arrays are nested more than 32 levels deep"));
  EXPECT_EQ(error("[1, 2, 3]", {.values_max = 3}),
            "f.json:1:8: the file has too many values: expected at most 3");
  EXPECT_EQ(error(std::string((1 << 20) + 1, ' '), {}),
            "f.json: the file has 1048577 bytes, expected at most 1 MiB");
}

TEST(JsonDocument, RefusesMissingLargeAndStrangeFiles) {
  const ScenarioFolder folder;
  const auto error = [&](const std::string& path) {
    return folder.error_of([&] { parse_json_file(path, {}); });
  };
  EXPECT_EQ(error(folder.path("none.json")),
            "none.json: the file does not exist or cannot be read");
  EXPECT_THAT(error(folder.path(".")), testing::EndsWith("expected a file, found a directory"));
  EXPECT_EQ(error(folder.write("large.json", std::string((1 << 20) + 1, ' '))),
            "large.json: the file is too large: expected at most 1 MiB");
  EXPECT_EQ(error("/dev/zero"), "/dev/zero: the file is too large: expected at most 1 MiB");
}

}  // namespace
}  // namespace cpuhp

// Describes the format of a JSON file. The loader checks files with it, and the JSON Schema and the
// reference page are printed from it. Internal to the readers of files.
//
//   const ShapePtr machine = object_of("machine", "The machine.", {
//       {"sockets", integer_of(1, 65'536), "Sockets.", by_default("1")},
//       {"cmdline", text_of("a kernel command line"), "Kernel parameters.", Optional{}}});
//   JsonNode root;
//   check_shape(root, *machine);   // throws BadInput; adds the defaults that are left out
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/scenario/json_document.hpp"

namespace cpuhp {

struct Shape;
using ShapePtr = std::shared_ptr<const Shape>;

/// The default of a field that may be left out: in JSON, or in words if it depends on other fields.
struct Optional {
  std::string json;
  std::string words;
};
inline Optional by_default(std::string json) { return {std::move(json), {}}; }
inline Optional otherwise(std::string words) { return {{}, std::move(words)}; }

/// One key of an object.
struct Field {
  Field(std::string key, ShapePtr value, std::string what)
      : name(std::move(key)), shape(std::move(value)), doc(std::move(what)), required(true) {}
  Field(std::string key, ShapePtr value, std::string what, Optional absent);

  std::string name;
  ShapePtr shape;
  std::string doc;
  bool required;
  Optional fallback;
  JsonNode fallback_value;  ///< `fallback.json`, parsed
};

/// One word of a fixed list, and its meaning, which may be empty.
using Word = std::pair<std::string, std::string>;

/// One kind of JSON value. Only the members for its kind are used.
struct Shape {
  enum class Kind : std::uint8_t {
    Boolean,
    Integer,
    Text,
    Words,  ///< one string out of a fixed list
    Array,
    Object,    ///< fixed keys
    Map,       ///< any keys, with values of the same shape
    Tagged,    ///< an object whose fields depend on the word in its member `tag`
    Either,    ///< one of several shapes, chosen by the value's JSON type
    Anything,  ///< any JSON; it is not read
  };

  Kind kind = Kind::Anything;
  std::string def;   ///< name in `$defs` and headings; empty: described where it is used
  std::string doc;   ///< one or two sentences
  std::string what;  ///< name in messages: "a CPU list"

  std::int64_t min = 0, max = 0;                ///< Integer: the value; Text: letters; Array: items
  std::string unit;                             ///< for Integer
  std::string pattern;                          ///< Text, Map (keys): for the JSON Schema
  bool (*matches)(std::string_view) = nullptr;  ///< checks `pattern` for the loader
  std::vector<Word> words;                      ///< for Words
  ShapePtr item;                                ///< for Array and Map
  std::vector<Field> fields;                    ///< for Object
  /// Object: pairs of keys that exclude each other.
  std::vector<std::pair<std::string, std::string>> exclusive;
  std::string tag;                    ///< for Tagged
  std::vector<ShapePtr> choices;      ///< Tagged: one object for each word of the tag
  std::vector<std::string> examples;  ///< values as JSON

  const Field* field(std::string_view name) const;
};

ShapePtr boolean_of();
ShapePtr integer_of(std::int64_t min, std::int64_t max, std::string unit = {});
/// Returns the shape of a duration or simulated time in ns, 0 to `max`.
ShapePtr ns_of(std::int64_t max);
ShapePtr text_of(std::string what, std::int64_t min_letters = 0, std::int64_t max_letters = 4'096);
/// Returns the shape of a text for which `matches` is true. `pattern` says the same in ECMA 262.
ShapePtr text_matching(std::string what, std::string_view pattern,
                       bool (*matches)(std::string_view));
/// Returns the shape of a word from a list. Messages show `what`, if given, instead of a long list.
ShapePtr words_of(std::vector<Word> words, std::string what = {});
/// Returns the shape of a word that is the `name` of a row. The row's `doc` is the word's meaning.
template <typename Row, std::size_t n>
ShapePtr words_of(const std::array<Row, n>& rows) {
  std::vector<Word> words;
  for (const Row& row : rows) words.emplace_back(row.name, row.doc);
  return words_of(std::move(words));
}
/// Returns the value of the row that a word names. Needs a word that the shape has checked.
template <typename Row, std::size_t n>
auto value_of(const JsonRef& word, const std::array<Row, n>& rows) {
  return row_named(rows, word->string())->value;
}
ShapePtr array_of(ShapePtr item, std::int64_t min_items, std::int64_t max_items);
ShapePtr object_of(std::string def, std::string doc, std::vector<Field> fields,
                   std::vector<std::pair<std::string, std::string>> exclusive = {});
ShapePtr map_of(std::string key_what, std::string_view key_pattern,
                bool (*matches)(std::string_view), ShapePtr item);
/// One form of a tagged object: its word in `tag`, the word's meaning, and its other fields.
struct Choice {
  std::string word;
  std::string doc;
  std::vector<Field> fields;
};
ShapePtr tagged_by(std::string def, std::string doc, const std::string& tag,
                   std::vector<Choice> choices);
ShapePtr either_of(std::string def, std::string doc, std::vector<ShapePtr> choices);
ShapePtr anything();

/// Returns the text after "expected" in a message: "a CPU list", "an integer, 1 to 65536".
std::string expectation(const Shape& shape);
/// Returns the alternative of an Either or Tagged that fits the node, or nullptr. Any other shape
/// is returned itself.
const Shape* shape_for(const JsonNode& node, const Shape& shape);

/// Throws BadInput at the first value that does not fit. Adds the defaults of missing fields.
void check_shape(JsonNode& root, const Shape& shape);

/// Throws BadInput for a key that the object must not have.
[[noreturn]] void fail_unknown_key(BadInputAt at, std::string_view key, const Shape& object);

}  // namespace cpuhp

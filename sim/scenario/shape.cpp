#include "sim/scenario/shape.hpp"

#include <algorithm>

#include "sim/scenario/suggest.hpp"

namespace cpuhp {

namespace {

using Kind = Shape::Kind;

ShapePtr make(Shape shape) { return std::make_shared<const Shape>(std::move(shape)); }

/// Counts code points, which JSON Schema takes as the length of a string.
std::int64_t letters(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
}

bool fits_type(const JsonNode& node, const Shape& shape) {
  switch (shape.kind) {
    case Kind::Boolean:
      return std::holds_alternative<bool>(node.value);
    case Kind::Integer:
      return node.is_integer();
    case Kind::Text:
    case Kind::Words:
      return node.is_string();
    case Kind::Array:
      return node.is_array();
    case Kind::Object:
    case Kind::Map:
    case Kind::Tagged:
      return node.is_object();
    case Kind::Either:
      return shape_for(node, shape) != nullptr;
    case Kind::Anything:
      return true;
  }
  return false;
}

std::vector<std::string> words_in_quotes(const Shape& shape) {
  std::vector<std::string> words;
  for (const auto& [word, doc] : shape.words) words.push_back('"' + word + '"');
  return words;
}

/// Gives a value and all values in it the position `at`. A default gets that of its object.
JsonNode placed(JsonNode node, const JsonAt& at) {
  node.at = at;
  if (auto* items = std::get_if<JsonNode::Array>(&node.value))
    for (JsonNode& item : *items) item = placed(std::move(item), at);
  if (auto* members = std::get_if<JsonNode::Object>(&node.value))
    for (JsonMember& member : *members)
      member = {std::move(member.key), at, placed(std::move(member.value), at)};
  return node;
}

class Checker {
 public:
  void check(JsonNode& node, const Shape& shape, const std::string& pointer) {
    const JsonRef ref{&node, pointer};
    const Shape* chosen = shape_for(node, shape);
    if (chosen == nullptr || !fits_type(node, *chosen)) mismatch(ref, shape);
    switch (chosen->kind) {
      case Kind::Integer:
        return integer(ref, *chosen);
      case Kind::Text:
        return text(ref, *chosen);
      case Kind::Words:
        return words(ref, *chosen);
      case Kind::Array:
        return array(node, *chosen, pointer);
      case Kind::Map:
        return map(node, *chosen, pointer);
      case Kind::Tagged:
        return tagged(node, *chosen, pointer);
      case Kind::Object:
        return object(node, *chosen, pointer);
      case Kind::Boolean:
      case Kind::Either:
      case Kind::Anything:
        return;
    }
  }

 private:
  [[noreturn]] static void mismatch(const JsonRef& ref, const Shape& shape) {
    std::vector<std::string> words;
    if (shape.kind == Kind::Words && ref->is_string())
      for (const auto& [word, doc] : shape.words) words.push_back(word);
    ref.fail("expected " + expectation(shape) + ", found " + ref->shown(),
             words.empty() ? "" : nearest(ref->string(), words));
  }

  static void integer(const JsonRef& ref, const Shape& shape) {
    const std::int64_t n = ref->integer();
    if (n < shape.min || n > shape.max)
      ref.fail("out of range: expected " + expectation(shape) + ", found " + ref->shown());
  }

  static void text(const JsonRef& ref, const Shape& shape) {
    const std::int64_t n = letters(ref->string());
    if (n > shape.max)
      ref.fail("expected " + expectation(shape) + " of at most " + std::to_string(shape.max) +
               " characters, found " + std::to_string(n));
    if (n < shape.min || (shape.matches != nullptr && !shape.matches(ref->string())))
      mismatch(ref, shape);
  }

  static void words(const JsonRef& ref, const Shape& shape) {
    for (const auto& [word, doc] : shape.words)
      if (word == ref->string()) return;
    mismatch(ref, shape);
  }

  void array(JsonNode& node, const Shape& shape, const std::string& pointer) {
    auto& items = std::get<JsonNode::Array>(node.value);
    const auto n = static_cast<std::int64_t>(items.size());
    if (n < shape.min || n > shape.max)
      JsonRef{&node, pointer}.fail(
          "expected " + std::to_string(shape.min) +
          (shape.min == shape.max ? "" : " to " + std::to_string(shape.max)) + " entries, found " +
          std::to_string(n));
    for (std::size_t i = 0; i < items.size(); ++i)
      check(items[i], *shape.item, json_pointer(pointer, std::to_string(i)));
  }

  void map(JsonNode& node, const Shape& shape, const std::string& pointer) {
    for (JsonMember& member : std::get<JsonNode::Object>(node.value)) {
      const std::string place = json_pointer(pointer, member.key);
      if (shape.matches != nullptr && !shape.matches(member.key)) {
        const JsonNode key{member.key, member.at};
        JsonRef{&key, place}.fail("expected " + shape.what + " as the key, found " + key.shown());
      }
      check(member.value, *shape.item, place);
    }
  }

  void tagged(JsonNode& node, const Shape& shape, const std::string& pointer) {
    const JsonRef ref{&node, pointer};
    JsonNode* tag = node.find(shape.tag);
    const ShapePtr words = words_of(shape.words);
    if (tag == nullptr)
      ref.fail("missing key \"" + shape.tag + "\", expected " + expectation(*words));
    check(*tag, *words, json_pointer(pointer, shape.tag));
    // Looks up the index before object() adds defaults, because `tag` is invalid afterwards.
    std::size_t chosen = 0;
    while (shape.words[chosen].first != tag->string()) ++chosen;
    object(node, *shape.choices[chosen], pointer);
  }

  void object(JsonNode& node, const Shape& shape, const std::string& pointer) {
    constants(node, shape, pointer);
    known_keys(node, shape, pointer);
    for (const auto& [one, other] : shape.exclusive)
      if (node.find(one) != nullptr && node.find(other) != nullptr)
        JsonRef{node.find(other), json_pointer(pointer, other)}.fail(
            "\"" + other + "\" does not go together with \"" + one + "\"");
    for (const Field& field : shape.fields) {
      JsonNode* value = node.find(field.name);
      if (value != nullptr) {
        check(*value, *field.shape, json_pointer(pointer, field.name));
      } else if (field.required) {
        JsonRef{&node, pointer}.fail("missing key \"" + field.name + "\", expected " +
                                     expectation(*field.shape));
      }
    }
    add_defaults(node, shape);
  }

  /// Checks fields that allow only one word (`kind`) before all others. So for a file of another
  /// kind, the message is about `kind`, and not about some unknown key.
  static void constants(JsonNode& node, const Shape& shape, const std::string& pointer) {
    for (const Field& field : shape.fields) {
      if (!field.required || field.shape->kind != Kind::Words || field.shape->words.size() != 1)
        continue;
      const JsonRef value = JsonRef{&node, pointer}.find(field.name);
      const std::string expected = "expected " + expectation(*field.shape);
      if (!value) JsonRef{&node, pointer}.fail("missing key \"" + field.name + "\", " + expected);
      if (!value->is_string() || value->string() != field.shape->words.front().first)
        value.fail(expected + ", found " + value->shown());
    }
  }

  static void known_keys(const JsonNode& node, const Shape& shape, const std::string& pointer) {
    for (const JsonMember& member : node.object())
      if (shape.field(member.key) == nullptr)
        fail_unknown_key({.file = *member.at.source,
                          .line = member.at.line,
                          .column = member.at.column,
                          .pointer = json_pointer(pointer, member.key)},
                         member.key, shape);
  }

  static void add_defaults(JsonNode& node, const Shape& shape) {
    for (const Field& field : shape.fields)
      if (!field.fallback.json.empty() && node.find(field.name) == nullptr)
        std::get<JsonNode::Object>(node.value)
            .push_back({field.name, node.at, placed(field.fallback_value, node.at)});
  }
};

}  // namespace

Field::Field(std::string key, ShapePtr value, std::string what, Optional absent)
    : name(std::move(key)),
      shape(std::move(value)),
      doc(std::move(what)),
      required(false),
      fallback(std::move(absent)) {
  if (!fallback.json.empty())
    fallback_value = placed(parse_json(fallback.json, {}, JsonLimits{}).root, {});
}

const Field* Shape::field(std::string_view name) const {
  for (const Field& f : fields)
    if (f.name == name) return &f;
  return nullptr;
}

ShapePtr boolean_of() { return make({.kind = Kind::Boolean}); }

ShapePtr integer_of(std::int64_t min, std::int64_t max, std::string unit) {
  return make({.kind = Kind::Integer, .min = min, .max = max, .unit = std::move(unit)});
}

ShapePtr ns_of(std::int64_t max) { return integer_of(0, max, "ns"); }

ShapePtr text_of(std::string what, std::int64_t min_letters, std::int64_t max_letters) {
  return make(
      {.kind = Kind::Text, .what = std::move(what), .min = min_letters, .max = max_letters});
}

ShapePtr text_matching(std::string what, std::string_view pattern,
                       bool (*matches)(std::string_view)) {
  return make({.kind = Kind::Text,
               .what = std::move(what),
               .max = 1 << 20,
               .pattern = std::string(pattern),
               .matches = matches});
}

ShapePtr words_of(std::vector<Word> words, std::string what) {
  return make({.kind = Kind::Words, .what = std::move(what), .words = std::move(words)});
}

ShapePtr array_of(ShapePtr item, std::int64_t min_items, std::int64_t max_items) {
  return make({.kind = Kind::Array, .min = min_items, .max = max_items, .item = std::move(item)});
}

ShapePtr object_of(std::string def, std::string doc, std::vector<Field> fields,
                   std::vector<std::pair<std::string, std::string>> exclusive) {
  return make({.kind = Kind::Object,
               .def = std::move(def),
               .doc = std::move(doc),
               .fields = std::move(fields),
               .exclusive = std::move(exclusive)});
}

ShapePtr map_of(std::string key_what, std::string_view key_pattern,
                bool (*matches)(std::string_view), ShapePtr item) {
  return make({.kind = Kind::Map,
               .what = std::move(key_what),
               .pattern = std::string(key_pattern),
               .matches = matches,
               .item = std::move(item)});
}

ShapePtr tagged_by(std::string def, std::string doc, const std::string& tag,
                   std::vector<Choice> choices) {
  Shape shape{.kind = Kind::Tagged, .def = std::move(def), .doc = std::move(doc), .tag = tag};
  for (Choice& choice : choices) {
    shape.words.emplace_back(choice.word, choice.doc);
    const ShapePtr word = words_of({{choice.word, choice.doc}});
    choice.fields.insert(choice.fields.begin(), Field(tag, word, choice.doc));
    shape.choices.push_back(object_of({}, choice.doc, std::move(choice.fields)));
  }
  return make(std::move(shape));
}

ShapePtr either_of(std::string def, std::string doc, std::vector<ShapePtr> choices) {
  return make({.kind = Kind::Either,
               .def = std::move(def),
               .doc = std::move(doc),
               .choices = std::move(choices)});
}

ShapePtr anything() { return make({}); }

std::string expectation(const Shape& shape) {
  switch (shape.kind) {
    case Kind::Boolean:
      return "true or false";
    case Kind::Integer: {
      if (shape.min == shape.max) return std::to_string(shape.min);
      const std::string range = std::to_string(shape.min) + " to " + std::to_string(shape.max);
      return "an integer" + (shape.unit.empty() ? "" : " (" + shape.unit + ")") + ", " + range;
    }
    case Kind::Text:
      return shape.what;
    case Kind::Words:
      return shape.what.empty() ? listed(words_in_quotes(shape)) : shape.what;
    case Kind::Array:
      return "an array";
    case Kind::Object:
    case Kind::Map:
    case Kind::Tagged:
      return "an object";
    case Kind::Either: {
      std::vector<std::string> parts;
      for (const ShapePtr& choice : shape.choices) parts.push_back(expectation(*choice));
      return listed(parts, ", or ");
    }
    case Kind::Anything:
      return "any value";
  }
  return {};
}

const Shape* shape_for(const JsonNode& node, const Shape& shape) {
  if (shape.kind != Kind::Either) return &shape;
  for (const ShapePtr& choice : shape.choices)
    if (fits_type(node, *choice)) return shape_for(node, *choice);
  return nullptr;
}

void check_shape(JsonNode& root, const Shape& shape) { Checker{}.check(root, shape, {}); }

void fail_unknown_key(BadInputAt at, std::string_view key, const Shape& object) {
  std::vector<std::string> names;
  for (const Field& field : object.fields) names.push_back(field.name);
  at.suggestion = nearest(key, names);
  at.message = "unknown key \"" + std::string(key) + "\"";
  if (at.suggestion.empty()) at.message += ", expected " + listed(names);
  throw BadInput(std::move(at));
}

}  // namespace cpuhp

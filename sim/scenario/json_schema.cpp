#include "sim/scenario/json_schema.hpp"

#include <nlohmann/json.hpp>

namespace cpuhp {

namespace {

using Json = nlohmann::ordered_json;
using Kind = Shape::Kind;

class Writer {
 public:
  Json document(const Shape& root, const std::string& title) {
    Json schema;
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
    schema["title"] = title;
    schema.update(body(root));
    if (!defs_.empty()) schema["$defs"] = defs_;
    return schema;
  }

 private:
  /// Returns the schema of a shape. For a named shape, this is a reference to its only definition.
  Json use(const Shape& shape) {
    if (shape.def.empty()) return body(shape);
    if (!defs_.contains(shape.def)) {
      defs_[shape.def] = Json::object();  // keeps the definitions in the order of first use
      Json written = body(shape);
      defs_[shape.def] = std::move(written);
    }
    return {{"$ref", "#/$defs/" + shape.def}};
  }

  Json body(const Shape& shape) {
    Json schema = Json::object();
    if (!shape.doc.empty()) schema["description"] = shape.doc;
    constrain(schema, shape);
    for (const std::string& example : shape.examples)
      schema["examples"].push_back(Json::parse(example));
    return schema;
  }

  void constrain(Json& schema, const Shape& shape) {
    switch (shape.kind) {
      case Kind::Boolean:
        schema["type"] = "boolean";
        return;
      case Kind::Integer:
        schema.update({{"type", "integer"}, {"minimum", shape.min}, {"maximum", shape.max}});
        return;
      case Kind::Text:
        return text(schema, shape);
      case Kind::Words:
        return words(schema, shape);
      case Kind::Array:
        schema["type"] = "array";
        schema["items"] = use(*shape.item);
        schema["minItems"] = shape.min;
        schema["maxItems"] = shape.max;
        return;
      case Kind::Object:
        return object(schema, shape);
      case Kind::Map:
        schema["type"] = "object";
        if (!shape.pattern.empty()) schema["propertyNames"] = {{"pattern", shape.pattern}};
        schema["additionalProperties"] = use(*shape.item);
        return;
      case Kind::Tagged:
        schema["type"] = "object";
        for (const ShapePtr& choice : shape.choices) schema["oneOf"].push_back(use(*choice));
        return;
      case Kind::Either:
        for (const ShapePtr& choice : shape.choices) schema["anyOf"].push_back(use(*choice));
        return;
      case Kind::Anything:
        return;
    }
  }

  static void text(Json& schema, const Shape& shape) {
    schema["type"] = "string";
    if (shape.min > 0) schema["minLength"] = shape.min;
    schema["maxLength"] = shape.max;
    if (!shape.pattern.empty()) schema["pattern"] = shape.pattern;
  }

  static void words(Json& schema, const Shape& shape) {
    if (shape.words.size() == 1) {
      schema["const"] = shape.words.front().first;
      return;
    }
    bool documented = false;
    for (const auto& [word, doc] : shape.words) {
      schema["enum"].push_back(word);
      documented = documented || !doc.empty();
    }
    // enumDescriptions is no keyword of JSON Schema, but editors show it with each word.
    if (!documented) return;
    for (const auto& [word, doc] : shape.words) schema["enumDescriptions"].push_back(doc);
  }

  void object(Json& schema, const Shape& shape) {
    schema["type"] = "object";
    schema["properties"] = Json::object();
    for (const Field& f : shape.fields) {
      Json field = Json::object();
      field["description"] = f.doc;
      const Json used = use(*f.shape);
      for (const auto& [key, value] : used.items())
        if (key != "description") field[key] = value;
      if (!f.fallback.json.empty()) field["default"] = Json::parse(f.fallback.json);
      schema["properties"][f.name] = std::move(field);
      if (f.required) schema["required"].push_back(f.name);
    }
    schema["additionalProperties"] = false;
    for (const auto& [one, other] : shape.exclusive)
      schema["allOf"].push_back({{"not", {{"required", Json::array({one, other})}}}});
  }

  Json defs_ = Json::object();
};

}  // namespace

std::string json_schema(const Shape& root, const std::string& title) {
  return Writer{}.document(root, title).dump(2) + '\n';
}

}  // namespace cpuhp

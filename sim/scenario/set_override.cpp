#include "sim/scenario/set_override.hpp"

#include <charconv>
#include <filesystem>
#include <vector>

#include "sim/scenario/json_document.hpp"
#include "sim/scenario/shape.hpp"

namespace cpuhp {

namespace {

using Kind = Shape::Kind;

std::vector<std::string> steps_of(std::string_view pointer) {
  std::vector<std::string> steps;
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    if (pointer[i] == '/') {
      steps.emplace_back();
    } else if (pointer[i] == '~' && i + 1 < pointer.size()) {
      steps.back() += pointer[++i] == '0' ? '~' : '/';
    } else {
      steps.back() += pointer[i];
    }
  }
  return steps;
}

class Setter {
 public:
  Setter(JsonDocument& document, const SetOverride& set) : document_(document), set_(set) {
    document_.sources.push_back(set_.shown());
    source_ = &document_.sources.back();
  }

  void apply(const Shape& root) {
    JsonNode* node = &document_.root;
    const Shape* shape = &root;
    const std::vector<std::string> steps = steps_of(set_.pointer);
    for (std::size_t i = 0; i < steps.size(); ++i) {
      node = descend(*node, shape, steps[i], i + 1 == steps.size());
      at_ = json_pointer(at_, steps[i]);
    }
    *node = value(shape);
  }

 private:
  /// Returns the child of `node` that `step`, one part of the pointer, names. Adds a missing child.
  /// Sets `shape` to the child's shape. `last`: `step` is the last part of the pointer.
  JsonNode* descend(JsonNode& node, const Shape*& shape, const std::string& step, bool last) {
    if (shape->kind == Kind::Either) shape = shape_for(node, *shape);
    if (shape == nullptr)
      fail("the pointer leads into a value that is not an object or array: " + node.shown());
    if (shape->kind == Kind::Array && node.is_array()) {
      shape = shape->item.get();
      return item(node, step);
    }
    if (!node.is_object() || shape->kind == Kind::Text)
      fail("the pointer leads into a value that is not an object or array: " + node.shown());
    shape = member_shape(node, *shape, step);
    if (JsonNode* found = node.find(step)) return found;
    auto& members = std::get<JsonNode::Object>(node.value);
    members.push_back({step, place(), last ? JsonNode{nullptr, place()} : container(*shape)});
    return &members.back().value;
  }

  JsonNode* item(JsonNode& node, const std::string& step) {
    auto& items = std::get<JsonNode::Array>(node.value);
    std::size_t index = items.size();
    if (step != "-") {
      const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), index);
      if (error != std::errc{} || end != step.data() + step.size() || index > items.size())
        fail("expected an index 0 to " + std::to_string(items.size()) + " or '-', found \"" + step +
             "\"");
    }
    if (index == items.size()) items.push_back({JsonNode::Object{}, place()});
    return &items[index];
  }

  const Shape* member_shape(const JsonNode& node, const Shape& shape, const std::string& step) {
    if (shape.kind == Kind::Map) return shape.item.get();
    if (shape.kind == Kind::Anything) return &shape;
    const Shape& object = shape.kind == Kind::Tagged ? choice(node, shape, step) : shape;
    if (const Field* field = object.field(step)) return field->shape.get();
    fail_unknown_key({.file = *source_, .pointer = json_pointer(at_, step)}, step, object);
  }

  /// Returns the choice that the tag in `node` names. Without a tag, returns the first choice that
  /// has the field `step`.
  static const Shape& choice(const JsonNode& node, const Shape& shape, const std::string& step) {
    const JsonNode* tag = node.find(shape.tag);
    for (std::size_t i = 0; i < shape.choices.size(); ++i) {
      const bool chosen =
          tag == nullptr || (tag->is_string() && tag->string() == shape.words[i].first);
      if (chosen && (tag != nullptr || shape.choices[i]->field(step) != nullptr))
        return *shape.choices[i];
    }
    return *shape.choices.front();
  }

  JsonNode container(const Shape& shape) const {
    if (shape.kind == Kind::Array) return {JsonNode::Array{}, place()};
    return {JsonNode::Object{}, place()};
  }

  JsonNode value(const Shape* shape) {
    const std::string& text = set_.value;
    const bool is_text =
        shape != nullptr && (shape->kind == Kind::Text || shape->kind == Kind::Words);
    const bool looks_like_json =
        !text.empty() && (text[0] == '{' || text[0] == '[' || text[0] == '"');
    if (looks_like_json) return parse_json_value(document_, text, set_.shown());
    if (is_text) return {text, place()};
    try {
      return parse_json_value(document_, text, set_.shown());
    } catch (const BadInput&) {
      return {text, place()};
    }
  }

  JsonAt place() const { return {source_, 0, 0}; }

  [[noreturn]] void fail(std::string message) const {
    throw BadInput(BadInputAt{.file = *source_, .pointer = at_, .message = std::move(message)});
  }

  JsonDocument& document_;
  const SetOverride& set_;
  const std::string* source_ = nullptr;
  std::string at_;
};

}  // namespace

SetOverride parse_set_override(std::string_view argument) {
  const std::size_t equals = argument.find('=');
  if (argument.empty() || argument[0] != '/' || equals == std::string_view::npos)
    throw BadInput(BadInputAt{.file = "--set " + std::string(argument),
                              .message = "expected /json/pointer=value, such as /seed=7"});
  return {std::string(argument.substr(0, equals)), std::string(argument.substr(equals + 1))};
}

SetOverride design_override(Design design) {
  return {"/design", '"' + std::string(to_string(design)) + '"'};
}

void apply_override(JsonDocument& document, const Shape& root, const SetOverride& override_) {
  if (override_.pointer.empty() || override_.pointer[0] != '/')
    throw BadInput(BadInputAt{.file = override_.shown(),
                              .message = "expected /json/pointer=value, such as /seed=7"});
  Setter(document, override_).apply(root);
}

void apply_overrides(JsonDocument& document, const Shape& root, const std::string& path,
                     const std::vector<FileOverride>& overrides) {
  std::error_code error;
  for (const FileOverride& each : overrides)
    if (std::filesystem::equivalent(path, each.file, error))
      apply_override(document, root, each.set);
}

}  // namespace cpuhp

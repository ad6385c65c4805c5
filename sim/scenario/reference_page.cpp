#include "sim/scenario/reference_page.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace cpuhp {

namespace {

using Kind = Shape::Kind;

/// Returns a text for a table cell in Markdown: bars are escaped, newlines become blanks.
std::string cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2)
    text.replace(at, 1, "\\|");
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

class Page {
 public:
  std::string write(const Shape& root, const std::string& title, const std::string& introduction) {
    text_ = "# " + title +
            "\n\n<!-- Generated from the loader's own description of the format; "
            "a test keeps it up to date. -->\n\n" +
            introduction + '\n';
    section(root, "The file");
    for (std::size_t i = 0; i < pending_.size(); ++i) section(*pending_[i], pending_[i]->def);
    return text_;
  }

 private:
  void section(const Shape& shape, const std::string& heading) {
    text_ += "\n## " + heading + "\n\n";
    if (!shape.doc.empty()) text_ += shape.doc + "\n";
    if (shape.kind == Kind::Object) {
      fields(shape);
    } else if (shape.kind == Kind::Tagged) {
      text_ += "\nThe other fields depend on `" + shape.tag + "`:\n";
      for (std::size_t i = 0; i < shape.choices.size(); ++i) {
        text_ += "\n### \"" + shape.words[i].first + "\"\n\n" + shape.words[i].second + '\n';
        fields(*shape.choices[i]);
      }
    } else {
      text_ += "\nType: " + type(shape, true) + ".\n";
      if (shape.kind == Kind::Either) nameless_objects(shape);
    }
    for (const std::string& example : shape.examples)
      text_ += "\n```json\n" + nlohmann::ordered_json::parse(example).dump(2) + "\n```\n";
  }

  /// Describes the alternatives that are objects without a name. (Each named object has a section.)
  void nameless_objects(const Shape& either) {
    for (const ShapePtr& choice : either.choices) {
      if (choice->kind != Kind::Object || !choice->def.empty()) continue;
      text_ += "\nThe object: " + choice->doc + '\n';
      fields(*choice);
    }
  }

  void fields(const Shape& object) {
    text_ += "\n| field | type, unit and range | default | meaning |\n|---|---|---|---|\n";
    for (const Field& f : object.fields)
      text_ += "| `" + f.name + "` | " + cell(type(*f.shape)) + " | " + cell(fallback(f)) + " | " +
               cell(f.doc + word_list(*f.shape)) + " |\n";
    for (std::size_t i = 0; i < object.exclusive.size(); ++i) {
      const auto& [one, other] = object.exclusive[i];
      const bool same = i > 0 && object.exclusive[i - 1].first == one;
      text_ += (same ? ", `" : "\n`" + one + "` does not go together with `") + other + '`';
    }
    if (!object.exclusive.empty()) text_ += ".\n";
  }

  static std::string fallback(const Field& f) {
    if (f.required) return "**required**";
    if (!f.fallback.words.empty()) return f.fallback.words;
    return f.fallback.json.empty() ? "absent" : "`" + f.fallback.json + "`";
  }

  static std::string word_list(const Shape& shape) {
    std::string list;
    if (shape.kind == Kind::Words && shape.words.size() > 1)
      for (const auto& [word, doc] : shape.words)
        if (!doc.empty()) list += "<br>`" + word + "`: " + doc;
    return list;
  }

  std::string type(const Shape& shape, bool here = false) {
    if (!shape.def.empty() && !here) {
      if (seen_.insert(shape.def).second) pending_.push_back(&shape);
      return "[" + shape.def + "](#" + anchor(shape.def) + ")";
    }
    switch (shape.kind) {
      case Kind::Boolean:
        return "true or false";
      case Kind::Integer:
        if (shape.min == shape.max) return '`' + grouped(shape.min) + '`';
        return "integer" + (shape.unit.empty() ? "" : ", " + shape.unit) + ", " +
               grouped(shape.min) + " to " + grouped(shape.max);
      case Kind::Text:
        return shape.what;
      case Kind::Words:
        return words(shape);
      case Kind::Array:
        return "array of " + grouped(shape.min) +
               (shape.min == shape.max ? "" : " to " + grouped(shape.max)) + ": " +
               type(*shape.item);
      case Kind::Map:
        return "object, " + shape.what + " to " + type(*shape.item);
      case Kind::Either:
        return either(shape);
      case Kind::Object:
      case Kind::Tagged:
        return "object";
      case Kind::Anything:
        return "any JSON";
    }
    return {};
  }

  static std::string words(const Shape& shape) {
    if (!shape.what.empty()) return shape.what;
    std::string list;
    for (const auto& [word, doc] : shape.words)
      list += (list.empty() ? "`\"" : ", `\"") + word + "\"`";
    return list;
  }

  std::string either(const Shape& shape) {
    std::string list;
    for (const ShapePtr& choice : shape.choices)
      list += (list.empty() ? "" : "; or ") + type(*choice);
    return list;
  }

  static std::string anchor(std::string heading) {
    std::replace(heading.begin(), heading.end(), ' ', '-');
    return heading;
  }

  std::string text_;
  std::vector<const Shape*> pending_;
  std::set<std::string> seen_;
};

}  // namespace

std::string grouped(std::int64_t n) {
  std::string digits = std::to_string(n);
  const std::size_t sign = n < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > sign + 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string reference_page(const Shape& root, const std::string& title,
                           const std::string& introduction) {
  return Page{}.write(root, title, introduction);
}

}  // namespace cpuhp

#include "sim/scenario/json_document.hpp"

#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "sim/input_file.hpp"
#include "sim/scenario/file_kind.hpp"

namespace cpuhp {

namespace {

/// Doubles hold every integer up to this one.
constexpr double kExact = 9'007'199'254'740'992.0;

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kShown = 40;
  std::string s = nlohmann::json(std::string(text.substr(0, kShown)))
                      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (text.size() > kShown) s.insert(s.size() - 1, "...");
  return s;
}

/// A position in the text. The events of nlohmann's parser come in text order, but have no
/// position. So the cursor moves past one token for each event.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {
    if (text.substr(0, 3) == "\xef\xbb\xbf") at_ = line_begin_ = 3;
  }

  /// Moves to the next token. Commas and colons count as tokens only if `separators` is true.
  void to_token(bool separators) {
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\n') {
        ++line_;
        line_begin_ = at_ + 1;
      } else if (c != ' ' && c != '\t' && c != '\r' && (separators || (c != ',' && c != ':'))) {
        return;
      }
    }
  }

  void skip_token() {
    if (at_ == text_.size()) return;
    const char c = text_[at_++];
    if (c == '"') {
      while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\n')
        at_ += text_[at_] == '\\' ? 2 : 1;
      at_ = std::min(at_ + 1, text_.size());
    } else if (!is_punctuation(c)) {
      while (at_ < text_.size() && !is_end(text_[at_])) ++at_;
    }
  }

  std::size_t offset() const { return at_; }
  bool at_end() const { return at_ >= text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  std::uint32_t line() const { return line_; }
  std::uint32_t column() const { return static_cast<std::uint32_t>(at_ - line_begin_ + 1); }

 private:
  static bool is_punctuation(char c) {
    return std::string_view("{}[],:").find(c) != std::string_view::npos;
  }
  static bool is_end(char c) {
    return is_punctuation(c) || std::string_view(" \t\r\n\"/").find(c) != std::string_view::npos;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_begin_ = 0;
  std::uint32_t line_ = 1;
};

/// Builds the nodes from the events of nlohmann's parser.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  Builder(std::string_view text, const std::string* source, bool with_lines,
          const JsonLimits& limits)
      : cursor_(text), source_(source), with_lines_(with_lines), limits_(limits) {}

  bool null() override { return scalar(nullptr); }
  bool boolean(bool value) override { return scalar(value); }
  bool number_integer(number_integer_t value) override { return scalar(value); }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<number_unsigned_t>(INT64_MAX))
      return scalar(static_cast<double>(value));
    return scalar(static_cast<std::int64_t>(value));
  }
  bool number_float(number_float_t value, const string_t&) override { return scalar(value); }
  bool string(string_t& value) override { return scalar(std::move(value)); }
  bool binary(binary_t&) override { return false; }

  bool start_object(std::size_t) override { return open(JsonNode::Object{}); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(JsonNode::Array{}); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    cursor_.to_token(false);
    const JsonAt at = here();
    if (!open_.back().keys.insert(name).second)
      fail(json_pointer(pointer(), name), "duplicate key " + in_quotes(name));
    open_.back().key = name;
    open_.back().key_at = at;
    cursor_.skip_token();
    return true;
  }

  bool parse_error(std::size_t bytes_read, const std::string&,
                   const nlohmann::json::exception& error) override {
    syntax_error(bytes_read, error.what());
  }

  JsonNode take() { return std::move(root_); }

 private:
  struct OpenContainer {
    JsonNode* node;
    std::set<std::string> keys;
    std::string key;
    JsonAt key_at;
  };

  bool scalar(decltype(JsonNode::value) value) {
    cursor_.to_token(false);
    add(std::move(value));
    cursor_.skip_token();
    return true;
  }

  bool open(decltype(JsonNode::value) value) {
    cursor_.to_token(false);
    if (open_.size() == limits_.depth_max)
      fail(pointer(), "objects and arrays are nested more than " +
                          std::to_string(limits_.depth_max) + " levels deep");
    open_.push_back({add(std::move(value)), {}, {}, {}});
    cursor_.skip_token();
    return true;
  }

  bool close() {
    open_.pop_back();
    cursor_.to_token(false);
    cursor_.skip_token();
    return true;
  }

  JsonNode* add(decltype(JsonNode::value) value) {
    if (++values_ > limits_.values_max)
      fail("",
           "the file has too many values: expected at most " + std::to_string(limits_.values_max));
    JsonNode node{std::move(value), here()};
    if (open_.empty()) {
      root_ = std::move(node);
      return &root_;
    }
    OpenContainer& parent = open_.back();
    if (auto* items = std::get_if<JsonNode::Array>(&parent.node->value))
      return &items->emplace_back(std::move(node));
    auto& members = std::get<JsonNode::Object>(parent.node->value);
    members.push_back({parent.key, parent.key_at, std::move(node)});
    return &members.back().value;
  }

  JsonAt here() const {
    return with_lines_ ? JsonAt{source_, cursor_.line(), cursor_.column()} : JsonAt{source_, 0, 0};
  }

  /// Returns the JSON pointer of the innermost open object or array.
  std::string pointer() const {
    std::string path;
    for (std::size_t i = 0; i + 1 < open_.size(); ++i) {
      const auto* items = std::get_if<JsonNode::Array>(&open_[i].node->value);
      path = json_pointer(path, items ? std::to_string(items->size() - 1) : open_[i].key);
    }
    return path;
  }

  [[noreturn]] void fail(const std::string& where, std::string message) const {
    const JsonAt at = here();
    throw BadInput(BadInputAt{.file = *source_,
                              .line = at.line,
                              .column = at.column,
                              .pointer = where,
                              .message = std::move(message)});
  }

  [[noreturn]] void syntax_error(std::size_t bytes_read, std::string_view what) {
    cursor_.to_token(true);
    std::optional<Cursor> comma;
    // Moves the cursor to the token at which the parser has stopped.
    while (!cursor_.at_end() && cursor_.peek() != '/') {
      Cursor after = cursor_;
      after.skip_token();
      if (after.offset() >= bytes_read) break;
      comma = cursor_.peek() == ',' ? std::optional(cursor_) : std::nullopt;
      cursor_ = after;
      cursor_.to_token(true);
    }
    if (cursor_.peek() == '/') fail(pointer(), "JSON has no comments, found '/'");
    if (comma && (cursor_.peek() == '}' || cursor_.peek() == ']')) {
      const std::string closer(1, cursor_.peek());
      cursor_ = *comma;
      fail(pointer(), "trailing comma: expected another entry after ',', found '" + closer + "'");
    }
    if (cursor_.at_end()) fail(pointer(), "the file ends in the middle of the JSON text");
    fail(pointer(), "not JSON: " + reason(what));
  }

  /// Returns nlohmann's message without its prefix and position.
  static std::string reason(std::string_view what) {
    const std::string_view marker = "syntax error while parsing ";
    const std::size_t at = what.find(marker);
    if (at == std::string_view::npos) return std::string(what.substr(what.find("] ") + 2));
    std::string text(what.substr(at + marker.size()));
    for (std::size_t dash; (dash = text.find(" - ")) != std::string::npos;)
      text.replace(dash, 3, ": ");
    return text;
  }

  Cursor cursor_;
  const std::string* source_;
  bool with_lines_;
  JsonLimits limits_;
  std::vector<OpenContainer> open_;
  std::size_t values_ = 0;
  JsonNode root_;
};

JsonNode build(std::string_view text, const std::string* source, bool with_lines,
               const JsonLimits& limits) {
  Builder builder(text, source, with_lines, limits);
  nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  return builder.take();
}

std::string megabytes(std::size_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

template <typename Members>
auto find_in(Members& members, std::string_view key) -> decltype(&members.front().value) {
  for (auto& member : members)
    if (member.key == key) return &member.value;
  return nullptr;
}

}  // namespace

const JsonNode* JsonNode::find(std::string_view key) const { return find_in(object(), key); }
JsonNode* JsonNode::find(std::string_view key) { return find_in(std::get<Object>(value), key); }

bool JsonNode::is_integer() const {
  if (const auto* number = std::get_if<double>(&value))
    return std::trunc(*number) == *number && std::fabs(*number) <= kExact;
  return std::holds_alternative<std::int64_t>(value);
}

std::int64_t JsonNode::integer() const {
  if (const auto* number = std::get_if<double>(&value)) return static_cast<std::int64_t>(*number);
  return std::get<std::int64_t>(value);
}

std::string JsonNode::shown() const {
  if (is_object()) return "an object";
  if (is_array()) return "an array";
  if (is_string()) return in_quotes(string());
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* number = std::get_if<double>(&value)) return nlohmann::json(*number).dump();
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  return "null";
}

JsonRef JsonRef::at(std::string_view key) const {
  return {node->find(key), json_pointer(pointer, key)};
}

JsonRef JsonRef::at(std::size_t index) const {
  return {&node->array()[index], json_pointer(pointer, std::to_string(index))};
}

JsonRef JsonRef::find(std::string_view key) const {
  const JsonNode* member = node->find(key);
  return member == nullptr ? JsonRef{} : JsonRef{member, json_pointer(pointer, key)};
}

std::vector<JsonRef> JsonRef::items() const {
  std::vector<JsonRef> all;
  for (std::size_t i = 0; i < node->array().size(); ++i) all.push_back(at(i));
  return all;
}

void JsonRef::fail(std::string message, std::string suggestion) const {
  throw BadInput(BadInputAt{.file = *node->at.source,
                            .line = node->at.line,
                            .column = node->at.column,
                            .pointer = pointer,
                            .message = std::move(message),
                            .suggestion = std::move(suggestion)});
}

std::string json_pointer(const std::string& pointer, std::string_view key) {
  std::string path = pointer + '/';
  for (const char c : key) {
    if (c == '~')
      path += "~0";
    else if (c == '/')
      path += "~1";
    else
      path += c;
  }
  return path;
}

JsonDocument parse_json(std::string_view text, std::string source, const JsonLimits& limits) {
  JsonDocument document;
  document.sources.push_back(std::move(source));
  const std::string* name = &document.sources.back();
  if (text.size() > limits.bytes_max)
    throw BadInput(BadInputAt{.file = *name,
                              .message = "the file has " + std::to_string(text.size()) +
                                         " bytes, expected at most " +
                                         megabytes(limits.bytes_max)});
  document.root = build(text, name, true, limits);
  return document;
}

JsonDocument parse_json_file(const std::string& named, const JsonLimits& limits,
                             std::string_view wanted) {
  const std::string path = shown_file(named);
  const std::string opened = path_to_open(named, limits.bytes_max);
  std::error_code error;
  if (std::filesystem::is_directory(opened, error))
    throw BadInput(BadInputAt{.file = path, .message = "expected a file, found a directory"});
  std::ifstream in(opened, std::ios::binary);
  if (!in)
    throw BadInput(
        BadInputAt{.file = path, .message = "the file does not exist or cannot be read"});
  // Reads at most 16 KiB beyond the limit, because a pipe or device may never end.
  std::string text;
  std::array<char, 1 << 14> piece;
  while (in && text.size() <= limits.bytes_max) {
    in.read(piece.data(), piece.size());
    text.append(piece.data(), static_cast<std::size_t>(in.gcount()));
  }
  if (text.size() > limits.bytes_max)
    throw BadInput(BadInputAt{
        .file = path,
        .message = "the file is too large: expected at most " + megabytes(limits.bytes_max)});
  if (!wanted.empty()) refuse_other_text(text, named, wanted);
  JsonDocument document = parse_json(text, path, limits);
  if (!wanted.empty()) require_kind(document, named, wanted);
  return document;
}

JsonNode parse_json_value(JsonDocument& document, std::string_view text, std::string source) {
  document.sources.push_back(std::move(source));
  return build(text, &document.sources.back(), false, JsonLimits{});
}

}  // namespace cpuhp

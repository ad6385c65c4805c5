// A JSON document with the line and column of every value. Internal to the readers of files.
//
//   const JsonDocument doc = parse_json_file("boot.json", JsonLimits{});
//   const JsonRef root{&doc.root, ""};
//   root.at("machine").fail("expected ...");   // throws: boot.json:3:14: /machine: expected ...
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "model/ns.hpp"
#include "sim/error.hpp"

namespace cpuhp {

/// Position of a value. Lines and columns count from 1, in bytes. Line 0: the source has no lines
/// (an option on the command line).
struct JsonAt {
  const std::string* source = nullptr;  ///< owned by the document
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

struct JsonMember;

struct JsonNode {
  using Array = std::vector<JsonNode>;
  using Object = std::vector<JsonMember>;  ///< in the file's order; keys are unique

  std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Array, Object> value;
  JsonAt at;

  const JsonNode* find(std::string_view key) const;
  JsonNode* find(std::string_view key);
  bool is_object() const { return std::holds_alternative<Object>(value); }
  bool is_array() const { return std::holds_alternative<Array>(value); }
  bool is_string() const { return std::holds_alternative<std::string>(value); }
  /// True for an integer. As in JSON Schema, 1.0 is an integer.
  bool is_integer() const;
  std::int64_t integer() const;
  const std::string& string() const { return std::get<std::string>(value); }
  bool boolean() const { return std::get<bool>(value); }
  const Array& array() const { return std::get<Array>(value); }
  const Object& object() const { return std::get<Object>(value); }
  /// Returns the value as shown in messages: `12`, `"abc"` (shortened), `an object`, `null`.
  std::string shown() const;
};

struct JsonMember {
  std::string key;
  JsonAt at;  ///< position of the key
  JsonNode value;
};

struct JsonRef {
  const JsonNode* node = nullptr;
  std::string pointer;

  const JsonNode* operator->() const { return node; }
  /// Returns the member with that name, which must exist.
  JsonRef at(std::string_view key) const;
  JsonRef at(std::size_t index) const;
  /// Returns the member with that name. When there is none, its `node` is null.
  JsonRef find(std::string_view key) const;
  std::vector<JsonRef> items() const;
  /// Sets `field` to the member with that name. Does nothing when there is none.
  template <typename Value>
  void read(std::string_view key, Value& field) const;
  explicit operator bool() const { return node != nullptr; }
  [[noreturn]] void fail(std::string message, std::string suggestion = {}) const;
};

template <typename Value>
void JsonRef::read(std::string_view key, Value& field) const {
  const JsonNode* const member = node->find(key);
  if (member == nullptr) return;
  if constexpr (std::is_assignable_v<Value&, Ns>)
    field = Ns{member->integer()};
  else if constexpr (std::is_assignable_v<Value&, std::string>)
    field = member->string();
  else if constexpr (std::is_same_v<Value, bool> || std::is_same_v<Value, std::optional<bool>>)
    field = member->boolean();
  else
    field = static_cast<Value>(member->integer());
}

/// Returns `pointer` + '/' + `key`, escaped (RFC 6901).
std::string json_pointer(const std::string& pointer, std::string_view key);

struct JsonLimits {
  std::size_t bytes_max = 1 << 20;
  std::size_t values_max = 1'000'000;
  std::size_t depth_max = 32;
};

struct JsonDocument {
  std::deque<std::string> sources;  ///< names to which JsonAt points; never shrinks
  JsonNode root;

  JsonDocument() = default;
  JsonDocument(JsonDocument&&) = default;
  JsonDocument& operator=(JsonDocument&&) = default;
};

/// Parses strict JSON (RFC 8259): no comments, trailing commas or duplicate keys. Throws BadInput.
JsonDocument parse_json(std::string_view text, std::string source, const JsonLimits& limits);
/// Parses a file. Refuses a file above the limit before reading it, and a file that is known to be
/// something other than `wanted`, such as "a scenario" (sim/scenario/file_kind.hpp); empty: any.
JsonDocument parse_json_file(const std::string& path, const JsonLimits& limits,
                             std::string_view wanted = {});
/// Parses the value of an override (--set). Its nodes have `source` instead of a file as their
/// position, and no line. `document` stores `source`.
JsonNode parse_json_value(JsonDocument& document, std::string_view text, std::string source);

}  // namespace cpuhp

// `--set /json/pointer=value`: changes a scenario before it is checked.
//
//   parse_set_override("/machine/sockets=4");    // {"/machine/sockets", "4"}
#pragma once

#include <string>
#include <string_view>

#include "model/config.hpp"

namespace cpuhp {

struct JsonDocument;
struct Shape;

struct SetOverride {
  std::string pointer;  ///< RFC 6901: "/operations/0/cpu"; "-" as an index appends
  std::string value;    ///< JSON; any other text is a string

  /// Returns the option as it was typed; the "file" of its errors.
  std::string shown() const { return "--set " + pointer + "=" + value; }
};

/// Splits at the first '='. Throws BadInput.
SetOverride parse_set_override(std::string_view argument);

/// Returns an override that replaces the scenario's own design.
SetOverride design_override(Design design);

/// Replaces or adds the value; missing objects on the way are made if `root` has them. Throws
/// BadInput whose file is the option's text.
void apply_override(JsonDocument& document, const Shape& root, const SetOverride& override_);

}  // namespace cpuhp

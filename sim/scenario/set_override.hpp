// `--set /json/pointer=value`: changes a scenario before it is checked.
//
//   parse_set_override("/machine/sockets=4");    // {"/machine/sockets", "4"}
//   parse_set_override("machine.sockets=4");     // throws: --set machine.sockets=4: expected ...
#pragma once

#include <string>
#include <string_view>

#include "model/config.hpp"

namespace cpuhp {

struct JsonDocument;
struct Shape;

struct SetOverride {
  std::string pointer;  ///< RFC 6901: "/operations/0/cpu"; "-" as an index appends
  std::string value;    ///< JSON; what is no JSON is a string

  /// As it was typed; the "file" of its errors.
  std::string shown() const { return "--set " + pointer + "=" + value; }
};

/// Splits at the first '='. Throws BadInput.
SetOverride parse_set_override(std::string_view argument);

/// The run's design in place of the scenario's own.
SetOverride design_override(Design design);

/// Replaces or adds the value; objects on the way that are missing are made where `root` has them.
/// Throws BadInput whose file is the option's text.
void apply_override(JsonDocument& document, const Shape& root, const SetOverride& override_);

}  // namespace cpuhp

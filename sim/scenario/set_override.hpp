// `--set /json/pointer=value`: changes a scenario before it is checked.
//
//   parse_set_override("/machine/sockets=4");    // {"/machine/sockets", "4"}
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/config.hpp"

namespace cpuhp {

struct JsonDocument;
struct Shape;

struct SetOverride {
  std::string pointer;  ///< RFC 6901: "/operations/0/cpu"; "-" as index appends
  std::string value;    ///< JSON; other text is taken as a string

  /// Returns the option as typed. Error messages name it in place of a file.
  std::string shown() const { return "--set " + pointer + "=" + value; }
};

/// Changes a file that is read because another file refers to it, such as a cost profile.
struct FileOverride {
  std::string file;
  SetOverride set;
};

/// Parses "POINTER=VALUE", separated by the first '='. Throws BadInput.
SetOverride parse_set_override(std::string_view argument);

/// Returns an override that replaces the scenario's design.
SetOverride design_override(Design design);

/// Replaces or adds the value. Also adds missing objects above it if the shape `root` has them.
/// Throws BadInput, which names the option in place of a file.
void apply_override(JsonDocument& document, const Shape& root, const SetOverride& override_);
/// Applies those overrides that are for the file `path`, from which `document` was read.
void apply_overrides(JsonDocument& document, const Shape& root, const std::string& path,
                     const std::vector<FileOverride>& overrides);

}  // namespace cpuhp

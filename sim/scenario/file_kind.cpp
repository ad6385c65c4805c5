#include "sim/scenario/file_kind.hpp"

#include <array>
#include <utility>

#include "sim/input_file.hpp"

namespace cpuhp {
namespace {

constexpr std::string_view kScenario = "a scenario";

using KindWord = std::pair<std::string_view, std::string_view>;

/// The key "kind" of files, and what these are.
constexpr std::array<KindWord, 3> kKinds{{{"cpuhp-table", "a state table"},
                                          {"cpuhp-costs", "a cost profile"},
                                          {"cpuhp-published", "published figures"}}};

/// Keys that only one kind of file has.
constexpr std::array<KindWord, 4> kKeys{{{"machine", kScenario},
                                         {"operations", kScenario},
                                         {"traceEvents", "a trace for Perfetto"},
                                         {"$defs", "a JSON Schema"}}};

/// How a user gets from one to the other.
std::string advice(std::string_view found, std::string_view wanted, const std::string& file) {
  if (wanted != kScenario) return {};
  if (found == "a state table")
    return "; a scenario names its table: cpuhp-sim new NAME --machine 2x32x2 --table " + file;
  if (found == "a cost profile") return "; a scenario names its costs with the key \"costs\"";
  if (found == "published figures") return "; cpuhp-sim validate reads them";
  if (found == "a trace" || found == "a recording")
    return "; cpuhp-sim check and explain read it, and cpuhp-sim new NAME --like " + file +
           " makes a scenario of it";
  return {};
}

[[noreturn]] void refuse_kind(JsonAt at, const std::string& file, std::string_view found,
                              std::string_view wanted) {
  throw BadInput{{.file = shown_file(file),
                  .line = at.line,
                  .column = at.column,
                  .message = "this is " + std::string(found) + ", not " + std::string(wanted) +
                             advice(found, wanted, file)}};
}

}  // namespace

std::string_view kind_of(const JsonNode& document) {
  if (!document.is_object()) return {};
  if (const JsonNode* const kind = document.find("kind"); kind != nullptr && kind->is_string())
    for (const auto& [word, words] : kKinds)
      if (kind->string() == word) return words;
  for (const auto& [key, words] : kKeys)
    if (document.find(key) != nullptr) return words;
  return {};
}

std::string_view kind_of_text(std::string_view text) {
  constexpr std::size_t kLooked = 1 << 16;
  const std::string_view begin = text.substr(0, kLooked);
  const auto has = [begin](std::string_view words) {
    return begin.find(words) != std::string_view::npos;
  };
  if (begin.starts_with("\x1f\x8b")) return "a file that is compressed with gzip";
  if (has("\n#MACHINE") || has("\n#OP ") || has("\n#STATE")) return "a recording";
  if (has("# tracer:") || has("cpuhp_enter:") || has("cpuhp_exit:")) return "a trace";
  if (has(": offline\n") && has(": cpu:bringup\n")) return "a list of hotplug states";
  return {};
}

void require_kind(const JsonDocument& document, const std::string& file, std::string_view wanted) {
  const std::string_view found = kind_of(document.root);
  if (found.empty() || found == wanted) return;
  const JsonNode* const kind = document.root.find("kind");
  refuse_kind(kind == nullptr ? document.root.at : kind->at, file, found, wanted);
}

void refuse_json(std::string_view text, const std::string& named, std::string_view wanted) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || text[first] != '{') return;
  JsonDocument document;
  try {
    document = parse_json(text, named, {.bytes_max = std::size_t{8} << 20});
  } catch (const BadInput&) {
    return;  // no JSON: its reader says what is wrong with it
  }
  require_kind(document, named, wanted);
}

void refuse_other_text(std::string_view text, const std::string& named, std::string_view wanted) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || text[first] == '{') return;
  if (const std::string_view found = kind_of_text(text); !found.empty())
    refuse_kind({}, named, found, wanted);
}

}  // namespace cpuhp

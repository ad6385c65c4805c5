#include "sim/session/session_file.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "sim/error.hpp"
#include "sim/scenario/suggest.hpp"
#include "sim/trace/text_file.hpp"

namespace cpuhp {
namespace {

constexpr std::string_view kFirstLine = "# cpuhp-sim session 1";
constexpr std::array<std::string_view, 4> kVerbs{"write", "with", "load", "unload"};
/// Where absolute paths have to lead: pseries adds and removes CPUs there.
constexpr std::string_view kDlpar = "/sys/kernel/dlpar";

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.';
}

/// True for a path whose parts are words, and none of them "." or "..".
bool is_path(std::string_view path) {
  if (path == kDlpar) return true;
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    if (part.empty() || part == "." || part == ".." || !std::ranges::all_of(part, is_word))
      return false;
    if (part.size() == path.size()) return true;
    path.remove_prefix(part.size() + 1);
  }
  return false;
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

/// Reads a session file line by line.
class SessionReader {
 public:
  explicit SessionReader(const std::string& file) : file_(file) {}

  void line(std::string_view text, std::size_t number) {
    line_ = text;
    number_ = number;
    if (number == 1) {
      if (text != kFirstLine)
        fail("the first line is not \"" + std::string(kFirstLine) + "\": not a session file", text);
      return;
    }
    if (text.empty() || text.front() == '#') return;
    if (const auto bad = std::ranges::find_if(text, is_control); bad != text.end())
      fail("a control character", text.substr(static_cast<std::size_t>(bad - text.begin())));
    const std::string_view verb = text.substr(0, text.find(' '));
    const std::string_view rest = text.substr(std::min(text.size(), verb.size() + 1));
    if (verb == "session") return begin(rest);
    const auto known = std::ranges::find(kVerbs, verb);
    if (known == kVerbs.end()) unknown(verb);
    if (read_.sessions.empty()) fail("expected \"session NAME\" before this statement", verb);
    add(static_cast<SessionVerb>(known - kVerbs.begin()), rest);
  }

  SessionFile finish() {
    if (number_ == 0) throw BadInput{{.file = file_, .message = "the file is empty"}};
    if (read_.sessions.empty()) throw BadInput{{.file = file_, .message = "has no session"}};
    return std::move(read_);
  }

 private:
  [[noreturn]] void fail(std::string message, std::string_view at,
                         std::string suggestion = {}) const {
    throw BadInput{{.file = file_,
                    .line = number_,
                    .column = static_cast<std::size_t>(at.data() - line_.data()) + 1,
                    .message = std::move(message),
                    .suggestion = std::move(suggestion)}};
  }

  [[noreturn]] void unknown(std::string_view verb) const {
    std::vector<std::string> words(kVerbs.begin(), kVerbs.end());
    words.emplace_back("session");
    fail("unknown statement \"" + std::string(verb) + "\", expected " + listed(words), verb,
         nearest(verb, words));
  }

  void check_name(std::string_view name, const char* what) const {
    if (is_session_name(name)) return;
    fail(std::string("expected the name of a ") + what + ": at most " +
             std::to_string(kMaxSessionName) + " letters, digits, '.', '_' and '-'",
         name);
  }

  void begin(std::string_view name) {
    check_name(name, "session");
    if (!names_.insert(std::string(name)).second)
      fail("a second session \"" + std::string(name) + '"', name);
    if (read_.sessions.size() >= kMaxSessions)
      fail("more than " + std::to_string(kMaxSessions) + " sessions", name);
    read_.sessions.push_back({.name = std::string(name), .steps = {}, .line = number_});
    writers_ = 0;
  }

  void add(SessionVerb verb, std::string_view rest) {
    PlaySession& session = read_.sessions.back();
    if (session.steps.size() >= kMaxSessionSteps)
      fail("more than " + std::to_string(kMaxSessionSteps) + " statements in a session", line_);
    if (verb == SessionVerb::Write || verb == SessionVerb::With)
      session.steps.push_back(write(verb, rest));
    else
      session.steps.push_back(module(verb, rest));
  }

  SessionStep write(SessionVerb verb, std::string_view rest) {
    if (verb == SessionVerb::With && writers_ == 0)
      fail("\"with\" needs a \"write\" just before it", line_);
    writers_ = verb == SessionVerb::Write ? 1 : writers_ + 1;
    if (writers_ > kMaxWriters)
      fail("more than " + std::to_string(kMaxWriters) + " writers at the same time", line_);
    const std::string_view path = rest.substr(0, rest.find(' '));
    if (!is_path(path) || path.size() > kMaxSessionName)
      fail("expected a path below /sys/devices/system/cpu, or " + std::string(kDlpar), path);
    if (path.size() == rest.size())
      fail("expected a value behind the path; one blank alone is the empty value",
           rest.substr(path.size()));
    const std::string_view value = rest.substr(path.size() + 1);
    if (value.size() > kMaxSessionValue)
      fail("the value has " + std::to_string(value.size()) + " bytes, expected at most " +
               std::to_string(kMaxSessionValue),
           value);
    return {.verb = verb, .name = std::string(path), .value = std::string(value)};
  }

  SessionStep module(SessionVerb verb, std::string_view rest) {
    writers_ = 0;
    const std::string_view name = rest.substr(0, rest.find(' '));
    check_name(name, "module");
    const std::string_view parameters = rest.substr(std::min(rest.size(), name.size() + 1));
    if (verb == SessionVerb::Unload && name.size() != rest.size())
      fail("expected nothing behind the module's name", parameters);
    if (parameters.size() > kMaxSessionValue)
      fail("the parameters have more than " + std::to_string(kMaxSessionValue) + " bytes",
           parameters);
    for (std::string_view left = parameters; !left.empty();) {
      const std::string_view word = left.substr(0, left.find(' '));
      if (word.empty() || !std::ranges::all_of(word, [](char c) {
            return is_word(c) || c == '=' || c == ',' || c == ':' || c == '/';
          }))
        fail("expected PARAMETER=VALUE of letters, digits and . _ - , : /, with one blank between",
             left);
      left.remove_prefix(std::min(left.size(), word.size() + 1));
    }
    return {.verb = verb, .name = std::string(name), .value = std::string(parameters)};
  }

  const std::string& file_;
  SessionFile read_;
  std::set<std::string> names_;
  std::string_view line_;
  std::size_t number_ = 0;
  std::size_t writers_ = 0;  ///< of the latest group of writes; 0: the latest statement is none
};

}  // namespace

bool is_session_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxSessionName && std::ranges::all_of(name, is_word);
}

std::string sessions_text(const SessionFile& file) {
  std::string text = std::string(kFirstLine) + '\n';
  for (const std::string& note : file.notes) text += "# " + note + '\n';
  for (const PlaySession& session : file.sessions) {
    text += "\nsession " + session.name + '\n';
    for (const SessionStep& step : session.steps) {
      text += std::string(kVerbs[static_cast<std::size_t>(step.verb)]) + ' ' + step.name;
      const bool writes = step.verb == SessionVerb::Write || step.verb == SessionVerb::With;
      if (writes || !step.value.empty()) text += ' ' + step.value;
      text += '\n';
    }
  }
  return text;
}

SessionFile parse_sessions(std::string_view text, const std::string& file) {
  SessionReader reader(file);
  for_each_line(
      text, [&](std::string_view line, std::size_t number, bool) { reader.line(line, number); });
  return reader.finish();
}

}  // namespace cpuhp

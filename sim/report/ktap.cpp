#include "sim/report/ktap.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <map>
#include <utility>

namespace cpuhp {
namespace {

using Result = KtapTest::Result;

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }

/// Returns a line of diagnostics without characters that move a terminal's cursor.
std::string printable(std::string_view line) {
  std::string text(line);
  std::ranges::replace_if(text, is_control, ' ');
  return text;
}

/// Makes the names of a group distinct.
void number_same_names(std::vector<KtapTest>& tests) {
  std::map<std::string, std::size_t> seen;  // by name: how often
  for (KtapTest& test : tests) {
    std::size_t& count = seen[test.name];
    if (++count == 1) continue;
    const std::string name = test.name;
    for (test.name = fmt::format("{} ({})", name, count); !seen.try_emplace(test.name, 1).second;)
      test.name = fmt::format("{} ({})", name, ++count);
  }
}

class Writer {
 public:
  std::string take() { return std::move(text_); }

  void tests(const std::vector<KtapTest>& tests, const std::string& indent) {
    text_ += fmt::format("{}KTAP version 1\n{}1..{}\n", indent, indent, tests.size());
    std::size_t number = 0;
    for (const KtapTest& test : tests) {
      if (!test.subtests.empty()) this->tests(test.subtests, indent + "  ");
      diagnostics(test.diagnostics, indent);
      result(test, ++number, indent);
    }
  }

 private:
  void diagnostics(std::string_view rest, const std::string& indent) {
    if (rest.ends_with('\n')) rest.remove_suffix(1);
    const std::size_t most = lines_ < kKtapLinesInAll ? kKtapLinesMax : 1;
    std::size_t shown = 0, left_out = 0;
    for (bool more = !rest.empty(); more;) {
      const std::size_t end = rest.find('\n');
      more = end != std::string_view::npos;
      shown < most ? diagnostic(printable(rest.substr(0, end)), indent) : void(++left_out);
      ++shown;
      if (more) rest.remove_prefix(end + 1);
    }
    if (left_out > 0) diagnostic(fmt::format("... and {} more lines", left_out), indent);
  }

  void diagnostic(const std::string& line, const std::string& indent) {
    text_ += indent + (line.empty() ? "#" : "# ") + line + '\n';
    ++lines_;
  }

  void result(const KtapTest& test, std::size_t number, const std::string& indent) {
    text_ += fmt::format("{}{} {}", indent, test.result == Result::NotOk ? "not ok" : "ok", number);
    if (!test.name.empty()) text_ += ' ' + ktap_escaped(test.name);
    if (test.result == Result::Skip) text_ += " # SKIP " + ktap_escaped(test.reason);
    text_ += '\n';
  }

  std::string text_;
  std::size_t lines_ = 0;  ///< of diagnostics
};

}  // namespace

KtapTest ktap_test(std::string name, std::string failure) {
  const Result result = failure.empty() ? Result::Ok : Result::NotOk;
  return {.name = std::move(name), .result = result, .diagnostics = std::move(failure)};
}

KtapTest ktap_skip(std::string name, std::string reason) {
  return {.name = std::move(name), .result = Result::Skip, .reason = std::move(reason)};
}

KtapTest ktap_group(std::string name, std::vector<KtapTest> subtests, std::string diagnostics) {
  KtapTest group{.name = std::move(name), .diagnostics = std::move(diagnostics)};
  const auto is = [](Result r) { return [r](const KtapTest& t) { return t.result == r; }; };
  if (std::ranges::any_of(subtests, is(Result::NotOk))) {
    group.result = Result::NotOk;
  } else if (!subtests.empty() && std::ranges::all_of(subtests, is(Result::Skip))) {
    group.result = Result::Skip;
    group.reason = "all of its tests";
  }
  number_same_names(subtests);
  group.subtests = std::move(subtests);
  return group;
}

std::string ktap_text(const std::vector<KtapTest>& tests) {
  Writer writer;
  writer.tests(tests, "");
  return writer.take();
}

std::string ktap_escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text)
    if (c == '#' || is_control(c))
      escaped += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    else
      escaped += c;
  return escaped;
}

}  // namespace cpuhp

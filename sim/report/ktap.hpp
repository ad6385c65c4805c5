// Writes results as KTAP version 1, which the tools around kselftest, KUnit and LKFT read
// (https://docs.kernel.org/dev-tools/ktap.html).
//
//   ktap_text({ktap_group("boot", {{.name = "cpu1"}, ktap_skip("cpu2", "not present")})});
//   // KTAP version 1
//   // 1..1
//   //   KTAP version 1
//   //   1..2
//   //   ok 1 cpu1
//   //   ok 2 cpu2 # SKIP not present
//   // ok 1 boot
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cpuhp {

/// A test, or a group of tests. Groups come from ktap_group().
struct KtapTest {
  enum class Result : std::uint8_t { Ok, NotOk, Skip };

  std::string name;
  Result result = Result::Ok;
  std::string reason = {};       ///< of a skipped test: why
  std::string diagnostics = {};  ///< lines for a reader, which stand before the result
  std::vector<KtapTest> subtests = {};
};

/// Most lines of diagnostics of one test. A line says how many more there were.
inline constexpr std::size_t kKtapLinesMax = 60;
/// Once all tests together have this many lines of diagnostics, each further test has one line.
inline constexpr std::size_t kKtapLinesInAll = 5'000;

/// Returns a passed test when `failure` is empty, and otherwise a failed one with this text as
/// diagnostics.
KtapTest ktap_test(std::string name, std::string failure);
KtapTest ktap_skip(std::string name, std::string reason);
/// Returns a group: failed when one of the tests failed, skipped when all were skipped. Readers tell
/// tests by their names, so of several tests with one name the later ones get a number: "boot (2)".
KtapTest ktap_group(std::string name, std::vector<KtapTest> subtests, std::string diagnostics = {});

/// Returns the whole document.
std::string ktap_text(const std::vector<KtapTest>& tests);

/// Returns a name or reason as one line that readers take for nothing else: `#`, which would begin
/// a directive, and control characters become `%23`, `%0A`, ...
std::string ktap_escaped(std::string_view text);

}  // namespace cpuhp

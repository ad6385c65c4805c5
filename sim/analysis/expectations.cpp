#include "sim/analysis/expectations.hpp"

#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "sim/scenario/cpulist.hpp"
#include "sim/scenario/errno_names.hpp"

namespace cpuhp {
namespace {

class Verdicts {
 public:
  void compare(std::string what, std::string expected, std::string found) {
    const bool holds = expected == found;
    list.push_back({std::move(what), std::move(expected), std::move(found), holds});
  }

  void range(std::string what, const std::optional<ExpectedRange>& range, Ns found) {
    if (!range) return;
    const bool holds =
        (!range->min || found >= *range->min) && (!range->max || found <= *range->max);
    std::string expected;
    if (range->min) expected += fmt::format("at least {} ns", range->min->v);
    if (range->min && range->max) expected += " and ";
    if (range->max) expected += fmt::format("at most {} ns", range->max->v);
    list.push_back({std::move(what), std::move(expected), fmt::format("{} ns", found.v), holds});
  }

  std::vector<Expectation> list;
};

std::string online_list(const RunResult& r) {
  CpuMask online(static_cast<CpuId>(r.final.size()));
  for (CpuId cpu = 0; cpu < r.final.size(); ++cpu) online.assign(cpu, r.final[cpu].online);
  return print_cpulist(online);
}

std::string state_name(const StateTable& table, StateId id) {
  const std::string& name = table.at(id).name;
  return name.empty() ? std::to_string(id) : fmt::format("{} ({})", name, id);
}

void compare_ends(Verdicts& verdicts, const Scenario& s, const RunResult& r) {
  if (s.expect.online) verdicts.compare("online", print_cpulist(*s.expect.online), online_list(r));
  for (std::size_t i = 0; i < s.expect.ret.size(); ++i)
    verdicts.compare(fmt::format("ret[{}]", i), return_name(s.expect.ret[i]),
                     r.operation(i) ? return_name(r.operation(i)->ret) : "no return");
}

/// Compares hang and panic. If the scenario does not mention them, they must not happen.
void compare_deaths(Verdicts& verdicts, const Scenario& s, const RunResult& r) {
  const Expect& expect = s.expect;
  const bool hang = expect.hang.value_or(false), panic = expect.panic.value_or(false);
  if (expect.hang || !r.hung.empty())
    verdicts.compare("hang", hang ? "a hang" : "none", r.hung.empty() ? "none" : "a hang");
  if (expect.panic || r.panic) {
    verdicts.compare("panic", panic ? "a panic" : "none", r.panic ? "a panic" : "none");
    if (r.panic && !panic) verdicts.list.back().found += ": " + *r.panic;
  }
  if (!r.hung.empty() && !hang)
    verdicts.list[verdicts.list.size() - (expect.panic || r.panic ? 2 : 1)].found +=
        ": " + describe(r.hung.front(), r.stream.names, s.config.readers);
}

bool fits(const ExpectedFinding& expected, const Finding& found) {
  return (!expected.invariant || *expected.invariant == found.invariant) &&
         (!expected.place || *expected.place == found.place) &&
         (!expected.cpu || *expected.cpu == found.cpu);
}

/// Finds for each of `n` items a partner of its own among `m` others (augmenting paths). So an item
/// with several possible partners does not take the only partner of another item.
template <typename Fits>
class Pairing {
 public:
  Pairing(std::size_t n, std::size_t m, Fits fits)
      : n_(n), fits_(std::move(fits)), taken_by_(m, kNobody) {}

  bool complete() {
    for (std::size_t i = 0; i < n_; ++i) {
      std::vector<bool> seen(taken_by_.size());
      if (!place(i, seen)) return false;
    }
    return true;
  }

 private:
  static constexpr std::size_t kNobody = static_cast<std::size_t>(-1);

  bool place(std::size_t i, std::vector<bool>& seen) {
    for (std::size_t j = 0; j < taken_by_.size(); ++j) {
      if (seen[j] || !fits_(i, j)) continue;
      seen[j] = true;
      if (taken_by_[j] == kNobody || place(taken_by_[j], seen)) {
        taken_by_[j] = i;
        return true;
      }
    }
    return false;
  }

  std::size_t n_;
  Fits fits_;
  std::vector<std::size_t> taken_by_;
};

/// True when each expected entry has a finding of its own, and each finding that is a cause has an
/// entry. (A consequence needs none.) If each of these two pairings exists, there is a single
/// pairing that does both (Mendelsohn and Dulmage).
bool all_paired(const std::vector<ExpectedFinding>& expected, const std::vector<Finding>& found) {
  std::vector<const Finding*> causes;
  for (const Finding& f : found)
    if (f.is_cause()) causes.push_back(&f);
  const auto of_all = [&](std::size_t i, std::size_t j) { return fits(expected[i], found[j]); };
  const auto of_causes = [&](std::size_t i, std::size_t j) {
    return fits(expected[j], *causes[i]);
  };
  return Pairing(expected.size(), found.size(), of_all).complete() &&
         Pairing(causes.size(), expected.size(), of_causes).complete();
}

std::string finding_words(std::string_view invariant, std::string_view place,
                          std::optional<CpuId> cpu) {
  std::string text(invariant);
  if (!place.empty()) text += fmt::format(" of {}", place);
  if (cpu && *cpu != kNoCpu) text += fmt::format(" on CPU {}", *cpu);
  return text;
}

std::string list_words(const std::vector<std::string>& list) {
  return list.empty() ? "none" : fmt::format("{}", fmt::join(list, ", "));
}

/// Compares the findings with the scenario's list. If it has no list, compares the number of causes
/// with the scenario's number, or with 0. Then findings that only repeat an expected hang or panic
/// are not counted.
void compare_findings(Verdicts& verdicts, const Expect& expect, std::vector<Finding> found) {
  if (!expect.broken) {
    std::erase_if(found, [&](const Finding& f) {
      return (expect.hang.value_or(false) && f.invariant == "I22") ||
             (expect.panic.value_or(false) && f.invariant == "panic");
    });
    if (expect.findings || !found.empty())
      verdicts.compare("findings", std::to_string(expect.findings.value_or(0)),
                       std::to_string(std::ranges::count_if(found, &Finding::is_cause)));
    return;
  }
  std::vector<std::string> wanted, there;
  for (const ExpectedFinding& e : *expect.broken)
    wanted.push_back(finding_words(e.invariant.value_or("any"), e.place.value_or(""), e.cpu));
  for (const Finding& f : found)
    if (f.is_cause()) there.push_back(finding_words(f.invariant, f.place, f.cpu));
  verdicts.list.push_back(
      {"findings", list_words(wanted), list_words(there), all_paired(*expect.broken, found)});
}

std::string task_name(const HungTask& task, const std::vector<LockReader>& readers) {
  if (task.role == Role::CpuhpThread) return fmt::format("cpuhp/{}", task.on);
  if (task.role == Role::Stopper) return fmt::format("migration/{}", task.on);
  if (task.role == Role::Reader)
    return fmt::format("reader \"{}\" on CPU {}", readers.at(task.wait.instance).name, task.on);
  return fmt::format("{} on CPU {}", to_string(task.role), task.on);
}

}  // namespace

std::string return_name(int ret) {
  if (ret >= 0) return std::to_string(ret);
  const std::string_view name = errno_name(-ret);
  return name.empty() ? std::to_string(ret) : fmt::format("-{}", name);
}

std::string describe(const HungTask& task, const Names& names,
                     const std::vector<LockReader>& readers) {
  const std::string& what = names[task.wait.what];
  return fmt::format("{} waits for {}{}, {}, since {} ns", task_name(task, readers),
                     what.empty() ? "the end of a delay" : what,
                     task.wait.cpu == kNoCpu ? "" : fmt::format(" of CPU {}", task.wait.cpu),
                     task.wait.mode == WaitMode::Spinning ? "spinning" : "asleep", task.since.v);
}

std::vector<Expectation> check_expectations(const Scenario& s, const RunResult& r,
                                            const Judging& judging) {
  Verdicts verdicts;
  compare_ends(verdicts, s, r);
  if (judging.same_run) {
    verdicts.range("bringup_ns", s.expect.bringup, r.bringup);
    verdicts.range("boot_ns", s.expect.boot, r.boot);
  }
  for (const auto& [cpu, state] : s.expect.state)
    verdicts.compare(fmt::format("state[{}]", cpu), state_name(s.config.table, state),
                     state_name(s.config.table, r.final.at(cpu).state));
  compare_deaths(verdicts, s, r);
  if (judging.findings != nullptr) compare_findings(verdicts, s.expect, *judging.findings);
  if (s.expect.digest && judging.same_run) verdicts.compare("digest", *s.expect.digest, r.digest);
  return std::move(verdicts.list);
}

}  // namespace cpuhp

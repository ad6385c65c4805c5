// Files of the project's own, and words from the command line.
#include <algorithm>
#include <cassert>
#include <string>
#include <vector>

#include "sim/campaign/against.hpp"
#include "sim/campaign/campaign_file.hpp"
#include "sim/campaign/certificate.hpp"
#include "sim/campaign/merge.hpp"
#include "sim/campaign/record.hpp"
#include "sim/scenario/cmdline.hpp"
#include "sim/scenario/costs_file.hpp"
#include "sim/scenario/cpulist.hpp"
#include "sim/scenario/published_file.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/scenario/table_file.hpp"
#include "sim/session/session_file.hpp"
#include "sim/trace/recording.hpp"
#include "tests/fuzz/or_refused.hpp"
#include "tests/fuzz/scratch.hpp"
#include "tests/fuzz/targets.hpp"

namespace cpuhp::fuzz {
namespace {

/// The parts between lines of `----`.
std::vector<std::string_view> parts_of(std::string_view bytes) {
  constexpr std::string_view kBetween = "----\n";
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = bytes.find(kBetween);
    parts.push_back(bytes.substr(0, at));
    if (at == std::string_view::npos) return parts;
    bytes.remove_prefix(at + kBetween.size());
  }
}

}  // namespace

void fuzz_scenario(std::string_view bytes) {
  static const std::string beside = data_path("fuzzed.json");
  or_refused([&] { parse_scenario(bytes, beside); });
}

void fuzz_set(std::string_view bytes) {
  static const std::string path = data_path("full.json");
  or_refused([&] {
    std::vector<SetOverride> sets;
    for (const std::string_view part : parts_of(bytes)) sets.push_back(parse_set_override(part));
    load_scenario(path, sets);
  });
}

void fuzz_table(std::string_view bytes) {
  static Scratch scratch;
  or_refused([&] { load_table(scratch.write("table.json", bytes)); });
}

void fuzz_costs(std::string_view bytes) {
  static Scratch scratch;
  static const StateTable table = load_table(data_path("table.json")).table;
  or_refused([&] { load_costs(scratch.write("costs.json", bytes), table); });
}

void fuzz_published(std::string_view bytes) {
  static Scratch scratch;
  static const bool beside = [] {
    for (const char* file : {"table.json", "costs.json", "full.json"}) scratch.copy(file);
    return true;
  }();
  assert(beside);
  or_refused([&] { load_published(scratch.write("published.json", bytes)); });
}

/// Each part is a shard's file; the first one is compared with, and gone on with, too.
void fuzz_campaign(std::string_view bytes) {
  static Scratch scratch;
  const std::vector<std::string_view> parts = parts_of(bytes);
  const auto read_record = [](const std::string& line) { parse_record(line); };
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < std::min<std::size_t>(parts.size(), 4); ++i)
    paths.push_back(scratch.write("shard-" + std::to_string(i), parts[i]));
  or_refused([&] {
    Certificate certificate;
    merge_campaign_files(
        paths, "", [&](const std::string& line) { certificate.add(parse_record(line)); },
        [&](const OrderedJson& header) {
          if (header.contains("certificate")) certificate = Certificate(header["certificate"]);
        });
  });
  or_refused([&] {
    Against against(paths[0]);
    merge_campaign_files(paths, "", [&](const std::string& line) { against.add(line); });
    against.finish();
  });
  const std::string header(parts[0].substr(0, parts[0].find('\n')));
  or_refused([&] {
    CampaignFile file(paths[0], header, {.index = 0, .of = 2}, 6, read_record);
    file.append("{\"case\":0}");
    file.flush();
  });
}

void fuzz_cpulist(std::string_view bytes) {
  for (const CpuId cpus : {1u, 8u, 64u, kMaxCpus}) {
    const ParsedCpuList parsed = parse_cpulist(bytes, cpus);
    if (!parsed.mask) continue;
    const CpuMask& mask = *parsed.mask;
    if (parse_cpulist(print_cpulist(mask), cpus).value() != mask) std::abort();
  }
  parse_cpu_list(bytes);
}

/// What is read is written and read again, and is the same.
void fuzz_session(std::string_view bytes) {
  or_refused([&] {
    const SessionFile file = parse_sessions(bytes, "sessions.txt");
    const SessionFile again = parse_sessions(sessions_text(file), "again.txt");
    if (again.sessions.size() != file.sessions.size()) std::abort();
    for (std::size_t i = 0; i < file.sessions.size(); ++i)
      if (again.sessions[i].steps != file.sessions[i].steps) std::abort();
  });
}

void fuzz_cmdline(std::string_view bytes) {
  static const MachineConfig machine = [] {
    const MachineConfig full = load_scenario(data_path("full.json")).config;
    MachineConfig bare;  // without a table and costs it is copied in no time
    bare.topology = full.topology;
    bare.present = full.present;
    return bare;
  }();
  for (const CmdlineMode mode : {CmdlineMode::Strict, CmdlineMode::Lenient})
    or_refused([&] {
      const Cmdline line = parse_cmdline(bytes, mode);
      MachineConfig config = machine;
      apply_cmdline(line, config);
    });
}

}  // namespace cpuhp::fuzz

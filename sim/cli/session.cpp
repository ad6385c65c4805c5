// cpuhp-sim session: makes sessions for a real kernel, which record-cpuhp --play plays.
#include <memory>

#include "sim/cli/command.hpp"
#include "sim/error.hpp"
#include "sim/host.hpp"
#include "sim/input_file.hpp"
#include "sim/session/generate.hpp"
#include "sim/trace/text_file.hpp"

namespace cpuhp::cli {
namespace {

constexpr std::uint32_t kWritesMax = 64;

struct SessionArguments {
  std::string probe;
  std::string out;
  std::string check;
  PlayOptions make;
};

int check_sessions(const SessionArguments& o) {
  if (!o.probe.empty() || !o.out.empty() || o.make.singles || o.make.random > 0)
    throw BadInput{"session: --check reads a session file, and makes none"};
  const SessionFile file = parse_sessions(read_text(o.check), shown_file(o.check));
  std::size_t steps = 0;
  for (const PlaySession& session : file.sessions) steps += session.steps.size();
  print(shown_file(o.check) + ": " + std::to_string(file.sessions.size()) + " sessions, " +
        std::to_string(steps) + " statements\n");
  return kFine;
}

int execute_session(const SessionArguments& o) {
  if (!o.check.empty()) return check_sessions(o);
  if (o.probe.empty()) throw BadInput{"session: expected PROBE.txt, a recording of the machine"};
  if (!o.out.empty()) require_output(o.out, {o.probe});
  PlayOptions options = o.make;
  if (options.random == 0) options.singles = true;
  const std::string text = sessions_text(make_sessions(read_recording(o.probe), options));
  if (o.out.empty())
    print(text);
  else
    write_file_atomically(o.out, text);
  return kFine;
}

}  // namespace

Command add_session(CLI::App& program) {
  auto o = std::make_shared<SessionArguments>();
  CLI::App* const app = program.add_subcommand(
      "session", "Make sessions for a real kernel, which scripts/record-cpuhp --play plays");
  app->add_option("PROBE", o->probe,
                  "Recording of the machine, by scripts/record-cpuhp, with its states")
      ->type_name("");
  app->add_flag("--singles", o->make.singles,
                "Make a session for each state that can fail, in each direction, for each number "
                "that has to be refused, each target and each module; default without --random");
  app->add_option("--random", o->make.random, "Make N sessions of random writes")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{kMaxSessions / 2}))
      ->type_name("N");
  add_seed(*app, o->make.seed, "Seed of the random sessions")->capture_default_str();
  app->add_option("--writes", o->make.writes, "Most statements of a random session")
      ->check(CLI::Range(std::uint32_t{1}, kWritesMax))
      ->type_name("K")
      ->capture_default_str();
  app->add_option("--module", o->make.modules,
                  "A module to load and unload, \"NAME PARAMETER=VALUE ...\"; may be repeated")
      ->type_name("NAME")
      ->allow_extra_args(false);
  app->add_option("--out", o->out, "Write the sessions to this file; default: standard output")
      ->type_name("FILE");
  app->add_option("--check", o->check, "Only read this session file, and say what is wrong with it")
      ->type_name("FILE");
  app->footer(
      "The same arguments give the same sessions. What is known to kill or damage a kernel is "
      "left\n"
      "out, and a comment of the file says so (docs/reference/session.md).\n"
      "\n"
      "Examples:\n"
      "  record-cpuhp --yes-really --session states --session sysfs --session cycle --out "
      "probe.txt\n"
      "  cpuhp-sim session probe.txt --singles --out singles.txt\n"
      "  cpuhp-sim session probe.txt --random 200 --seed 7 --module zram --out random.txt\n"
      "  record-cpuhp --yes-really --play random.txt --out rec.txt\n"
      "  cpuhp-sim session --check random.txt");
  return {app, [o] { return execute_session(*o); }};
}

}  // namespace cpuhp::cli

// cpuhp-sim mount: serves a live machine as a mounted folder, or in place of the host's files for
// one command.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <system_error>

#include "sim/cli/command.hpp"
#include "sim/cli/live.hpp"
#include "sim/error.hpp"
#include "sim/live/fuse_door.hpp"
#include "sim/live/private_command.hpp"
#include "sim/live/uevents.hpp"

namespace cpuhp::cli {
namespace {

struct MountArguments {
  LiveArguments live;
  std::string folder;
  std::vector<std::string> command;
  bool exec = false;
  bool foreground = false;
  bool allow_other = false;
  bool uevents = false;
  CLI::Option* uid_given = nullptr;
  std::uint32_t uid = 0;
  CLI::Option* pace_given = nullptr;
  double pace = 1;

  std::optional<double> wanted_pace() const {
    return pace_given->count() > 0 ? std::optional(pace) : std::nullopt;
  }
};

/// Runs the command, and returns its exit code. If the command returned 0, returns the exit code of
/// the simulation, which tells whether the checks have findings.
int run_private(const MountArguments& o, const LiveRun& run) {
  PrivateCommand command(o.command, {.uevents = o.uevents});
  Uevents uevents(command.uevent_socket());
  FuseOptions options{.device = command.device()};
  options.signalled = [&command](int signal) { return command.signalled(signal); };
  if (o.uevents) options.before_answer = [&uevents](Session& session) { uevents.tell(session); };
  FuseDoor door(std::move(options));
  const int code = run.drive(door, o.wanted_pace());
  const int own = command.exit_code();
  return own != 0 ? own : code;
}

int serve_folder(const MountArguments& o, const LiveRun& run, std::function<void()> ready) {
  FuseOptions options{.folder = o.folder,
                      .uid = o.uid_given->count() > 0 ? o.uid : ::geteuid(),
                      .gid = ::getegid(),
                      .allow_other = o.allow_other,
                      .ready = std::move(ready)};
  FuseDoor door(std::move(options));
  return run.drive(door, o.wanted_pace());
}

/// Detaches from the terminal.
void leave_terminal() {
  ::setsid();
  const int nowhere = ::open("/dev/null", O_RDWR);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere, fd);
  ::close(nowhere);
}

/// Serves the folder in a child process. Returns when the folder is mounted, or cannot be mounted.
int serve_in_background(const MountArguments& o, const LiveRun& run) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    throw BadInput{"cannot run in the background: " + std::generic_category().message(errno)};
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0)
    throw BadInput{"cannot run in the background: " + std::generic_category().message(errno)};
  if (child == 0) {
    ::close(ends[0]);
    return serve_folder(o, run, [&ends] {
      leave_terminal();
      const ssize_t told = ::write(ends[1], "", 1);
      ::close(told == 1 ? ends[1] : -1);
    });
  }
  ::close(ends[1]);
  char ready = 0;
  if (::read(ends[0], &ready, 1) == 1) return kFine;
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : kOurBug;
}

void require_sense(const MountArguments& o) {
  if (o.exec && o.command.empty()) throw BadInput{"mount: --exec needs a command after --"};
  if (!o.exec && !o.command.empty())
    throw BadInput{"mount: unexpected argument \"" + o.command.front() +
                   "\" (to run a command, write it after --exec --)"};
  if (!o.exec && o.folder.empty()) throw BadInput{"mount: expected a folder, or --exec -- COMMAND"};
  if (o.uevents && !o.exec)
    throw BadInput{"--uevents needs --exec, so that the uevents do not reach the whole host"};
  if (o.exec && (o.foreground || o.allow_other || o.uid_given->count() > 0))
    throw BadInput{
        "mount: --foreground, --allow-other and --uid need a folder and do not go together with "
        "--exec"};
  if (o.wanted_pace() && !o.live.record.empty())
    throw BadInput{
        "--record does not go together with --pace, because operations may overlap with --pace"};
}

int execute_mount(MountArguments o) {
  // With --exec there is no folder, so `folder` then holds the first word of the command.
  if (o.exec && !o.folder.empty()) o.command.insert(o.command.begin(), std::exchange(o.folder, {}));
  require_sense(o);
  const LiveRun run(o.live);
  if (o.exec) return run_private(o, run);
  if (o.foreground) return serve_folder(o, run, {});
  return serve_in_background(o, run);
}

void add_mount_options(CLI::App& app, MountArguments& o) {
  app.add_flag("--exec", o.exec,
               "Mount no folder; run the command after -- in new namespaces, where the simulated "
               "files cover the real ones");
  app.add_flag("--uevents", o.uevents,
               "With --exec: also create a network namespace, and send uevents of CPUs that go "
               "online or offline into it");
  o.pace_given = app.add_option("--pace", o.pace,
                                "Run simulated time FACTOR times as fast as the clock; default: it "
                                "stands still between requests")
                     ->check(CLI::Range(1e-6, 1e6))
                     ->type_name("FACTOR");
  app.add_flag(
      "--foreground", o.foreground,
      "Stay in the foreground until the folder is unmounted, and then print what the checks found");
  app.add_flag("--allow-other", o.allow_other, "Let other users access the folder");
  o.uid_given = app.add_option("--uid", o.uid, "Owner of the files; default: your own user id")
                    ->type_name("UID");
}

}  // namespace

Command add_mount(CLI::App& program) {
  auto o = std::make_shared<MountArguments>();
  CLI::App* const app = program.add_subcommand(
      "mount",
      "Mount a simulated machine as a folder: programs read and write its /sys and /proc files");
  add_input(*app, "SCENARIO", o->live.scenario, "Scenario file (docs/reference/scenario.md)");
  app->add_option("DIR", o->folder, "An empty folder")->type_name("");
  app->add_option("COMMAND", o->command, "With --exec: the command to run, and its arguments")
      ->type_name("");
  add_mount_options(*app, *o);
  add_live_options(*app, o->live);
  app->footer(
      "The folder holds sys/devices/system/{cpu,node} and proc/{cpuinfo,stat,interrupts} of the\n"
      "simulated machine, after the machine has done the scenario's operations. The folder stays\n"
      "until you unmount it (umount DIR) or cpuhp-sim gets SIGINT or SIGTERM; cpuhp-sim then\n"
      "writes its output files. docs/reference/live.md lists the simulated files.\n"
      "\n"
      "Examples:\n"
      "  mkdir m && cpuhp-sim mount scenarios/boot-8-cpus.json m\n"
      "  echo 0 > m/sys/devices/system/cpu/cpu3/online; lscpu --sysroot m -e; umount m\n"
      "  cpuhp-sim mount scenarios/boot-8-cpus.json --exec -- chcpu -d 3\n"
      "  cpuhp-sim mount scenarios/boot-8-cpus.json --record rec.txt --exec -- sh\n"
      "\n"
      "Exit code 1: a check finds a broken invariant, or the machine hangs or panics. With\n"
      "--exec, if the exit code of the command is not 0, cpuhp-sim exits with that code.");
  return {app, [o] { return execute_mount(*o); }};
}

}  // namespace cpuhp::cli

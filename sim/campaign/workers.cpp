#include "sim/campaign/workers.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <deque>
#include <exception>
#include <map>
#include <system_error>
#include <vector>

#include "sim/campaign/pipes.hpp"
#include "sim/engine/stacks.hpp"
#include "sim/error.hpp"
#include "sim/stop.hpp"

namespace cpuhp {
namespace {

/// Upper limit of tasks queued for a worker. With so many, it never waits for the parent.
constexpr std::size_t kGivenMax = 128;
/// Upper limit of bytes queued for a worker. They always fit into the pipe: sending never blocks.
constexpr std::size_t kGivenBytesMax = 32'768;
/// Upper limit of answers that are kept while the answer to an earlier task is missing.
constexpr std::size_t kAheadMax = 100'000;
/// Time for which the parent sleeps when all workers are busy, to read many answers together.
constexpr int kRestMilliseconds = 1;
constexpr int kOurBug = 70;

/// Returns a text about how a process died.
std::string death_of(int status) {
  if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
  return "exit code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

struct Workers::Impl {
  struct Worker {
    pid_t pid = -1;
    PipeEnd tasks, answers;
    TextStream stream;
    /// number and size of each task that the worker has got, oldest first
    std::deque<std::pair<std::uint64_t, std::size_t>> given;
    std::size_t given_bytes = 0;
  };

  /// Ignores SIGPIPE: writing to a dead worker then returns an error, and does not kill the parent.
  class IgnoredSigpipe {
   public:
    IgnoredSigpipe() : before_(::signal(SIGPIPE, SIG_IGN)) {}
    ~IgnoredSigpipe() { ::signal(SIGPIPE, before_); }
    IgnoredSigpipe(const IgnoredSigpipe&) = delete;
    IgnoredSigpipe& operator=(const IgnoredSigpipe&) = delete;

   private:
    void (*before_)(int);
  };

  unsigned jobs;
  CpuId max_cpus;
  Work work;
  Life life;
  Hosts hosts;
  std::vector<Worker> workers = {};
  IgnoredSigpipe ignored = {};

  // --- state of one call of run()
  std::uint64_t count = 0, next_task = 0, next_done = 0;
  std::deque<std::uint64_t> again = {};  ///< tasks that a dead worker had not begun
  std::map<std::uint64_t, Answer> ahead = {};

  /// The main function of a worker process.
  [[noreturn]] void live(int tasks, int answers) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::signal(SIGPIPE, SIG_DFL);
    ignore_stop_signals();
    int code = kOurBug;
    try {
      with_simulator(
          max_cpus,
          [&](Simulator& simulator) {
            TextStream stream;
            while (const auto task = stream.receive(tasks))
              if (!send_text(answers, work(simulator, *task))) break;
          },
          hosts);
      code = 0;
    } catch (const std::exception& error) {
      std::fprintf(stderr, "cpuhp-sim: internal error in a worker process: %s\n", error.what());
    }
    ::_exit(code);
  }

  void start(Worker& worker) {
    Pipe tasks = make_pipe(), answers = make_pipe();
    std::fflush(nullptr);
    const pid_t pid = ::fork();
    if (pid < 0)
      throw BadInput{"cannot start another worker process: " +
                     std::generic_category().message(errno)};
    if (pid == 0) {
      // A child must not keep another worker's pipes open: the parent would not notice that
      // worker's death.
      for (Worker& other : workers) {
        other.tasks.close();
        other.answers.close();
      }
      tasks.write.close();
      answers.read.close();
      live(tasks.read.get(), answers.write.get());
    }
    worker.pid = pid;
    worker.tasks = std::move(tasks.write);
    worker.answers = std::move(answers.read);
    worker.stream = {};
    worker.given.clear();
    worker.given_bytes = 0;
  }

  bool has_task() const {
    return !again.empty() || (next_task < count && ahead.size() < kAheadMax);
  }

  /// Returns how many tasks to queue for a worker at most. Near the end they are fewer, so that all
  /// workers share the last tasks.
  std::size_t given_max() const {
    if (life == Life::One) return 1;
    return std::clamp<std::size_t>((count - next_task) / (2 * jobs), 1, kGivenMax);
  }

  void give(Worker& worker, const std::function<std::string(std::uint64_t)>& task) {
    TextBatch batch;
    while (has_task() && worker.given.size() < given_max()) {
      const std::uint64_t number = again.empty() ? next_task : again.front();
      const std::string text = task(number);
      if (!worker.given.empty() && worker.given_bytes + text.size() > kGivenBytesMax) break;
      if (worker.pid < 0) start(worker);
      again.empty() ? void(++next_task) : again.pop_front();
      worker.given.emplace_back(number, text.size());
      worker.given_bytes += text.size();
      batch.add(text);
    }
    // A failed send() is no error: the parent learns of the worker's death from the pipe of
    // answers.
    if (worker.pid >= 0) batch.send(worker.tasks.get());
  }

  bool all_are_busy() const {
    return std::all_of(workers.begin(), workers.end(),
                       [](const Worker& worker) { return worker.given.size() > kGivenMax / 2; });
  }

  void answered(Worker& worker, Answer answer) {
    ahead[worker.given.front().first] = std::move(answer);
    worker.given_bytes -= worker.given.front().second;
    worker.given.pop_front();
  }

  /// Handles the death of a worker: its oldest task has killed it, and other workers get the rest.
  void bury(Worker& worker) {
    int status = 0;
    worker.tasks.close();  // this ends an idle worker
    while (::waitpid(worker.pid, &status, 0) < 0 && errno == EINTR) {
    }
    worker.pid = -1;
    worker.answers.close();
    if (!worker.given.empty()) answered(worker, {std::nullopt, death_of(status)});
    for (auto it = worker.given.rbegin(); it != worker.given.rend(); ++it)
      again.push_front(it->first);
    worker.given.clear();
  }

  /// `until_stop`: a stop signal ends the wait for answers.
  void listen(bool until_stop = true) {
    std::vector<pollfd> polled;
    std::vector<Worker*> of;
    for (Worker& worker : workers) {
      if (worker.pid < 0) continue;
      polled.push_back({worker.answers.get(), POLLIN, 0});
      of.push_back(&worker);
    }
    if (until_stop) polled.push_back({stop_fd(), POLLIN, 0});
    if (::poll(polled.data(), polled.size(), -1) < 0) return;
    for (std::size_t i = 0; i < of.size(); ++i) {
      if (polled[i].revents == 0) continue;
      const bool alive = of[i]->stream.read_some(polled[i].fd);
      bool did = false;
      while (std::optional<std::string> text = of[i]->stream.next()) {
        did = true;
        answered(*of[i], {std::move(text), {}});
      }
      if (!alive || (did && life == Life::One)) bury(*of[i]);
    }
  }

  void run(const std::function<std::string(std::uint64_t)>& task,
           const std::function<void(std::uint64_t, const Answer&)>& done, AtStop at_stop) {
    if (workers.empty()) workers.resize(jobs);
    while (next_done < count && stop_signal() == 0) {
      for (Worker& worker : workers)
        if (worker.given.size() <= given_max() / 2) give(worker, task);
      if (all_are_busy()) ::poll(nullptr, 0, kRestMilliseconds);
      listen();
      pass_on(done);
    }
    if (at_stop == AtStop::Leave) return;
    while (next_done < count && is_begun(next_done)) listen(false);
    pass_on(done);
  }

  /// True when a worker is at this task.
  bool is_begun(std::uint64_t number) const {
    return std::any_of(workers.begin(), workers.end(), [number](const Worker& worker) {
      return !worker.given.empty() && worker.given.front().first == number;
    });
  }

  /// Passes on all answers that no earlier one is missing for.
  void pass_on(const std::function<void(std::uint64_t, const Answer&)>& done) {
    for (auto it = ahead.find(next_done); it != ahead.end(); it = ahead.find(next_done)) {
      const Answer answer = std::move(it->second);
      ahead.erase(it);
      done(next_done++, answer);
    }
  }

  ~Impl() {
    for (Worker& worker : workers) {
      if (worker.pid < 0) continue;
      worker.tasks.close();
      if (!worker.given.empty()) ::kill(worker.pid, SIGKILL);
      while (::waitpid(worker.pid, nullptr, 0) < 0 && errno == EINTR) {
      }
    }
  }
};

Workers::Workers(unsigned jobs, CpuId max_cpus, Work work, Life life, Hosts hosts)
    : impl_(new Impl{.jobs = std::max(1u, jobs),
                     .max_cpus = max_cpus,
                     .work = std::move(work),
                     .life = life,
                     .hosts = hosts}) {
  load_simgrid();  // once, not in each process
}
Workers::~Workers() = default;

std::uint64_t Workers::run(std::uint64_t count,
                           const std::function<std::string(std::uint64_t)>& task,
                           const std::function<void(std::uint64_t, const Answer&)>& done,
                           AtStop at_stop) {
  impl_->count = count;
  impl_->next_task = impl_->next_done = 0;
  impl_->again.clear();
  impl_->ahead.clear();
  impl_->run(task, done, at_stop);
  return impl_->next_done;
}

std::optional<Workers::Answer> Workers::ask(const std::string& task) {
  std::optional<Answer> result;
  run(
      1, [&](std::uint64_t) { return task; },
      [&](std::uint64_t, const Answer& answer) { result = answer; });
  return result;
}

}  // namespace cpuhp

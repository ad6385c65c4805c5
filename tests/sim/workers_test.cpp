// Worker processes: every task is answered once, in order, and a dead worker loses only its own.
#include "sim/campaign/workers.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vector>

#include "sim/campaign/pipes.hpp"
#include "sim/stop.hpp"

namespace cpuhp {
namespace {

struct Got {
  std::vector<std::string> answers;  ///< a death as "!how"
  std::uint64_t next = 0;
};

Got all_of(Workers& workers, std::uint64_t count) {
  Got got;
  workers.run(
      count, [](std::uint64_t i) { return std::to_string(i); },
      [&](std::uint64_t i, const Workers::Answer& a) {
        EXPECT_EQ(i, got.next++) << "in order";
        got.answers.push_back(a.text ? *a.text : "!" + a.death);
      });
  return got;
}

std::string twice(Simulator&, std::string_view task) {
  return std::string(task) + std::string(task);
}

TEST(Workers, AnswerInOrderWhateverTheirNumber) {
  for (const unsigned jobs : {1u, 3u, 7u}) {
    Workers workers(jobs, 2, twice);
    const Got got = all_of(workers, 500);
    ASSERT_EQ(got.answers.size(), 500u);
    for (std::size_t i = 0; i < 500; ++i)
      EXPECT_EQ(got.answers[i], std::to_string(i) + std::to_string(i));
    EXPECT_EQ(all_of(workers, 3).answers.back(), "22") << "and once more";
    EXPECT_EQ(all_of(workers, 0).answers.size(), 0u);
  }
}

TEST(Workers, OfOneLifeHaveDoneNothingBefore) {
  for (const unsigned jobs : {1u, 3u}) {
    int done = 0;
    const auto count = [&](Simulator&, std::string_view task) {
      if (task == "7") ::raise(SIGKILL);
      return std::to_string(++done);
    };
    Workers workers(jobs, 2, count, Workers::Life::One);
    const Got got = all_of(workers, 20);
    for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(got.answers[i], i == 7 ? "!signal 9" : "1");
    Workers others(jobs, 2, count);
    EXPECT_NE(all_of(others, 7).answers.back(), "1");
  }
}

TEST(Workers, ADeathIsTheAnswerOfItsOwnTaskOnly) {
  for (const unsigned jobs : {1u, 3u}) {
    Workers workers(jobs, 2, [](Simulator& s, std::string_view task) {
      if (task == "7" || task == "8" || task == "200") ::raise(SIGKILL);
      if (task == "199") ::_exit(70);
      return twice(s, task);
    });
    const Got got = all_of(workers, 201);
    ASSERT_EQ(got.answers.size(), 201u);
    for (std::size_t i = 0; i < 201; ++i) {
      const std::string expected = i == 7 || i == 8 || i == 200 ? "!signal 9"
                                   : i == 199                   ? "!exit code 70"
                                              : std::to_string(i) + std::to_string(i);
      EXPECT_EQ(got.answers[i], expected);
    }
  }
}

TEST(Workers, LongTextsGoThroughPipes) {
  Workers workers(2, 2, [](Simulator&, std::string_view task) {
    return std::string(1'000'000 + task.size(), 'x');
  });
  EXPECT_EQ(workers.ask(std::string(500'000, 'y'))->text->size(), 1'500'000u);
  for (const std::string& answer : all_of(workers, 20).answers)
    EXPECT_GE(answer.size(), 1'000'001u);
}

TEST(Workers, WhatTheCallerThrowsComesOut) {
  Workers workers(2, 2, twice);
  EXPECT_THROW(workers.run(
                   100, [](std::uint64_t i) { return std::to_string(i); },
                   [](std::uint64_t i, const Workers::Answer&) {
                     if (i == 5) throw std::runtime_error("enough");
                   }),
               std::runtime_error);
}

// A process of its own, since a stop signal stays noted. The worker answers only after that.
TEST(Workers, FinishTheTaskThatAStopSignalFindsThemAt) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    handle_stop_signals();
    const GentleStop gentle;
    Workers workers(1, 2, [](Simulator&, std::string_view task) {
      if (task == "3") {
        ::kill(::getppid(), SIGTERM);
        pollfd noted{stop_fd(), POLLIN, 0};
        ::poll(&noted, 1, -1);
      }
      return std::string(task);
    });
    const std::uint64_t done = workers.run(
        100, [](std::uint64_t i) { return std::to_string(i); },
        [](std::uint64_t, const Workers::Answer&) {}, Workers::AtStop::Finish);
    ::_exit(static_cast<int>(done));
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_GE(WEXITSTATUS(status), 4) << "0 to 3";
  EXPECT_LT(WEXITSTATUS(status), 100) << "and not all";
}

TEST(Pipes, TextsComeWholeAndInPieces) {
  Pipe pipe = make_pipe();
  ASSERT_TRUE(send_text(pipe.write.get(), ""));
  ASSERT_TRUE(send_text(pipe.write.get(), "abc"));
  TextStream stream;
  EXPECT_EQ(stream.receive(pipe.read.get()), "");
  EXPECT_EQ(stream.receive(pipe.read.get()), "abc");
  const std::string bytes("\3\0\0\0xyz\1", 8);
  for (const char c : bytes) {
    ASSERT_EQ(::write(pipe.write.get(), &c, 1), 1);
    ASSERT_TRUE(stream.read_some(pipe.read.get()));
  }
  EXPECT_EQ(stream.next(), "xyz");
  EXPECT_EQ(stream.next(), std::nullopt) << "its length has only begun";
  pipe.write.close();
  EXPECT_FALSE(stream.read_some(pipe.read.get()));
  EXPECT_EQ(stream.receive(pipe.read.get()), std::nullopt);
}

}  // namespace
}  // namespace cpuhp

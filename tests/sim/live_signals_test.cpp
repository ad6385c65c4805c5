// Which pending signals kill, by the text that a kernel shows of a task.
#include <gtest/gtest.h>

#include <string>

#include "sim/live/pending_signals.hpp"

namespace cpuhp {
namespace {

std::string status(const std::string& pending, const std::string& shared,
                   const std::string& blocked, const std::string& ignored,
                   const std::string& caught) {
  return "Name:\tsh\nSigQ:\t0/1\nSigPnd:\t" + pending + "\nShdPnd:\t" + shared + "\nSigBlk:\t" +
         blocked + "\nSigIgn:\t" + ignored + "\nSigCgt:\t" + caught + "\n";
}

TEST(PendingSignals, WhatNobodyKeepsOffKills) {
  EXPECT_FALSE(kills(status("0", "0", "0", "0", "0")));
  EXPECT_TRUE(kills(status("0", "4000", "0", "0", "0")));  // SIGTERM
  EXPECT_TRUE(kills(status("100", "0", "0", "0", "0")));   // SIGKILL
  EXPECT_FALSE(kills(status("0", "4000", "4000", "0", "0")));
  EXPECT_FALSE(kills(status("0", "4000", "0", "4000", "0")));
  EXPECT_FALSE(kills(status("0", "4000", "0", "0", "4000")));
  EXPECT_FALSE(kills(status("0", "10000", "0", "0", "0")));  // SIGCHLD
}

TEST(PendingSignals, NothingKeepsOffSigkill) {
  EXPECT_TRUE(kills(status("100", "0", "fffffffffffffeff", "0", "100")));
}

TEST(PendingSignals, WhoIsNotThereIsLetGo) { EXPECT_TRUE(about_to_die(0)); }

}  // namespace
}  // namespace cpuhp

#include "transports/pipe/write_quietly.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace ipc_hammer {
namespace {

using WriteFunction = ssize_t (*)(int, std::span<const std::byte>);

class WriteQuietlyTest : public testing::TestWithParam<WriteFunction> {
 protected:
  void SetUp() override { ASSERT_EQ(::pipe2(ends_.data(), O_CLOEXEC | O_NONBLOCK), 0); }
  void TearDown() override {
    if (reader_open_) ::close(ends_[0]);
    ::close(ends_[1]);
  }
  void CloseReader() {
    ::close(ends_[0]);
    reader_open_ = false;
  }
  ssize_t Write() { return GetParam()(ends_[1], bytes_); }

  static bool IsPending() {
    sigset_t pending;
    sigpending(&pending);
    return sigismember(&pending, SIGPIPE) == 1;
  }
  static bool IsBlocked() {
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    return sigismember(&mask, SIGPIPE) == 1;
  }

  std::array<int, 2> ends_;
  bool reader_open_ = true;
  std::array<std::byte, 16> bytes_ = {};
};

TEST_P(WriteQuietlyTest, WritesAndSaysHowMuch) {
  EXPECT_EQ(Write(), 16);
  std::array<std::byte, 32> got;
  EXPECT_EQ(::read(ends_[0], got.data(), got.size()), 16);
}

TEST_P(WriteQuietlyTest, SurvivesAWriteToNobodyAndLeavesNothingPending) {
  CloseReader();
  EXPECT_EQ(Write(), -1);
  EXPECT_EQ(errno, EPIPE);
  EXPECT_FALSE(IsPending());
  EXPECT_FALSE(IsBlocked());
}

TEST_P(WriteQuietlyTest, KeepsASignalThatWasPendingBefore) {
  CloseReader();
  sigset_t sigpipe;
  sigemptyset(&sigpipe);
  sigaddset(&sigpipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &sigpipe, nullptr);
  pthread_kill(pthread_self(), SIGPIPE);
  EXPECT_EQ(Write(), -1);
  EXPECT_TRUE(IsPending());
  EXPECT_TRUE(IsBlocked());
  const timespec at_once{};
  EXPECT_EQ(sigtimedwait(&sigpipe, nullptr, &at_once), SIGPIPE);
  EXPECT_EQ(Write(), -1);
  EXPECT_FALSE(IsPending());
  pthread_sigmask(SIG_UNBLOCK, &sigpipe, nullptr);
}

INSTANTIATE_TEST_SUITE_P(Ways, WriteQuietlyTest,
                         testing::Values(&WriteQuietly, &WriteWithSigpipeBlocked),
                         [](const auto& way) {
                           return way.param == &WriteQuietly ? "Usual" : "SigpipeBlocked";
                         });

}  // namespace
}  // namespace ipc_hammer

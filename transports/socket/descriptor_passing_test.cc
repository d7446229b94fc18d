#include "transports/socket/descriptor_passing.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <set>
#include <thread>
#include <vector>

#include "transports/sys/test_process.h"

namespace ipc_hammer {
namespace {

const Deadline kNow = Deadline::Now();

bool AreSameFile(int a, int b) {
  struct stat of_a;
  struct stat of_b;
  return fstat(a, &of_a) == 0 && fstat(b, &of_b) == 0 && of_a.st_ino == of_b.st_ino &&
         of_a.st_dev == of_b.st_dev;
}

// A connection; at the end of a test nothing but it is open that was not before.
class DescriptorPassingTest : public testing::Test {
 protected:
  DescriptorPassingTest() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    left_ = FileDescriptor(ends[0]);
    right_ = FileDescriptor(ends[1]);
    object_ = FileDescriptor(memfd_create("passed", MFD_CLOEXEC));
    before_ = OpenDescriptors();
  }
  ~DescriptorPassingTest() override { EXPECT_EQ(OpenDescriptors(), before_) << "a leak"; }

  Result<void> Send(std::size_t descriptors, std::size_t bytes = 1, Deadline deadline = kNow) {
    const std::vector<int> copies(descriptors, object_.get());
    const std::vector<std::byte> data(bytes, std::byte{7});
    return SendWithDescriptors(left_.get(), data, copies, deadline);
  }
  Result<PassedDescriptors> Receive(std::size_t descriptors_max, Deadline deadline = kNow) {
    return ReceiveWithDescriptors(right_.get(), buffer_, descriptors_max, deadline);
  }
  Errc ReceiveError(std::size_t descriptors_max) {
    const auto passed = Receive(descriptors_max);
    return passed ? Errc::kSystem : passed.error().code;  // kSystem: it succeeded
  }

  FileDescriptor left_;
  FileDescriptor right_;
  FileDescriptor object_;
  std::array<std::byte, 4096> buffer_;
  std::set<int> before_;
};

TEST_F(DescriptorPassingTest, WhatArrivesIsTheSameFileAndCloseOnExec) {
  ASSERT_TRUE(Send(2, 3));
  const auto passed = Receive(2);
  ASSERT_TRUE(passed) << ToString(passed.error());
  EXPECT_EQ(passed->size_bytes, 3U);
  ASSERT_EQ(passed->descriptors.size(), 2U);
  for (const FileDescriptor& descriptor : passed->descriptors) {
    EXPECT_TRUE(AreSameFile(descriptor.get(), object_.get()));
    EXPECT_NE(fcntl(descriptor.get(), F_GETFD) & FD_CLOEXEC, 0);
  }
}

TEST_F(DescriptorPassingTest, BytesWithoutDescriptorsAreJustBytes) {
  ASSERT_TRUE(Send(0, 5));
  const auto passed = Receive(1);
  ASSERT_TRUE(passed);
  EXPECT_EQ(passed->size_bytes, 5U);
  EXPECT_TRUE(passed->descriptors.empty());
}

TEST_F(DescriptorPassingTest, AMessageCarriesAsManyAsTheKernelSaysAndNoMore) {
  ASSERT_TRUE(Send(kPassedDescriptorsMax));
  EXPECT_EQ(Receive(kPassedDescriptorsMax)->descriptors.size(), kPassedDescriptorsMax);
  EXPECT_EQ(Send(kPassedDescriptorsMax + 1).error().code, Errc::kTooLarge);
  EXPECT_EQ(ReceiveError(1), Errc::kWouldBlock) << "a part was sent";
}

TEST_F(DescriptorPassingTest, MoreThanAskedForAreAllClosed) {
  for (const std::size_t sent : {std::size_t{1}, std::size_t{2}, kPassedDescriptorsMax}) {
    ASSERT_TRUE(Send(sent));
    EXPECT_EQ(ReceiveError(sent - 1), Errc::kCorrupt) << sent;
    EXPECT_EQ(OpenDescriptors(), before_) << sent;
  }
  ASSERT_TRUE(Send(1));
  EXPECT_EQ(Receive(1)->descriptors.size(), 1U) << "the connection works as before";
}

TEST_F(DescriptorPassingTest, CutOffByTheLimitIsNoSpaceAndWhatCameIsClosed) {
  for (int spare = 0; spare < 3; ++spare) {
    ASSERT_TRUE(Send(3));
    Errc said;
    {
      const DescriptorLimit limit(spare);
      said = ReceiveError(3);
    }
    EXPECT_EQ(said, Errc::kNoSpace) << spare;
    EXPECT_EQ(OpenDescriptors(), before_) << spare;
  }
  ASSERT_TRUE(Send(3));
  EXPECT_EQ(Receive(3)->descriptors.size(), 3U) << "the connection works as before";
}

TEST_F(DescriptorPassingTest, ErrorsOfTheSenderSendNothing) {
  const std::array<std::byte, 1> byte{};
  EXPECT_EQ(SendWithDescriptors(left_.get(), {}, {}, kNow).error().code, Errc::kInvalidArgument);
  const int closed = 1'000'000;
  EXPECT_EQ(SendWithDescriptors(left_.get(), byte, {&closed, 1}, kNow).error().code,
            Errc::kInvalidArgument);
  EXPECT_EQ(ReceiveError(1), Errc::kWouldBlock);
}

TEST_F(DescriptorPassingTest, EndsAndDeadlinesAreTold) {
  EXPECT_EQ(ReceiveWithDescriptors(right_.get(), {}, 1, kNow).error().code, Errc::kInvalidArgument);
  EXPECT_EQ(Receive(1, Deadline::After(std::chrono::milliseconds(1))).error().code,
            Errc::kTimedOut);
  before_.erase(left_.get());
  left_.Close();
  EXPECT_EQ(ReceiveError(1), Errc::kPeerClosed);
  EXPECT_EQ(SendWithDescriptors(right_.get(), std::array<std::byte, 1>{}, {}, kNow).error().code,
            Errc::kPeerClosed);
}

TEST_F(DescriptorPassingTest, NobodyWhoTakesThemLeavesNothing) {
  ASSERT_TRUE(Send(3));
  before_.erase(right_.get());
  right_.Close();
}

// The socket takes the message in several parts: the descriptors come once, with the first byte.
TEST_F(DescriptorPassingTest, AMessageThatIsTakenInPartsPassesItsDescriptorsOnce) {
  constexpr std::size_t kBytes = 1 << 20;
  const int small = 4096;
  setsockopt(left_.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  std::thread sender([&] { EXPECT_TRUE(Send(2, kBytes, Deadline::Never())); });
  std::size_t bytes = 0;
  std::size_t descriptors = 0;
  std::size_t first_with = kBytes;
  while (bytes < kBytes) {
    const auto passed = Receive(kPassedDescriptorsMax, Deadline::Never());
    ASSERT_TRUE(passed) << ToString(passed.error());
    if (!passed->descriptors.empty()) first_with = std::min(first_with, bytes);
    bytes += passed->size_bytes;
    descriptors += passed->descriptors.size();
  }
  sender.join();
  EXPECT_EQ(descriptors, 2U);
  EXPECT_EQ(first_with, 0U);
  EXPECT_EQ(bytes, kBytes);
}

// A sender that is full at once has sent neither bytes nor descriptors.
TEST_F(DescriptorPassingTest, AFullSocketTakesNoDescriptors) {
  while (Send(0, 4096)) {
  }
  EXPECT_EQ(Send(1).error().code, Errc::kWouldBlock);
  std::size_t descriptors = 0;
  for (;;) {
    const auto passed = Receive(1);
    if (!passed) break;
    descriptors += passed->descriptors.size();
  }
  EXPECT_EQ(descriptors, 0U);
}

}  // namespace
}  // namespace ipc_hammer

#include "transports/socket/descriptor_passing.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <set>
#include <thread>
#include <utility>
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

// 1: a byte was there, 0: no writing end is left, -1: one is.
ssize_t ReadByte(const FileDescriptor& reading) {
  char byte = 0;
  return read(reading.get(), &byte, 1);
}

// In a child: more than RLIMIT_NOFILE under way is allowed to whoever may raise limits.
bool DropCapabilities() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  return syscall(SYS_capset, &header, none) == 0;
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

  // Sends the only writing end of a pipe and returns the reading end, which the caller closes.
  FileDescriptor SendWritingEnd() {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    const FileDescriptor writing(ends[1]);
    const std::array<std::byte, 1> byte{};
    EXPECT_TRUE(SendWithDescriptors(left_.get(), byte, {&ends[1], 1}, kNow));
    return FileDescriptor(ends[0]);
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

TEST_F(DescriptorPassingTest, WhatIsUnderWayIsACopyThatTheSendersCloseAndDeathLeaveAlone) {
  const FileDescriptor reading = SendWritingEnd();  // which closes the sender's own
  EXPECT_EQ(ReadByte(reading), -1) << "it is under way";
  {
    const auto passed = Receive(1);
    ASSERT_TRUE(passed) << ToString(passed.error());
    ASSERT_EQ(passed->descriptors.size(), 1U);
    EXPECT_EQ(write(passed->descriptors[0].get(), "x", 1), 1);
    EXPECT_EQ(ReadByte(reading), 1);
  }
  EXPECT_EQ(ReadByte(reading), 0) << "who received it owned it";
  EXPECT_EQ(RunInChild([&] { return Send(1) ? raise(SIGKILL) : 1; }), -SIGKILL);
  EXPECT_EQ(Receive(1)->descriptors.size(), 1U);
}

TEST_F(DescriptorPassingTest, MessagesWithDescriptorsAreNotPutTogether) {
  ASSERT_TRUE(Send(1, 2));
  ASSERT_TRUE(Send(2, 3));
  ASSERT_TRUE(Send(0, 4));
  for (const auto& [bytes, descriptors] : {std::pair{2U, 1U}, {3U, 2U}, {4U, 0U}}) {
    const auto passed = Receive(2);
    ASSERT_TRUE(passed) << ToString(passed.error());
    EXPECT_EQ(passed->size_bytes, bytes);
    EXPECT_EQ(passed->descriptors.size(), descriptors);
  }
}

TEST_F(DescriptorPassingTest, AMessageThatIsReadInPartsGivesItsDescriptorsOnce) {
  ASSERT_TRUE(Send(2, 3));
  for (const std::size_t descriptors : {2, 0, 0}) {
    const auto passed = ReceiveWithDescriptors(right_.get(), std::span(buffer_).first(1), 2, kNow);
    ASSERT_TRUE(passed) << ToString(passed.error());
    EXPECT_EQ(passed->descriptors.size(), descriptors);
  }
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

// With somebody else's control message before them, not all that one message carries has room.
TEST_F(DescriptorPassingTest, WhatTheControlBufferDoesNotHoldIsNoSpaceAndWhatCameIsClosed) {
  const auto tell_senders = [&](int on) {
    ASSERT_EQ(setsockopt(right_.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on), 0);
  };
  tell_senders(1);
  ASSERT_TRUE(Send(kPassedDescriptorsMax));
  EXPECT_EQ(ReceiveError(kPassedDescriptorsMax), Errc::kNoSpace);
  EXPECT_EQ(OpenDescriptors(), before_);
  ASSERT_TRUE(Send(2));
  EXPECT_EQ(Receive(2)->descriptors.size(), 2U) << "what is not a descriptor is passed over";
  tell_senders(0);
  ASSERT_TRUE(Send(kPassedDescriptorsMax));
  EXPECT_EQ(Receive(kPassedDescriptorsMax)->descriptors.size(), kPassedDescriptorsMax);
}

// So many may be under way as a process may have open, all of a user's processes together.
TEST_F(DescriptorPassingTest, TooManyUnderWayIsNoSpaceAndNothingIsSent) {
  EXPECT_EQ(RunInChild([&] {
              const std::set<int> before = OpenDescriptors();
              rlimit limit;
              if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || !DropCapabilities()) return 1;
              const rlimit low{.rlim_cur = 64, .rlim_max = limit.rlim_max};
              setrlimit(RLIMIT_NOFILE, &low);
              std::size_t messages = 0;
              Result<void> sent = Send(10);
              for (; sent && messages < 100; sent = Send(10)) ++messages;
              if (sent || sent.error().code != Errc::kNoSpace) return 2;
              if (OpenDescriptors() != before) return 3;
              for (; messages > 0; --messages) {
                const auto passed = Receive(10);
                if (!passed || passed->descriptors.size() != 10) return 4;
              }
              if (ReceiveError(10) != Errc::kWouldBlock) return 5;
              setrlimit(RLIMIT_NOFILE, &limit);
              return Send(10) && Receive(10)->descriptors.size() == 10 ? 0 : 6;
            }),
            0);
}

TEST_F(DescriptorPassingTest, ErrorsOfTheSenderSendNothing) {
  const std::array<std::byte, 1> byte{};
  EXPECT_EQ(SendWithDescriptors(left_.get(), {}, {}, kNow).error().code, Errc::kInvalidArgument);
  const int closed = 1'000'000;
  EXPECT_EQ(SendWithDescriptors(left_.get(), byte, {&closed, 1}, kNow).error().code,
            Errc::kInvalidArgument);
  const std::array<int, 3> one_closed{object_.get(), closed, object_.get()};
  EXPECT_EQ(SendWithDescriptors(left_.get(), byte, one_closed, kNow).error().code,
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

TEST_F(DescriptorPassingTest, WhatNobodyTakesIsClosedWithTheConnection) {
  const FileDescriptor reading = SendWritingEnd();
  ASSERT_TRUE(Send(3));
  before_.erase(right_.get());
  right_.Close();
  EXPECT_EQ(ReadByte(reading), 0);
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
  EXPECT_EQ(Send(1, 1, Deadline::After(std::chrono::milliseconds(1))).error().code,
            Errc::kTimedOut);
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

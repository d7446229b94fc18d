// Faults hit the nth fitting call, of the armed thread, and only as documented.
#include "properties/faults/syscall_faults.h"

#include <errno.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

namespace ipc_hammer {
namespace {

struct Pipe {
  explicit Pipe(int flags = 0) { EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC | flags), 0); }
  ~Pipe() {
    close(ends[0]);
    close(ends[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  std::array<int, 2> ends{};
};

struct SocketPair {
  explicit SocketPair(int type) {
    EXPECT_EQ(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()), 0);
  }
  ~SocketPair() {
    close(ends[0]);
    close(ends[1]);
  }
  SocketPair(const SocketPair&) = delete;
  SocketPair& operator=(const SocketPair&) = delete;
  std::array<int, 2> ends{};
};

std::chrono::nanoseconds TimeOfReads(int count) {
  const Pipe pipe(O_NONBLOCK);
  char byte = 0;
  const auto before = std::chrono::steady_clock::now();
  for (int i = 0; i < count; ++i) EXPECT_EQ(read(pipe.ends[0], &byte, 1), -1);
  return std::chrono::steady_clock::now() - before;
}

// A pause takes at least as long as it is to; how much longer is the machine's affair.
TEST(SyscallFaults, PausesComeUntilTheyAreEndedWithAndWithoutAFault) {
  constexpr std::chrono::milliseconds kAllPauses{10};  // 1 in 8 of 400, 500 us on average: 25 ms
  PauseCalls(1000, 1);
  EXPECT_GT(TimeOfReads(400), kAllPauses);
  ArmFault({.kind = FaultKind::kInterrupt, .nth_call = 3});
  EXPECT_GT(TimeOfReads(400), kAllPauses);
  EXPECT_TRUE(DisarmFault().fired);
  EXPECT_GT(TimeOfReads(400), kAllPauses);
  PauseCalls(0, 0);
  ArmFault({.kind = FaultKind::kNone});
  EXPECT_EQ(DisarmFault().calls_seen, 0);
  std::chrono::nanoseconds shortest = TimeOfReads(400);
  for (int i = 0; i < 20; ++i) shortest = std::min(shortest, TimeOfReads(400));
  EXPECT_LT(shortest, kAllPauses);
}

// The read end's own flags do not say that the pipe is in packet mode.
TEST(SyscallFaults, NothingIsCutShortOnAPipeInPacketMode) {
  const Pipe packets(O_DIRECT);
  std::array<char, 8> bytes{};
  ASSERT_EQ(write(packets.ends[1], bytes.data(), bytes.size()), 8);
  ArmFault({.kind = FaultKind::kShort, .nth_call = 1});
  EXPECT_EQ(read(packets.ends[0], bytes.data(), bytes.size()), 8);
  EXPECT_FALSE(DisarmFault().fired);

  const Pipe stream;
  ASSERT_EQ(write(stream.ends[1], bytes.data(), bytes.size()), 8);
  ArmFault({.kind = FaultKind::kShort, .nth_call = 1});
  EXPECT_EQ(read(stream.ends[0], bytes.data(), bytes.size()), 1);
  EXPECT_TRUE(DisarmFault().fired);
}

TEST(SyscallFaults, DisarmWithoutArmReportsNothing) {
  const FaultReport report = DisarmFault();
  EXPECT_FALSE(report.fired);
  EXPECT_STREQ(report.call, "");
  EXPECT_EQ(report.calls_seen, 0);
}

TEST(SyscallFaults, OnlyTheNthFittingCallFails) {
  const Pipe pipe;
  char byte = 'x';
  ArmFault({.kind = FaultKind::kInterrupt, .nth_call = 2});
  EXPECT_EQ(write(pipe.ends[1], &byte, 1), 1);
  EXPECT_EQ(write(pipe.ends[1], &byte, 1), -1);
  EXPECT_EQ(errno, EINTR);
  EXPECT_EQ(write(pipe.ends[1], &byte, 1), 1);
  const FaultReport report = DisarmFault();
  EXPECT_TRUE(report.fired);
  EXPECT_EQ(report.sys_errno, EINTR);
  EXPECT_STREQ(report.call, "write");
  EXPECT_EQ(report.calls_seen, 3);
  EXPECT_EQ(report.calls_fitting, 3);
}

TEST(SyscallFaults, CallsThatDoNotFitAreSeenButNotCounted) {
  const Pipe pipe;
  char byte = 'x';
  ArmFault({.kind = FaultKind::kDescriptors, .nth_call = 1});
  EXPECT_EQ(write(pipe.ends[1], &byte, 1), 1);
  EXPECT_EQ(dup(pipe.ends[1]), -1);
  EXPECT_EQ(errno, EMFILE);
  const FaultReport report = DisarmFault();
  EXPECT_EQ(report.calls_seen, 2);
  EXPECT_EQ(report.calls_fitting, 1);
}

TEST(SyscallFaults, KindNoneCountsEveryPoint) {
  const Pipe pipe;
  char byte = 'x';
  ArmFault({.kind = FaultKind::kNone, .nth_call = 1});
  EXPECT_EQ(write(pipe.ends[1], &byte, 1), 1);
  EXPECT_EQ(read(pipe.ends[0], &byte, 1), 1);
  const FaultReport report = DisarmFault();
  EXPECT_FALSE(report.fired);
  EXPECT_EQ(report.calls_seen, 2);
  EXPECT_EQ(report.calls_fitting, 2);
}

TEST(SyscallFaults, ThreadsAreIndependent) {
  ArmFault({.kind = FaultKind::kInterrupt, .nth_call = 1});
  int written = -1;
  FaultReport other;
  std::thread([&] {
    const Pipe pipe;
    written = static_cast<int>(write(pipe.ends[1], "x", 1));
    other = DisarmFault();
  }).join();
  EXPECT_EQ(written, 1);
  EXPECT_EQ(other.calls_seen, 0);
  const Pipe pipe;
  EXPECT_EQ(write(pipe.ends[1], "x", 1), -1);
  EXPECT_TRUE(DisarmFault().fired);
}

TEST(SyscallFaults, KillEndsTheProcessBeforeTheCall) {
  const Pipe pipe;
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ArmFault({.kind = FaultKind::kKill, .nth_call = 2});
    for (int i = 0; i < 3; ++i) std::ignore = write(pipe.ends[1], "x", 1);
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
  std::array<char, 8> bytes{};
  EXPECT_EQ(read(pipe.ends[0], bytes.data(), bytes.size()), 1);
}

TEST(SyscallFaults, SpuriousFitsOnlyWhatIsNonBlocking) {
  const Pipe blocking;
  const Pipe non_blocking(O_NONBLOCK);
  ArmFault({.kind = FaultKind::kSpurious, .nth_call = 1});
  EXPECT_EQ(write(blocking.ends[1], "x", 1), 1);
  EXPECT_EQ(write(non_blocking.ends[1], "x", 1), -1);
  EXPECT_EQ(errno, EAGAIN);
  EXPECT_EQ(DisarmFault().calls_fitting, 1);
}

TEST(SyscallFaults, SmallWritesToAPipeStayAtomic) {
  const Pipe pipe;
  const std::vector<char> bytes(5000, 'x');
  ArmFault({.kind = FaultKind::kShort, .nth_call = 1});
  EXPECT_EQ(write(pipe.ends[1], bytes.data(), 4096), 4096);
  EXPECT_EQ(write(pipe.ends[1], bytes.data(), 4097), 1);
  EXPECT_STREQ(DisarmFault().call, "write");
}

TEST(SyscallFaults, ShortLeavesDatagramsAndCountersWhole) {
  const SocketPair datagrams(SOCK_SEQPACKET);
  const int counter = eventfd(5, EFD_CLOEXEC);
  ArmFault({.kind = FaultKind::kShort, .nth_call = 1});
  EXPECT_EQ(send(datagrams.ends[0], "abc", 3, 0), 3);
  std::uint64_t value = 0;
  EXPECT_EQ(read(counter, &value, sizeof(value)), 8);
  EXPECT_FALSE(DisarmFault().fired);
  close(counter);
}

TEST(SyscallFaults, AShortMessageCarriesItsDescriptor) {
  const SocketPair sockets(SOCK_STREAM);
  const Pipe passed;
  std::array<char, 4> bytes{'a', 'b', 'c', 'd'};
  iovec part{bytes.data(), bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* const ancillary = CMSG_FIRSTHDR(&message);
  ancillary->cmsg_level = SOL_SOCKET;
  ancillary->cmsg_type = SCM_RIGHTS;
  ancillary->cmsg_len = CMSG_LEN(sizeof(int));
  *reinterpret_cast<int*>(CMSG_DATA(ancillary)) = passed.ends[0];
  ArmFault({.kind = FaultKind::kShort, .nth_call = 1});
  EXPECT_EQ(sendmsg(sockets.ends[0], &message, 0), 1);
  EXPECT_TRUE(DisarmFault().fired);

  control = {};
  ArmFault({.kind = FaultKind::kShort, .nth_call = 1});
  EXPECT_EQ(recvmsg(sockets.ends[1], &message, MSG_CMSG_CLOEXEC), 1);
  EXPECT_TRUE(DisarmFault().fired);
  EXPECT_EQ(message.msg_iovlen, 1U);
  ASSERT_EQ(message.msg_controllen, CMSG_SPACE(sizeof(int)));
  EXPECT_EQ(close(*reinterpret_cast<int*>(CMSG_DATA(CMSG_FIRSTHDR(&message)))), 0);
}

// A reader that loops gets every byte, wherever a read is cut short.
RC_GTEST_PROP(SyscallFaults, ShortReadsLoseNothing, (std::string text, std::uint8_t nth_call)) {
  const Pipe pipe;
  text.resize(std::min<std::size_t>(text.size(), 4096));
  RC_ASSERT(write(pipe.ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  std::string got;
  std::array<char, 7> buffer{};
  ArmFault({.kind = FaultKind::kShort, .nth_call = nth_call});
  while (got.size() < text.size()) {
    const ssize_t count = read(pipe.ends[0], buffer.data(), buffer.size());
    RC_ASSERT(count > 0);
    got.append(buffer.data(), static_cast<std::size_t>(count));
  }
  const FaultReport report = DisarmFault();
  RC_ASSERT(got == text);
  RC_ASSERT(report.fired == (nth_call > 0 && report.calls_fitting >= nth_call));
}

TEST(ShortRead, DoesNotFitWhatTheKernelShowsWhole) {
  const int fd = open("/proc/sys/kernel/ostype", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  std::array<char, 16> text{};
  ArmFault({.kind = FaultKind::kShort});
  const ssize_t size = read(fd, text.data(), text.size());
  EXPECT_FALSE(DisarmFault().fired);
  EXPECT_EQ(size, 6) << "Linux and the end of its line";
  close(fd);
}

TEST(InterruptedClose, HasFreedTheNumber) {
  const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  ArmFault({.kind = FaultKind::kInterrupt});
  EXPECT_EQ(close(fd), -1);
  EXPECT_EQ(errno, EINTR);
  EXPECT_TRUE(DisarmFault().fired);
  EXPECT_EQ(fcntl(fd, F_GETFD), -1) << "it is still open";
}

TEST(CloseDeathTest, OfANumberThatIsNotOpenIsAFinding) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  for (const int end : ends) ASSERT_EQ(close(end), 0);
  EXPECT_DEATH(close(ends[0]), "is not open: closed twice");
  EXPECT_EQ(close(-1), -1) << "no number at all is everybody's way to say that there is none";
}

}  // namespace
}  // namespace ipc_hammer

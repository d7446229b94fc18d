// What is particular to Boost's message queue: what is added to the library, and what is not.
#include "transports/boost/boost_mq.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/interprocess/ipc/message_queue.hpp>
#include <chrono>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "transports/sys/file_descriptor.h"
#include "transports/sys/test_process.h"

namespace ipc_hammer {
namespace {

namespace bip = boost::interprocess;
using std::chrono::milliseconds;
using Bytes = std::vector<std::byte>;
const Deadline kNow = Deadline::Now();

// A name of this test's own; nothing of it may be left at the end.
class BoostMqTest : public testing::Test {
 protected:
  BoostMqTest() {
    name_.text = "boost_test." + std::to_string(std::random_device{}()) + std::to_string(getpid());
    path_ = "/dev/shm/" + name_.text + ".boost_mq";
    options_.message_size_bytes = 64;
    options_.capacity_messages = 3;
  }
  ~BoostMqTest() override {
    EXPECT_NE(::access(path_.c_str(), F_OK), 0) << "the queue is left";
    EXPECT_NE(::access((path_ + ".lock").c_str(), F_OK), 0);
  }

  Result<std::unique_ptr<Channel>> Create() { return kind_.create(name_, options_); }
  std::string Open(Deadline deadline = kNow) {
    const auto end = kind_.open(name_, Role::kConsumer, options_, deadline);
    return end ? "ok" : std::string(ToString(end.error().code));
  }
  FileDescriptor OpenFile(int flags = 0) {
    return FileDescriptor(::open(path_.c_str(), O_RDWR | O_CLOEXEC | flags, 0600));
  }

  TransportKind kind_ = BoostMq();
  ChannelName name_;
  Options options_;
  std::string path_;
};

TEST_F(BoostMqTest, PrioritiesUpToTheLimitAndEmptyMessages) {
  const auto channel = Create().value();
  const auto producer = channel->Attach(Role::kProducer, kNow).value();
  const auto consumer = channel->Attach(Role::kConsumer, kNow).value();
  std::array<std::byte, 64> buffer;
  constexpr std::uint32_t kHighest = 4294967294U;
  for (const std::uint32_t priority : {0U, kHighest, 7U}) {
    EXPECT_TRUE(producer->Send({}, priority, kNow));
  }
  EXPECT_EQ(producer->Send({}, kHighest + 1, kNow).error().code, Errc::kInvalidArgument);
  EXPECT_EQ(producer->Send({}, 0, kNow).error().code, Errc::kWouldBlock);
  for (const std::uint32_t priority : {kHighest, 7U, 0U}) {
    const Result<Received> got = consumer->Receive(buffer, kNow);
    ASSERT_TRUE(got) << ToString(got.error());
    EXPECT_EQ(got->priority, priority);
    EXPECT_EQ(got->size_bytes, 0U);
  }
}

TEST_F(BoostMqTest, ExceptionsOfTheLibraryAreErrors) {
  const auto channel = Create().value();
  const auto producer = channel->Attach(Role::kProducer, kNow).value();
  const auto consumer = channel->Attach(Role::kConsumer, kNow).value();
  std::array<std::byte, 63> small;
  EXPECT_EQ(producer->Send(Bytes(65), 0, kNow).error().code, Errc::kTooLarge);
  EXPECT_EQ(consumer->Receive(small, kNow).error().code, Errc::kTooLarge);
  options_.message_size_bytes = 65;
  EXPECT_EQ(Open(), "invalid_argument");
}

TEST_F(BoostMqTest, ACreationThatFailsHalfWayLeavesNothing) {
  Create().value().reset();  // sanitizers need descriptors to look at new types of objects
  for (int spare = 0; spare < 2; ++spare) {
    const DescriptorLimit limit(spare);
    EXPECT_EQ(Create().error().code, Errc::kNoSpace) << spare;
  }
  // The file is made and cannot get its size.
  EXPECT_EQ(RunInChild([this] {
              signal(SIGXFSZ, SIG_IGN);
              const rlimit none{};
              setrlimit(RLIMIT_FSIZE, &none);
              return Create() ? 1 : 0;
            }),
            0);
  EXPECT_EQ(Open(), "not_found");
}

// The library itself would wait for ever for each of the unfinished ones.
TEST_F(BoostMqTest, WhatADeadCreatorLeftIsNotWaitedForBeyondTheDeadline) {
  const FileDescriptor file = OpenFile(O_CREAT | O_EXCL);
  ASSERT_TRUE(file.is_open());
  for (const off_t size : {0, 4096}) {
    ASSERT_EQ(::ftruncate(file.get(), size), 0);
    EXPECT_EQ(Open(), "would_block") << size;
    const std::int64_t begin = MonotonicNs();
    EXPECT_EQ(Open(Deadline::After(milliseconds(7))), "timed_out") << size;
    EXPECT_GE(MonotonicNs() - begin, 7'000'000);
  }
  const std::uint32_t being_made = 1;
  ASSERT_EQ(::pwrite(file.get(), &being_made, sizeof(being_made), 0), sizeof(being_made));
  EXPECT_EQ(Open(), "would_block");
  ASSERT_EQ(::ftruncate(file.get(), 1), 0);
  EXPECT_EQ(Open(), "corrupt");
  EXPECT_TRUE(Create()) << "a leftover is replaced";
}

TEST_F(BoostMqTest, AHeaderThatDoesNotFitTheFileIsCorrupt) {
  const auto channel = Create().value();
  const FileDescriptor file = OpenFile();
  constexpr off_t kMaxMessagesAt = 16 + 8;  // behind the library's word and one pointer
  std::uint64_t messages = 0;
  ASSERT_EQ(::pread(file.get(), &messages, sizeof(messages), kMaxMessagesAt), 8);
  ASSERT_EQ(messages, options_.capacity_messages);
  EXPECT_EQ(Open(), "ok");
  for (const std::uint64_t wrong : {std::uint64_t{0}, messages + 1, ~std::uint64_t{0}}) {
    ASSERT_EQ(::pwrite(file.get(), &wrong, sizeof(wrong), kMaxMessagesAt), 8);
    EXPECT_EQ(Open(), "corrupt") << wrong;
  }
}

TEST_F(BoostMqTest, ItIsTheLibrarysQueue) {
  const auto channel = Create().value();
  bip::message_queue queue(bip::open_only, (name_.text + ".boost_mq").c_str());
  EXPECT_EQ(queue.get_max_msg(), 3U);
  const auto producer = channel->Attach(Role::kProducer, kNow).value();
  EXPECT_TRUE(producer->Send(Bytes(5), 9, kNow));
  std::array<char, 64> buffer;
  bip::message_queue::size_type size = 0;
  unsigned priority = 0;
  ASSERT_TRUE(queue.try_receive(buffer.data(), buffer.size(), size, priority));
  EXPECT_EQ(size, 5U);
  EXPECT_EQ(priority, 9U);
}

TEST_F(BoostMqTest, ModeIsExactUnderAnyUmask) {
  for (const mode_t mask : {0000, 0022, 0777}) {
    for (const mode_t mode : {0600, 0640, 0666}) {
      options_.mode = mode;
      const mode_t before = ::umask(mask);
      const auto channel = Create();
      ::umask(before);
      ASSERT_TRUE(channel) << ToString(channel.error());
      struct stat made;
      ASSERT_EQ(::stat(path_.c_str(), &made), 0);
      EXPECT_EQ(made.st_mode & 07777, mode) << "umask " << mask;
    }
  }
}

}  // namespace
}  // namespace ipc_hammer

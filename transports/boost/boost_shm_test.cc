// What the battery cannot see: names, half made objects, and what the library does after a kill.
#include "transports/boost/boost_shm.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <random>
#include <string>

#include "transports/sys/test_process.h"

namespace ipc_hammer {
namespace {

const Deadline kNow = Deadline::Now();

class BoostShmTest : public testing::Test {
 protected:
  BoostShmTest() {
    name_.text = "boost_test." + std::to_string(std::random_device{}()) + std::to_string(getpid());
    path_ = "/dev/shm/" + name_.text + ".boost_shm";
  }
  ~BoostShmTest() override {
    for (const char* end : {"", ".making", ".lock"}) EXPECT_FALSE(Exists(path_ + end)) << end;
  }

  static bool Exists(const std::string& path) {
    struct stat status;
    return lstat(path.c_str(), &status) == 0;
  }
  Result<std::unique_ptr<Channel>> Create() { return kind_.create(name_, options_); }
  Errc OpenError() {
    const auto end = kind_.open(name_, Role::kConsumer, options_, kNow);
    return end ? Errc::kWouldBlock : end.error().code;  // kWouldBlock: it was opened
  }

  TransportKind kind_ = BoostShm();
  ChannelName name_;
  Options options_;
  std::string path_;
};

TEST_F(BoostShmTest, ModeIsExactUnderAnyUmask) {
  for (const mode_t mask : {0000, 0077, 0777}) {
    for (const mode_t mode : {0600, 0640, 0666}) {
      options_.mode = mode;
      const mode_t before = umask(mask);
      const auto channel = Create();
      umask(before);
      ASSERT_TRUE(channel) << ToString(channel.error());
      struct stat status;
      ASSERT_EQ(lstat(path_.c_str(), &status), 0);
      EXPECT_EQ(status.st_mode & 07777, mode) << std::oct << mask;
    }
  }
}

TEST_F(BoostShmTest, WhatACreatorLeftHalfMadeIsNeverOpenedAndRemoved) {
  std::ofstream(path_ + ".making") << std::string(100'000, '\0');
  EXPECT_EQ(OpenError(), Errc::kNotFound);
  EXPECT_TRUE(Create());
  EXPECT_FALSE(Exists(path_ + ".making"));
  std::ofstream(path_ + ".making") << "x";
  EXPECT_TRUE(kind_.unlink(name_));
  EXPECT_EQ(kind_.unlink(name_).error().code, Errc::kNotFound);
}

TEST_F(BoostShmTest, AFileThatIsNoFinishedSegmentIsCorrupt) {
  for (const std::string& content : {std::string(), std::string(100'000, '\0'), std::string("x")}) {
    std::ofstream(path_) << content;
    EXPECT_EQ(OpenError(), Errc::kCorrupt) << content.size();
    EXPECT_TRUE(kind_.unlink(name_));
  }
}

TEST_F(BoostShmTest, AMessageSizeThatDiffersIsRefused) {
  const auto channel = Create();
  ASSERT_TRUE(channel);
  options_.message_size_bytes += 1;
  EXPECT_EQ(OpenError(), Errc::kInvalidArgument);
}

TEST_F(BoostShmTest, TheWholeCapacityFitsAtEverySize) {
  for (const std::size_t capacity : {1, 7, 4096}) {
    for (const std::size_t size : {1, 100, 4096}) {
      options_ = {.capacity_messages = capacity, .message_size_bytes = size};
      const auto channel = Create();
      ASSERT_TRUE(channel) << capacity << " of " << size << ": " << ToString(channel.error());
      const auto producer = (*channel)->Attach(Role::kProducer, kNow).value();
      for (std::size_t i = 0; i < capacity; ++i) ASSERT_TRUE(producer->Send({}, 0, kNow));
      EXPECT_EQ(producer->Send({}, 0, kNow).error().code, Errc::kWouldBlock);
    }
  }
}

}  // namespace
}  // namespace ipc_hammer

#include "transports/shared_memory/shm_posix.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <random>
#include <string>
#include <thread>

#include "transports/shared_memory/message_ring.h"
#include "transports/sys/test_process.h"

namespace ipc_hammer {
namespace {

const Deadline kNow = Deadline::Now();

// A name of this test's own, and the file it leads to; nothing of it may be left at the end.
class ShmPosixTest : public testing::Test {
 protected:
  ShmPosixTest() {
    name_.text = "shm_test." + std::to_string(std::random_device{}()) + std::to_string(getpid());
    path_ = "/dev/shm/" + name_.text;
    lock_path_ = path_ + ".shm_posix.lock";
  }
  ~ShmPosixTest() override {
    EXPECT_FALSE(Exists(path_)) << "the object is left";
    EXPECT_FALSE(Exists(lock_path_)) << "the lock file is left";
  }

  static bool Exists(const std::string& path) {
    struct stat status;
    return lstat(path.c_str(), &status) == 0;
  }
  Result<std::unique_ptr<Channel>> Create() { return kind_.create(name_, options_); }
  Errc CreateError() {
    Result<std::unique_ptr<Channel>> channel = Create();
    return channel ? Errc::kWouldBlock : channel.error().code;  // kWouldBlock: it was created
  }
  Errc OpenError() {
    Result<std::unique_ptr<Endpoint>> end = kind_.open(name_, Role::kConsumer, options_, kNow);
    return end ? Errc::kWouldBlock : end.error().code;
  }
  void WriteLeftover(const std::string& content, mode_t mode = 0600) {
    const int fd = open(path_.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    ASSERT_EQ(write(fd, content.data(), content.size()), static_cast<ssize_t>(content.size()));
    fchmod(fd, mode);
    close(fd);
  }
  // The content of a good object with one message.
  std::string GoodObject() {
    std::unique_ptr<Channel> channel = Create().value();
    EXPECT_TRUE(channel->Attach(Role::kProducer, kNow).value()->Send({}, 0, kNow));
    std::string content(std::filesystem::file_size(path_), '\0');
    const int fd = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    EXPECT_EQ(read(fd, content.data(), content.size()), static_cast<ssize_t>(content.size()));
    close(fd);
    return content;
  }
  // A new process copes with what is there, and its channel is empty and works.
  void ExpectTakeover(const std::string& what) {
    Result<std::unique_ptr<Channel>> channel = Create();
    ASSERT_TRUE(channel) << what << ": " << ToString(channel.error());
    auto producer = kind_.open(name_, Role::kProducer, options_, kNow).value();
    auto consumer = kind_.open(name_, Role::kConsumer, options_, kNow).value();
    std::byte buffer[4096];
    EXPECT_EQ(consumer->Receive(buffer, kNow).error().code, Errc::kWouldBlock) << what;
    EXPECT_TRUE(producer->Send({}, 0, kNow)) << what;
    EXPECT_TRUE(consumer->Receive(buffer, kNow)) << what;
  }

  TransportKind kind_ = ShmPosix();
  ChannelName name_;
  Options options_;
  std::string path_;
  std::string lock_path_;
};

TEST_F(ShmPosixTest, LivingOwnersNameIsRefusedAndUntouched) {
  std::unique_ptr<Channel> channel = Create().value();
  EXPECT_EQ(CreateError(), Errc::kExists);
  EXPECT_EQ(kind_.unlink(name_).error().code, Errc::kExists);
  EXPECT_EQ(OpenError(), Errc::kWouldBlock);
}

TEST_F(ShmPosixTest, DeadOwnersNameIsTakenOver) {
  EXPECT_EQ(RunInChild([this] {
              Channel* channel = Create().value().release();
              (void)channel->Attach(Role::kProducer, kNow).value().release()->Send({}, 0, kNow);
              return raise(SIGKILL);
            }),
            -SIGKILL);
  EXPECT_TRUE(Exists(path_));
  EXPECT_EQ(OpenError(), Errc::kWouldBlock) << "what is left can still be read";
  ExpectTakeover("full object of a dead owner");
}

TEST_F(ShmPosixTest, JanitorRemovesADeadOwnersName) {
  EXPECT_EQ(kind_.unlink(name_).error().code, Errc::kNotFound);
  RunInChild([this] {
    Create().value().release();
    return raise(SIGKILL);
  });
  EXPECT_TRUE(kind_.unlink(name_));
  EXPECT_EQ(kind_.unlink(name_).error().code, Errc::kNotFound);
}

TEST_F(ShmPosixTest, EveryStateThatADeadOwnerCanLeaveIsCorruptToOpenAndTakenOverByCreate) {
  const std::string good = GoodObject();
  struct {
    const char* what;
    std::string content;
  } states[] = {{"empty", ""},
                {"one byte", "x"},
                {"zeroes", std::string(good.size(), '\0')},
                {"magic only", good.substr(0, 8)},
                {"header only", good.substr(0, sizeof(RingHeader))},
                {"one byte short", good.substr(0, good.size() - 1)},
                {"one byte long", good + "x"},
                {"wrong magic", "X" + good.substr(1)},
                {"wrong version", good.substr(0, 8) + "X" + good.substr(9)},
                {"wrong layout", good.substr(0, 12) + "X" + good.substr(13)}};
  for (const auto& state : states) {
    WriteLeftover(state.content);
    EXPECT_EQ(OpenError(), Errc::kCorrupt) << state.what;
    ExpectTakeover(state.what);
  }
  WriteLeftover(good, 0000);
  ExpectTakeover("no permissions");
}

TEST_F(ShmPosixTest, ObjectsOfOtherTypesAreLeftAlone) {
  ASSERT_EQ(symlink("/dev/shm/ipc_hammer.nothing", path_.c_str()), 0);
  EXPECT_EQ(CreateError(), Errc::kExists);
  EXPECT_EQ(OpenError(), Errc::kCorrupt);
  EXPECT_EQ(kind_.unlink(name_).error().code, Errc::kExists);
  unlink(path_.c_str());

  ASSERT_EQ(mkdir(path_.c_str(), 0700), 0);
  EXPECT_EQ(CreateError(), Errc::kExists);
  EXPECT_EQ(OpenError(), Errc::kCorrupt);
  rmdir(path_.c_str());

  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(CreateError(), Errc::kExists);
  EXPECT_EQ(OpenError(), Errc::kCorrupt);
  unlink(path_.c_str());
}

// Only a root with more than one user can plant an object of another's.
TEST_F(ShmPosixTest, AnotherUsersObjectIsRefused) {
  WriteLeftover(GoodObject(), 0666);
  if (chown(path_.c_str(), 1234, 1234) == 0) {
    EXPECT_EQ(CreateError(), Errc::kPermission);
    EXPECT_EQ(OpenError(), Errc::kPermission);
    EXPECT_EQ(kind_.unlink(name_).error().code, Errc::kPermission);
    options_.mode = 0666;  // says that others are expected
    EXPECT_EQ(OpenError(), Errc::kWouldBlock);
  }
  unlink(path_.c_str());
}

TEST_F(ShmPosixTest, ModeIsExactUnderAnyUmask) {
  for (const mode_t mask : {0000, 0022, 0077, 0777}) {
    for (const mode_t mode : {0000, 0400, 0600, 0640, 0666, 0777}) {
      options_.mode = mode;
      const mode_t before = umask(mask);
      const Result<std::unique_ptr<Channel>> channel = Create();
      umask(before);
      ASSERT_TRUE(channel) << ToString(channel.error());
      struct stat status;
      ASSERT_EQ(lstat(path_.c_str(), &status), 0);
      EXPECT_EQ(status.st_mode & 07777, mode) << "umask " << mask;
    }
  }
}

TEST_F(ShmPosixTest, RefusesBadArguments) {
  const auto expect = [this](Errc error) {
    EXPECT_EQ(CreateError(), error);
    options_ = {};
  };
  options_.capacity_messages = 0;
  expect(Errc::kInvalidArgument);
  options_.message_size_bytes = 0;
  expect(Errc::kInvalidArgument);
  options_.mode = 01600;
  expect(Errc::kInvalidArgument);
  options_.capacity_messages = kRingMessagesMax + 1;
  expect(Errc::kTooLarge);
  options_.message_size_bytes = SIZE_MAX;
  expect(Errc::kTooLarge);
  for (const char* text : {"", ".x", "a/b", "sem.x", "x.lock"}) {
    EXPECT_EQ(kind_.create({.text = text}, {}).error().code, Errc::kInvalidArgument) << text;
    EXPECT_EQ(kind_.unlink({.text = text}).error().code, Errc::kInvalidArgument) << text;
  }
}

TEST_F(ShmPosixTest, OpenerHasToExpectTheMessageSize) {
  const std::unique_ptr<Channel> channel = Create().value();
  options_.message_size_bytes += 1;
  EXPECT_EQ(OpenError(), Errc::kInvalidArgument);
}

TEST_F(ShmPosixTest, UnlinkFreesTheNameAndKeepsTheEndpoints) {
  const std::unique_ptr<Channel> old_channel = Create().value();
  const auto producer = old_channel->Attach(Role::kProducer, kNow).value();
  EXPECT_TRUE(old_channel->Unlink());
  EXPECT_TRUE(old_channel->Unlink());
  EXPECT_EQ(OpenError(), Errc::kNotFound);
  const std::unique_ptr<Channel> successor = Create().value();
  EXPECT_TRUE(producer->Send({}, 0, kNow));
  std::byte buffer[4096];
  EXPECT_EQ(successor->Attach(Role::kConsumer, kNow).value()->Receive(buffer, kNow).error().code,
            Errc::kWouldBlock)
      << "two channels share one object";
  EXPECT_TRUE(old_channel->Attach(Role::kConsumer, kNow).value()->Receive(buffer, kNow));
}

TEST_F(ShmPosixTest, AChildsExitRemovesNothing) {
  std::unique_ptr<Channel> channel = Create().value();
  EXPECT_EQ(RunInChild([&] {
              const auto producer = channel->Attach(Role::kProducer, kNow).value();
              const bool is_sent = producer->Send({}, 0, kNow).has_value();
              const bool is_refused = channel->Unlink().error().code == Errc::kPermission;
              channel.reset();
              return is_sent && is_refused ? 0 : 1;
            }),
            0);
  std::byte buffer[4096];
  EXPECT_TRUE(channel->Attach(Role::kConsumer, kNow).value()->Receive(buffer, kNow));
  EXPECT_EQ(CreateError(), Errc::kExists);
}

// The name was removed and taken behind the owner's back: the successor keeps it.
TEST_F(ShmPosixTest, ADestructorLeavesASuccessorsObjectAlone) {
  std::unique_ptr<Channel> channel = Create().value();
  unlink(path_.c_str());
  WriteLeftover("a successor's");
  channel.reset();
  EXPECT_TRUE(Exists(path_));
  unlink(path_.c_str());
}

TEST_F(ShmPosixTest, CloseDirectionEndsABlockedReceive) {
  const std::unique_ptr<Channel> channel = Create().value();
  const auto consumer = channel->Attach(Role::kConsumer, kNow).value();
  std::atomic<pid_t> id = 0;
  std::thread blocked([&] {
    id = gettid();
    std::byte buffer[4096];
    EXPECT_EQ(consumer->Receive(buffer, Deadline::Never()).error().code, Errc::kClosed);
  });
  WaitUntilAsleep([&] { return id.load(); });
  EXPECT_TRUE(consumer->CloseDirection(Direction::kSend));  // it has none
  EXPECT_TRUE(consumer->CloseDirection(Direction::kReceive));
  blocked.join();
  EXPECT_TRUE(consumer->CloseDirection(Direction::kReceive));
}

}  // namespace
}  // namespace ipc_hammer

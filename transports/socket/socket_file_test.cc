// The name of a socket: its mode, its length, who owns it, and what the dead leave behind.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <string>

#include "transports/socket/unix_stream.h"
#include "transports/sys/test_process.h"

namespace ipc_hammer {
namespace {

class SocketFileTest : public testing::Test {
 protected:
  Errc Create(mode_t mode = 0600) {
    Result<std::unique_ptr<Channel>> channel = UnixStream().create(name_, {.mode = mode});
    if (!channel) return channel.error().code;
    channel_ = *std::move(channel);
    return Errc::kSystem;  // "no error" of this test
  }
  static constexpr Errc kDone = Errc::kSystem;

  // A listening or only bound socket of somebody who knows nothing of our locks.
  int BindForeign(int type, bool listens) {
    const int fd = ::socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path_.c_str(), sizeof(address.sun_path) - 1);
    EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    if (listens) EXPECT_EQ(::listen(fd, 1), 0);
    return fd;
  }
  std::size_t FilesLeft() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      ++count;
    }
    return count;
  }

  ScratchFolder folder_;
  ChannelName name_{.text = "name", .folder = folder_.path()};
  std::string path_ = folder_.path() + "/name.sock";
  std::unique_ptr<Channel> channel_;
};

TEST_F(SocketFileTest, ModeIsExactUnderAnyUmask) {
  const mode_t before = ::umask(0);
  for (const mode_t mask : {0000, 0022, 0077, 0177, 0777}) {
    for (const mode_t mode : {0600, 0660, 0666, 0777, 0200}) {
      ::umask(mask);
      ASSERT_EQ(Create(mode), kDone);
      struct stat file;
      EXPECT_EQ(::lstat(path_.c_str(), &file), 0);
      EXPECT_EQ(file.st_mode & 07777, mode) << std::oct << mask;
      channel_.reset();
    }
  }
  ::umask(before);
}

TEST_F(SocketFileTest, NothingIsLeftAtTheEnd) {
  ASSERT_EQ(Create(), kDone);
  channel_.reset();
  EXPECT_EQ(FilesLeft(), 0u);
}

TEST_F(SocketFileTest, UnlinkGivesTheNameFreeAndEndpointsGoOn) {
  ASSERT_EQ(Create(), kDone);
  const auto old_channel = std::move(channel_);
  const auto consumer = *old_channel->Attach(Role::kConsumer, Deadline::Now());
  const auto producer = *old_channel->Attach(Role::kProducer, Deadline::Now());
  EXPECT_TRUE(old_channel->Unlink());
  EXPECT_TRUE(old_channel->Unlink());
  EXPECT_EQ(FilesLeft(), 0u);
  ASSERT_EQ(Create(), kDone);
  std::byte byte{};
  EXPECT_TRUE(producer->Send({&byte, 1}, 0, Deadline::Now()));
  EXPECT_TRUE(consumer->Receive({&byte, 1}, Deadline::Now()));
}

TEST_F(SocketFileTest, LongNamesAreRefusedAndTheLongestIsNot) {
  const std::size_t room = 107 - folder_.path().size() - std::strlen("/.sock");
  name_.text = std::string(64, 'n');
  if (room < 64) name_.text.resize(room);
  ASSERT_EQ(Create(), kDone);
  channel_.reset();
  name_.folder = folder_.path() + "/" + std::string(100, 'f');
  EXPECT_EQ(Create(), Errc::kInvalidArgument);
  name_ = {.text = std::string(65, 'n'), .folder = folder_.path()};
  EXPECT_EQ(Create(), Errc::kInvalidArgument);
  name_.folder = folder_.path();
  for (const char* text : {"", ".hidden", "a/b", "..", "a b"}) {
    name_.text = text;
    EXPECT_EQ(Create(), Errc::kInvalidArgument) << text;
  }
  EXPECT_EQ(FilesLeft(), 0u);
}

TEST_F(SocketFileTest, AMissingFolderIsAnInvalidArgument) {
  name_.folder += "/missing";
  EXPECT_EQ(Create(), Errc::kInvalidArgument);
}

TEST_F(SocketFileTest, ADeadOwnersNameIsTakenOver) {
  for (int round = 0; round < 3; ++round) {
    const int status = RunInChild([&] {
      if (Create() != kDone) return 1;
      ::raise(SIGKILL);
      return 2;
    });
    ASSERT_EQ(status, -SIGKILL);
    EXPECT_EQ(UnixStream().open(name_, Role::kProducer, {}, Deadline::Now()).error().code,
              Errc::kNotFound);
    if (round == 0) {
      EXPECT_TRUE(UnixStream().unlink(name_));
      EXPECT_EQ(FilesLeft(), 0u);
      EXPECT_EQ(UnixStream().unlink(name_).error().code, Errc::kNotFound);
    }
  }
  ASSERT_EQ(Create(), kDone);
  EXPECT_TRUE(UnixStream().open(name_, Role::kProducer, {}, Deadline::Now()));
  channel_.reset();
  EXPECT_EQ(FilesLeft(), 0u);
}

TEST_F(SocketFileTest, AForeignListenersNameIsLeftAlone) {
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
    const int fd = BindForeign(type, type == SOCK_STREAM);
    EXPECT_EQ(Create(), Errc::kExists);
    EXPECT_EQ(UnixStream().unlink(name_).error().code, Errc::kExists);
    EXPECT_EQ(::access(path_.c_str(), F_OK), 0);
    ::close(fd);
    ASSERT_EQ(Create(), kDone);  // now it is nobody's
    channel_.reset();
  }
}

TEST_F(SocketFileTest, OtherTypesAndSymbolicLinksAreLeftAlone) {
  const std::string target = folder_.path() + "/target";
  const auto expect_untouched = [&] {
    EXPECT_EQ(Create(), Errc::kExists);
    EXPECT_EQ(UnixStream().unlink(name_).error().code, Errc::kExists);
    struct stat file;
    EXPECT_EQ(::lstat(path_.c_str(), &file), 0);
    EXPECT_EQ(::remove(path_.c_str()), 0);
  };
  ::close(::open(path_.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  expect_untouched();
  EXPECT_EQ(::symlink(target.c_str(), path_.c_str()), 0);
  expect_untouched();
  EXPECT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  expect_untouched();
  EXPECT_EQ(::mkdir(path_.c_str(), 0700), 0);
  expect_untouched();
  EXPECT_EQ(FilesLeft(), 0u);
}

TEST_F(SocketFileTest, AnotherUsersSocketIsLeftAlone) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  const int fd = BindForeign(SOCK_STREAM, false);
  ::close(fd);
  if (::chown(path_.c_str(), 65534, 65534) != 0) GTEST_SKIP() << "no second user here";
  EXPECT_EQ(Create(), Errc::kPermission);
  EXPECT_EQ(UnixStream().unlink(name_).error().code, Errc::kPermission);
}

TEST_F(SocketFileTest, ASuccessorsFileIsNotRemoved) {
  ASSERT_EQ(Create(), kDone);
  ASSERT_EQ(::unlink(path_.c_str()), 0);
  const int fd = BindForeign(SOCK_STREAM, false);
  channel_.reset();
  EXPECT_EQ(::access(path_.c_str(), F_OK), 0);
  ::close(fd);
}

TEST_F(SocketFileTest, WithoutDescriptorsCreateIsNoSpaceAndLeavesNothing) {
  ASSERT_EQ(Create(), kDone);
  channel_.reset();
  const std::set<int> before = OpenDescriptors();
  for (int spare = 0; spare < 2; ++spare) {
    const DescriptorLimit limit(spare);
    EXPECT_EQ(Create(), Errc::kNoSpace) << spare;
  }
  {
    const DescriptorLimit limit(2);
    EXPECT_EQ(Create(), kDone);
    EXPECT_EQ(channel_->Attach(Role::kConsumer, Deadline::Now()).error().code, Errc::kNoSpace);
    EXPECT_EQ(channel_->Attach(Role::kProducer, Deadline::Now()).error().code, Errc::kNoSpace);
    channel_.reset();
  }
  EXPECT_EQ(OpenDescriptors(), before);
  EXPECT_EQ(FilesLeft(), 0u);
}

}  // namespace
}  // namespace ipc_hammer

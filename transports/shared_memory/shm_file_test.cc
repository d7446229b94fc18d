// What the battery cannot see: where the file is, and a disk that is full.
#include "transports/shared_memory/shm_file.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "transports/sys/test_process.h"

namespace ipc_hammer {
namespace {

constexpr int kNoNamespaces = 77;
const Deadline kNow = Deadline::Now();

class ShmFileTest : public testing::Test {
 protected:
  std::vector<std::string> Files() const {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(name_.folder)) {
      files.push_back(entry.path().filename().string());
    }
    std::ranges::sort(files);
    return files;
  }

  ScratchFolder scratch_;
  ChannelName name_{.text = "ring", .folder = scratch_.path()};
  TransportKind kind_ = ShmFile();
};

TEST_F(ShmFileTest, TheFileIsInTheFolderWithItsLockAndBothGoWithTheChannel) {
  {
    const auto channel = kind_.create(name_, {});
    ASSERT_TRUE(channel) << ToString(channel.error());
    EXPECT_EQ(Files(), (std::vector<std::string>{"ring.shm", "ring.shm.lock"}));
  }
  EXPECT_TRUE(Files().empty());
}

TEST_F(ShmFileTest, AFolderThatIsNotThereIsNoFolderOfOurs) {
  name_.folder += "/nowhere";
  EXPECT_EQ(kind_.create(name_, {}).error().code, Errc::kInvalidArgument);
  EXPECT_EQ(kind_.open(name_, Role::kProducer, {}, kNow).error().code, Errc::kNotFound);
  EXPECT_EQ(kind_.unlink(name_).error().code, Errc::kNotFound);
}

TEST_F(ShmFileTest, AFolderWithANulIsRefusedAndNotCut) {
  name_.folder += std::string("\0x", 2);
  EXPECT_EQ(kind_.create(name_, {}).error().code, Errc::kInvalidArgument);
  EXPECT_EQ(kind_.open(name_, Role::kProducer, {}, kNow).error().code, Errc::kInvalidArgument);
  EXPECT_EQ(kind_.unlink(name_).error().code, Errc::kInvalidArgument);
}

// Mounts a disk of 128 KiB on `folder`, for this process only.
bool MountSmallDisk(const std::string& folder) {
  const int apart = geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS;
  return unshare(apart) == 0 && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         mount("small", folder.c_str(), "tmpfs", 0, "size=128k,mode=0700") == 0;
}

// Fills every slot of every message, so that each page of the file is written.
bool WritesAllOfIt(Channel& channel, const Options& options) {
  const auto producer = channel.Attach(Role::kProducer, kNow).value();
  const std::vector<std::byte> message(options.message_size_bytes, std::byte{1});
  for (std::size_t i = 0; i < options.capacity_messages; ++i) {
    if (!producer->Send(message, 0, kNow)) return false;
  }
  return true;
}

TEST_F(ShmFileTest, AFullDiskIsNoSpaceAtCreationAndNeverASignalLater) {
  const int said = RunInChild([this] {
    if (!MountSmallDisk(name_.folder)) return kNoNamespaces;
    Options options{.capacity_messages = 16, .message_size_bytes = 4096};
    auto small = kind_.create(name_, options);
    if (!small) return 1;
    const ChannelName other{.text = "other", .folder = name_.folder};
    if (kind_.create(other, options).error().code != Errc::kNoSpace) return 2;
    if (Files().size() != 2) return 3;
    return WritesAllOfIt(**small, options) ? 0 : 4;
  });
  if (said == kNoNamespaces) GTEST_SKIP() << "no mount namespace for this process";
  EXPECT_EQ(said, 0);
}

}  // namespace
}  // namespace ipc_hammer

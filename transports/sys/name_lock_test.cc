#include "transports/sys/name_lock.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace ipc_hammer {
namespace {

class NameLockTest : public testing::Test {
 protected:
  NameLockTest() {
    std::string pattern = testing::TempDir() + "/name_lock.XXXXXX";
    folder_ = mkdtemp(pattern.data());
    path_ = folder_ + "/lock";
  }
  ~NameLockTest() override {
    unlink(path_.c_str());
    rmdir(path_.c_str());
    EXPECT_EQ(rmdir(folder_.c_str()), 0) << "something is left in " << folder_;
  }

  bool Exists() const {
    struct stat status;
    return lstat(path_.c_str(), &status) == 0;
  }
  Errc AcquireError() const {
    Result<NameLock> lock = NameLock::Acquire(path_);
    return lock ? Errc::kWouldBlock : lock.error().code;  // kWouldBlock: it was acquired
  }

  std::string folder_;
  std::string path_;
};

// A child that runs `body`, then waits to be killed. `Started` returns once body is done.
class Child {
 public:
  template <typename Body>
  explicit Child(Body body) {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    pid_ = fork();
    if (pid_ == 0) {
      body();
      (void)!write(ends[1], "x", 1);
      for (;;) pause();
    }
    close(ends[1]);
    char byte;
    EXPECT_EQ(read(ends[0], &byte, 1), 1);
    close(ends[0]);
  }
  ~Child() { Kill(); }
  void Kill() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    pid_ = -1;
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
};

TEST_F(NameLockTest, IsExclusiveAndLeavesNothing) {
  {
    Result<NameLock> lock = NameLock::Acquire(path_);
    ASSERT_TRUE(lock) << ToString(lock.error());
    EXPECT_TRUE(lock->IsHeld());
    EXPECT_EQ(AcquireError(), Errc::kExists);
  }
  EXPECT_FALSE(Exists());
  EXPECT_EQ(AcquireError(), Errc::kWouldBlock);
}

TEST_F(NameLockTest, MovesKeepTheLock) {
  std::optional<NameLock> outer;
  {
    Result<NameLock> lock = NameLock::Acquire(path_);
    ASSERT_TRUE(lock);
    outer = *std::move(lock);
  }
  EXPECT_EQ(AcquireError(), Errc::kExists);
  outer.reset();
  EXPECT_FALSE(Exists());
}

TEST_F(NameLockTest, HasItsModeUnderAnyUmask) {
  for (const mode_t mask : {0000, 0022, 0077, 0177, 0277, 0777}) {
    const mode_t before = umask(mask);
    Result<NameLock> lock = NameLock::Acquire(path_);
    umask(before);
    ASSERT_TRUE(lock) << ToString(lock.error());
    struct stat status;
    ASSERT_EQ(lstat(path_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0600u) << "umask " << mask;
  }
}

TEST_F(NameLockTest, DiesWithItsHolder) {
  Child holder([this] { new NameLock(*NameLock::Acquire(path_)); });
  EXPECT_EQ(AcquireError(), Errc::kExists);
  holder.Kill();
  EXPECT_TRUE(Exists());
  EXPECT_EQ(AcquireError(), Errc::kWouldBlock);
}

TEST_F(NameLockTest, TakesOverALockFileOfAnyMode) {
  for (const mode_t mode : {0000, 0200, 0400, 0666}) {
    const int fd = open(path_.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    ASSERT_EQ(fchmod(fd, mode), 0);
    close(fd);
    EXPECT_EQ(AcquireError(), Errc::kWouldBlock) << "mode " << mode;
  }
}

TEST_F(NameLockTest, AForkedChildCannotReleaseIt) {
  Result<NameLock> lock = NameLock::Acquire(path_);
  ASSERT_TRUE(lock);
  const pid_t child = fork();
  if (child == 0) {
    lock->Release();
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(lock->IsHeld());
  EXPECT_EQ(AcquireError(), Errc::kExists);
}

// The holder is killed while its own child lives on.
TEST_F(NameLockTest, AChildThatDroppedItsCopyDoesNotProlongIt) {
  for (const bool drops : {false, true}) {
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    Child holder([&] {
      NameLock* lock = new NameLock(*NameLock::Acquire(path_));
      const pid_t grandchild = fork();
      if (grandchild == 0) {
        if (drops) lock->DropInChild();
        (void)!write(ends[1], "x", 1);
        for (;;) pause();
      }
      (void)!write(ends[1], &grandchild, sizeof grandchild);
    });
    // The grandchild's byte and its parent's message come in either order.
    char bytes[1 + sizeof(pid_t)];
    size_t got = 0;
    while (got < sizeof bytes) {
      const ssize_t n = read(ends[0], bytes + got, sizeof bytes - got);
      ASSERT_GT(n, 0);
      got += static_cast<size_t>(n);
    }
    pid_t grandchild;
    memcpy(&grandchild, bytes[0] == 'x' ? bytes + 1 : bytes, sizeof grandchild);
    close(ends[0]);
    close(ends[1]);
    holder.Kill();
    EXPECT_EQ(AcquireError(), drops ? Errc::kWouldBlock : Errc::kExists);
    kill(grandchild, SIGKILL);
    // It is not our child: its copy is gone when the lock is.
    while (AcquireError() == Errc::kExists) std::this_thread::yield();
  }
}

TEST_F(NameLockTest, LeavesOtherObjectsAlone) {
  const std::string target = folder_ + "/target";
  ASSERT_EQ(symlink(target.c_str(), path_.c_str()), 0);
  EXPECT_EQ(AcquireError(), Errc::kExists);
  EXPECT_NE(access(target.c_str(), F_OK), 0) << "the symbolic link was followed";
  unlink(path_.c_str());

  ASSERT_EQ(mkdir(path_.c_str(), 0700), 0);
  EXPECT_EQ(AcquireError(), Errc::kExists);
  rmdir(path_.c_str());

  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(AcquireError(), Errc::kExists);
  EXPECT_TRUE(Exists());
}

TEST_F(NameLockTest, SaysThatTheFolderIsMissing) {
  EXPECT_EQ(NameLock::Acquire(folder_ + "/none/lock").error().code, Errc::kNotFound);
}

// Someone removed our lock file and another process took the name: it is theirs now.
TEST_F(NameLockTest, DoesNotRemoveASuccessorsFile) {
  {
    Result<NameLock> lock = NameLock::Acquire(path_);
    ASSERT_TRUE(lock);
    unlink(path_.c_str());
    EXPECT_FALSE(lock->IsHeld());
    close(open(path_.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  }
  EXPECT_TRUE(Exists());
}

// A lock on a file that its last holder has just removed must not count. The yield keeps the lock
// over a time slice, so that two holders would meet.
TEST_F(NameLockTest, ManyAcquirersNeverShareIt) {
  std::atomic<int> inside = 0;
  std::atomic<int> acquired = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      while (acquired.load() < 2000) {
        Result<NameLock> lock = NameLock::Acquire(path_);
        if (!lock) continue;
        EXPECT_EQ(inside.fetch_add(1), 0);
        std::this_thread::yield();
        acquired.fetch_add(1);
        inside.fetch_sub(1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace ipc_hammer

#include "transports/shared_memory/lock_free/role_lock.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <string>

#include "transports/sys/test_process.h"

namespace ipc_hammer {
namespace {

const Deadline kNow = Deadline::Now();

class RoleLockTest : public testing::Test {
 protected:
  RoleLockTest() {
    std::string path = folder_.path() + "/XXXXXX";
    object_ = FileDescriptor(mkostemp(path.data(), O_CLOEXEC));
    unlink(path.c_str());  // a name is not needed
  }

  Result<RoleLock> Acquire(Role role, Deadline deadline = kNow) {
    return RoleLock::Acquire(OpenAgain(object_).value(), role, deadline);
  }
  Errc ErrorOf(Role role) {
    const Result<RoleLock> lock = Acquire(role);
    return lock ? Errc::kExists : lock.error().code;  // kExists: it was acquired
  }

  ScratchFolder folder_;
  FileDescriptor object_;
};

TEST_F(RoleLockTest, OneOfEachRole) {
  const Result<RoleLock> producer = Acquire(Role::kProducer);
  ASSERT_TRUE(producer);
  {
    EXPECT_EQ(ErrorOf(Role::kProducer), Errc::kWouldBlock);
    const Result<RoleLock> consumer = Acquire(Role::kConsumer);
    EXPECT_TRUE(consumer);
    EXPECT_EQ(ErrorOf(Role::kConsumer), Errc::kWouldBlock);
  }
  EXPECT_EQ(ErrorOf(Role::kConsumer), Errc::kExists);
  EXPECT_EQ(Acquire(Role::kProducer, Deadline::After(std::chrono::milliseconds(5))).error().code,
            Errc::kTimedOut);
}

TEST_F(RoleLockTest, ADeadProcessesRoleIsFreeAndAWaiterGetsIt) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t holder = ForkChild([&] {
    const Result<RoleLock> lock = Acquire(Role::kProducer);
    if (!lock || write(ends[1], "x", 1) != 1) return 1;
    for (;;) pause();
  });
  char byte;
  ASSERT_EQ(read(ends[0], &byte, 1), 1);
  EXPECT_EQ(ErrorOf(Role::kProducer), Errc::kWouldBlock);
  kill(holder, SIGKILL);
  EXPECT_TRUE(Acquire(Role::kProducer, Deadline::Never()));
  EXPECT_EQ(WaitForExit(holder), -SIGKILL);
  close(ends[0]);
  close(ends[1]);
}

TEST_F(RoleLockTest, AChildsCopyReleasesNothing) {
  Result<RoleLock> lock = Acquire(Role::kConsumer);
  ASSERT_TRUE(lock);
  EXPECT_EQ(RunInChild([&] {
              lock = std::unexpected(Error{});
              return 0;
            }),
            0);
  EXPECT_EQ(ErrorOf(Role::kConsumer), Errc::kWouldBlock);
}

}  // namespace
}  // namespace ipc_hammer

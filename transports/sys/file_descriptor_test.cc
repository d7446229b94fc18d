#include "transports/sys/file_descriptor.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <utility>

namespace ipc_hammer {
namespace {

bool IsOpen(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }
FileDescriptor OpenNull() { return FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

TEST(FileDescriptor, ClosesAtTheEndOfItsLife) {
  int fd = -1;
  {
    const FileDescriptor owner = OpenNull();
    fd = owner.get();
    EXPECT_TRUE(IsOpen(fd));
  }
  EXPECT_FALSE(IsOpen(fd));
}

TEST(FileDescriptor, MovedFromOwnsNothing) {
  FileDescriptor first = OpenNull();
  const int fd = first.get();
  FileDescriptor second = std::move(first);
  first.Close();
  EXPECT_TRUE(IsOpen(fd));
  EXPECT_EQ(second.get(), fd);
}

TEST(FileDescriptor, AssignmentClosesWhatWasOwned) {
  FileDescriptor first = OpenNull();
  const int fd = first.get();
  first = OpenNull();
  EXPECT_FALSE(IsOpen(fd));
  EXPECT_TRUE(IsOpen(first.get()));
}

TEST(FileDescriptor, CloseIsDoneOnceAndKeepsErrno) {
  FileDescriptor owner = OpenNull();
  const int fd = owner.get();
  owner.Close();
  const FileDescriptor reuser = OpenNull();
  ASSERT_EQ(reuser.get(), fd);
  errno = ENOSPC;
  owner.Close();
  EXPECT_TRUE(IsOpen(fd));
  EXPECT_EQ(errno, ENOSPC);
}

TEST(FileDescriptor, DuplicateIsCloseOnExec) {
  const FileDescriptor owner = OpenNull();
  const Result<FileDescriptor> copy = owner.Duplicate();
  ASSERT_TRUE(copy);
  EXPECT_NE(copy->get(), owner.get());
  EXPECT_EQ(::fcntl(copy->get(), F_GETFD), FD_CLOEXEC);
  EXPECT_EQ(FileDescriptor().Duplicate().error().code, Errc::kInvalidArgument);
}

}  // namespace
}  // namespace ipc_hammer

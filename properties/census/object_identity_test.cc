#include "properties/census/object_identity.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "properties/testing/sandbox_main.h"

namespace ipc_hammer {
namespace {

TEST(ObjectIdentityTest, TellsTheSameNameFromTheSameObject) {
  const std::string path = TestSandbox().scratch_folder + "/identity";
  const int first = open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  EXPECT_EQ(*IdentityOf(first), *IdentityOfPath(path));
  unlink(path.c_str());
  EXPECT_EQ(IdentityOfPath(path).error().code, Errc::kNotFound);
  const int second = open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  EXPECT_NE(*IdentityOf(first), *IdentityOfPath(path));
  unlink(path.c_str());
  close(first);
  close(second);
  EXPECT_EQ(IdentityOf(first).error().code, Errc::kInvalidArgument);
}

}  // namespace
}  // namespace ipc_hammer

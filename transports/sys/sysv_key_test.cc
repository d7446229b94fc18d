#include "transports/sys/sysv_key.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/sem.h>
#include <unistd.h>

#include <random>
#include <set>
#include <string>

#include "transports/sys/test_process.h"

namespace ipc_hammer {
namespace {

constexpr key_t kOwnerBit = 1 << 30;
constexpr int kNoOther = 77;

// A name of this test's own, whose key has no object before or after.
class SysvOwnerTest : public testing::Test {
 protected:
  SysvOwnerTest() { EXPECT_EQ(OwnersSet(), -1); }
  ~SysvOwnerTest() override {
    EXPECT_EQ(OwnersSet(), -1) << "a set is left";
    semctl(OwnersSet(), 0, IPC_RMID);
  }

  int OwnersSet() const { return semget(SysvKey("kind", text_) | kOwnerBit, 0, 0); }
  Result<SysvOwner> Claim() const { return SysvOwner::Claim("kind", text_); }
  Errc ClaimError() const {
    const Result<SysvOwner> owner = Claim();
    return owner ? Errc::kWouldBlock : owner.error().code;  // kWouldBlock: it was claimed
  }

  const std::string text_ = "sysv_key_test" + std::to_string(std::random_device{}());
};

TEST(SysvKeyTest, KeysDifferAndAreNeverPrivateNorAnOwners) {
  std::set<key_t> keys;
  for (int i = 0; i < 1000; ++i) {
    const key_t key = SysvKey("kind", "name" + std::to_string(i));
    EXPECT_GT(key, IPC_PRIVATE);
    EXPECT_EQ(key & kOwnerBit, 0);
    keys.insert(key);
  }
  EXPECT_EQ(keys.size(), 1000U);
  EXPECT_NE(SysvKey("a", "x"), SysvKey("b", "x"));
}

TEST_F(SysvOwnerTest, OnlyOneHasTheRight) {
  {
    const Result<SysvOwner> owner = Claim();
    ASSERT_TRUE(owner) << ToString(owner.error());
    EXPECT_TRUE(owner->IsHeld());
    EXPECT_EQ(ClaimError(), Errc::kExists);
    EXPECT_EQ(RunInChild([this] { return static_cast<int>(ClaimError()); }),
              static_cast<int>(Errc::kExists));
  }
  EXPECT_EQ(ClaimError(), Errc::kWouldBlock);
}

TEST_F(SysvOwnerTest, ADeadOwnersRightIsTakenAtOnce) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(RunInChild([this] {
                const Result<SysvOwner> owner = Claim();
                return owner ? raise(SIGKILL) : 1;
              }),
              -SIGKILL);
    EXPECT_GE(OwnersSet(), 0) << "a killed owner removes nothing";
  }
  const Result<SysvOwner> owner = Claim();
  ASSERT_TRUE(owner);
  EXPECT_TRUE(owner->IsHeld());
}

TEST_F(SysvOwnerTest, AChildNeitherHoldsNorReleasesNorProlongs) {
  Result<SysvOwner> owner = Claim();
  ASSERT_TRUE(owner);
  EXPECT_EQ(RunInChild([&] {
              if (owner->IsHeld()) return 1;
              owner->Release();
              return 0;
            }),
            0);
  EXPECT_TRUE(owner->IsHeld());
  owner->Release();
  EXPECT_FALSE(owner->IsHeld());
}

TEST_F(SysvOwnerTest, ARightThatWasTakenAwayIsNotHeld) {
  Result<SysvOwner> old_owner = Claim();
  ASSERT_TRUE(old_owner);
  ASSERT_EQ(semctl(OwnersSet(), 0, IPC_RMID), 0);
  EXPECT_FALSE(old_owner->IsHeld());
  const Result<SysvOwner> successor = Claim();
  ASSERT_TRUE(successor);
  old_owner->Release();
  EXPECT_TRUE(successor->IsHeld());
}

TEST_F(SysvOwnerTest, AnotherSetUnderTheKeyIsLeftAlone) {
  const int planted = semget(SysvKey("kind", text_) | kOwnerBit, 2, IPC_CREAT | IPC_EXCL | 0600);
  ASSERT_GE(planted, 0);
  EXPECT_EQ(ClaimError(), Errc::kExists);
  EXPECT_EQ(OwnersSet(), planted);
  semctl(planted, 0, IPC_RMID);
}

// Only a root with more than one user can become another.
TEST_F(SysvOwnerTest, AnotherUsersSetIsRefused) {
  const Result<SysvOwner> owner = Claim();
  ASSERT_TRUE(owner);
  const int said = RunInChild([this] {
    if (setresgid(1234, 1234, 1234) != 0 || setresuid(1234, 1234, 1234) != 0) return kNoOther;
    return static_cast<int>(ClaimError());
  });
  if (said == kNoOther) GTEST_SKIP() << "there is no second user";
  EXPECT_EQ(said, static_cast<int>(Errc::kPermission));
}

}  // namespace
}  // namespace ipc_hammer

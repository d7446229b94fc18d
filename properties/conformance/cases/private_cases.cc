// Rule private: objects carry exactly the requested mode under any umask; another user is refused.
#include <sys/stat.h>

#include <map>
#include <string>

#include "properties/conformance/actors.h"
#include "properties/conformance/bench.h"
#include "properties/conformance/case.h"
#include "properties/conformance/surroundings.h"
#include "properties/sandbox/sandbox.h"
#include "properties/testing/test_sandbox.h"

namespace ipc_hammer {
namespace {

class ScopedUmask {
 public:
  explicit ScopedUmask(mode_t mask) : before_(umask(mask)) {}
  ~ScopedUmask() { umask(before_); }
  ScopedUmask(const ScopedUmask&) = delete;
  ScopedUmask& operator=(const ScopedUmask&) = delete;

 private:
  mode_t before_;
};

std::map<std::string, mode_t> AllObjects() {
  std::map<std::string, mode_t> objects = NamedObjects();
  objects.merge(SystemVObjects());
  return objects;
}

CONFORMANCE_CASE(Private, EveryObjectHasTheRequestedModeUnderAnyUmask,
                 traits.reach == Reach::kStrangers) {
  Options options = UsualOptions(kind.traits);
  for (const mode_t mask : {0000, 0022, 0077, 0177}) {
    for (const mode_t mode : {0600, 0640, 0660, 0666}) {
      options.mode = mode;
      const ScopedUmask scoped_umask(mask);
      const auto before = AllObjects();
      const auto channel = kind.create(FreshName(), options);
      ASSERT_EQ(Said(channel), "ok");
      bool exact = false;
      const auto made = Added(before, AllObjects());
      for (const auto& [path, object_mode] : made) {
        exact |= (object_mode & 07777) == mode;
        // A companion, such as a lock file, may be for its owner alone.
        EXPECT_TRUE((object_mode & 07777) == mode || (object_mode & 07777) == 0600)
            << path << " has mode 0" << std::oct << (object_mode & 07777) << ", asked for 0"
            << mode;
      }
      EXPECT_TRUE(exact || made.empty()) << "no object has mode 0" << std::oct << mode;
    }
  }
}

// How another user's attempt to open the channel ended, as an exit status.
int OpenAsSecondUser(const TransportKind& kind, const Bench& bench, Role role) {
  if (!BecomeSecondUser(TestSandbox())) return 99;
  const auto endpoint = kind.open(bench.name, role, bench.options, Deadline::Now());
  return endpoint ? 98 : static_cast<int>(endpoint.error().code);
}

CONFORMANCE_CASE(Private, AnotherUserIsRefused, traits.reach == Reach::kStrangers) {
  if (!TestSandbox().second_uid) GTEST_SKIP() << "no second user in this sandbox";
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  for (const Role role : {Role::kProducer, Role::kConsumer}) {
    if (role == Role::kConsumer && kind.traits.consumer_is_creator) continue;
    ChildActor stranger([&] { return OpenAsSecondUser(kind, bench, role); });
    EXPECT_EQ(stranger.Wait(), "exit " + std::to_string(static_cast<int>(Errc::kPermission)));
  }
  EXPECT_EQ(bench.Works(), "ok");
}

int UnlinkAsSecondUser(const TransportKind& kind, const Bench& bench) {
  if (!BecomeSecondUser(TestSandbox())) return 99;
  return kind.unlink(bench.name) ? 98 : 0;
}

CONFORMANCE_CASE(Private, AnotherUserCannotRemoveTheName, traits.reach == Reach::kStrangers) {
  if (!TestSandbox().second_uid) GTEST_SKIP() << "no second user in this sandbox";
  const auto before = NamedObjects();
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  const auto made = Added(before, NamedObjects());
  ChildActor stranger([&] { return UnlinkAsSecondUser(kind, bench); });
  EXPECT_EQ(stranger.Wait(), "exit 0");
  EXPECT_EQ(Added(before, NamedObjects()), made);
  EXPECT_EQ(bench.Works(), "ok");
}

}  // namespace
}  // namespace ipc_hammer

// Rule private: objects carry exactly the requested mode under any umask; another user is refused.
#include <sys/eventfd.h>
#include <sys/stat.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "properties/conformance/actors.h"
#include "properties/conformance/bench.h"
#include "properties/conformance/case.h"
#include "properties/conformance/surroundings.h"
#include "properties/sandbox/sandbox.h"
#include "properties/testing/test_sandbox.h"
#include "transports/sys/file_descriptor.h"

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
int OpenAsSecondUser(const TransportKind& kind, const Bench& bench, Role role, Groups groups) {
  if (!BecomeSecondUser(TestSandbox(), groups)) return 99;
  Options options = bench.options;
  options.mode = 0666;  // he minds nobody
  const auto endpoint = kind.open(bench.name, role, options, Deadline::Now());
  return endpoint ? 98 : static_cast<int>(endpoint.error().code);
}

CONFORMANCE_CASE(Private, AnotherUserIsRefused, traits.reach == Reach::kStrangers) {
  if (!TestSandbox().second_uid) GTEST_SKIP() << "no second user in this sandbox";
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  for (const Role role : {Role::kProducer, Role::kConsumer}) {
    if (role == Role::kConsumer && kind.traits.consumer_is_creator) continue;
    for (const Groups groups : {Groups::kItsOwn, Groups::kOurs}) {
      ChildActor stranger([&] { return OpenAsSecondUser(kind, bench, role, groups); });
      EXPECT_EQ(stranger.Wait(), "exit " + std::to_string(static_cast<int>(Errc::kPermission)))
          << (groups == Groups::kOurs ? "in the owner's group" : "in a group of its own");
    }
  }
  EXPECT_EQ(bench.Works(), "ok");
}

constexpr std::chrono::milliseconds kLongEnoughToOpen{300};

// What another user has made under the name, open to all, is not what its own user would have made:
// whoever takes it tells his messages to somebody else.
CONFORMANCE_CASE(Private, WhatAnotherUserMadeUnderTheNameIsNotTaken,
                 traits.reach == Reach::kStrangers) {
  if (!TestSandbox().second_uid) GTEST_SKIP() << "no second user in this sandbox";
  const ChannelName name = FreshName();
  const Options own = UsualOptions(kind.traits);
  const FileDescriptor made(eventfd(0, EFD_CLOEXEC)), looked(eventfd(0, EFD_CLOEXEC));
  eventfd_t once = 1;
  ChildActor stranger([&] {
    if (!BecomeSecondUser(TestSandbox())) return 1;
    Options options = own;
    options.mode = 0666;
    const auto channel = kind.create(name, options);
    // Where an opener needs somebody to receive, there is somebody.
    std::unique_ptr<Endpoint> consumer;
    if (channel) consumer = (*channel)->Attach(Role::kConsumer, Soon()).value_or(nullptr);
    eventfd_write(made.get(), 1);
    eventfd_read(looked.get(), &once);
    return channel ? 0 : 2;
  });
  eventfd_read(made.get(), &once);
  for (const Role role : {Role::kProducer, Role::kConsumer}) {
    if (role == Role::kConsumer && kind.traits.consumer_is_creator) continue;
    EXPECT_NE(Said(kind.open(name, role, own, Deadline::After(kLongEnoughToOpen))), "ok");
  }
  EXPECT_NE(Said(kind.create(name, own)), "ok");
  eventfd_write(looked.get(), 1);
  EXPECT_EQ(stranger.Wait(), "exit 0");
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

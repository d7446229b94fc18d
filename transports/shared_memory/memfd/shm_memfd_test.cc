// What the battery cannot see: the seals, clients and servers that mean harm, and the thread.
#include "transports/shared_memory/memfd/shm_memfd.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "transports/shared_memory/memfd/descriptor_server.h"
#include "transports/shared_memory/memfd/sealed_memfd.h"
#include "transports/socket/descriptor_passing.h"
#include "transports/socket/unix_address.h"
#include "transports/sys/test_process.h"

namespace ipc_hammer {
namespace {

const Deadline kNow = Deadline::Now();
constexpr int kNoOther = 77;

std::ptrdiff_t Threads() {
  using Iterator = std::filesystem::directory_iterator;
  return std::distance(Iterator("/proc/self/task"), Iterator());
}

// A name of this test's own; at the end there are no more descriptors and threads than before.
class ShmMemfdTest : public testing::Test {
 protected:
  ShmMemfdTest() {
    name_.text = "memfd_test." + std::to_string(std::random_device{}()) + std::to_string(getpid());
    std::thread([] {}).join();  // the first thread brings a sanitizer's own with it
    threads_ = Threads();
    descriptors_ = OpenDescriptors();
  }
  ~ShmMemfdTest() override {
    // The kernel shows a thread for a moment after it was joined.
    const Deadline soon = Deadline::After(std::chrono::seconds(20));
    while (Threads() != threads_ && !soon.HasPassed()) std::this_thread::yield();
    EXPECT_EQ(Threads(), threads_);
    EXPECT_EQ(OpenDescriptors(), descriptors_);
  }

  UnixAddress Address() const { return UnixAddress::Abstract(name_, "shm_memfd").value(); }
  static FileDescriptor NewClient() {
    return FileDescriptor(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  }
  void ConnectTo(const FileDescriptor& client) const {
    const UnixAddress address = Address();
    EXPECT_EQ(connect(client.get(), address.data(), address.size()), 0);
  }
  FileDescriptor Connect() const {
    FileDescriptor client = NewClient();
    ConnectTo(client);
    return client;
  }
  Errc OpenError(Deadline deadline = kNow) {
    const auto end = kind_.open(name_, Role::kConsumer, options_, deadline);
    return end ? Errc::kWouldBlock : end.error().code;  // kWouldBlock: it was opened
  }
  // What an opener says of a server that answers with `word` and these descriptors.
  Errc OpenErrorOf(char word, const std::vector<int>& descriptors) {
    const FileDescriptor listener = BindServerName(Address()).value();
    EXPECT_EQ(listen(listener.get(), 1), 0);
    Errc said{};
    std::thread opener([&] { said = OpenError(Deadline::Never()); });
    FileDescriptor connection;
    while (!connection.is_open()) {
      connection = FileDescriptor(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
      std::this_thread::yield();
    }
    const auto byte = static_cast<std::byte>(word);
    EXPECT_TRUE(SendWithDescriptors(connection.get(), {&byte, 1}, descriptors, kNow));
    opener.join();
    return said;
  }

  TransportKind kind_ = ShmMemfd();
  ChannelName name_;
  Options options_;
  std::ptrdiff_t threads_;
  std::set<int> descriptors_;
};

TEST_F(ShmMemfdTest, NobodyCanResizeTheFileOrTakeTheSealsAway) {
  const auto channel = kind_.create(name_, options_);
  ASSERT_TRUE(channel) << ToString(channel.error());
  const auto file = FetchDescriptor(Address(), 0600, kNow);
  ASSERT_TRUE(file) << ToString(file.error());
  const auto size = CheckSealedMemfd(file->get());
  ASSERT_TRUE(size);
  EXPECT_NE(ftruncate(file->get(), 0), 0);
  EXPECT_NE(ftruncate(file->get(), static_cast<off_t>(*size) * 2), 0);
  EXPECT_NE(fcntl(file->get(), F_ADD_SEALS, F_SEAL_WRITE), 0);
  struct stat status;
  ASSERT_EQ(fstat(file->get(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  EXPECT_NE(fcntl(file->get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(ShmMemfdTest, AnythingButOneSealedRingIsCorrupt) {
  const FileDescriptor good = MakeSealedMemfd(4096, 0600).value();
  const FileDescriptor unsealed(memfd_create("unsealed", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  ASSERT_EQ(ftruncate(unsealed.get(), 4096), 0);
  const FileDescriptor shrinkable(memfd_create("shrinks", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  ASSERT_EQ(fcntl(shrinkable.get(), F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SEAL), 0);
  const FileDescriptor read_only(
      open(("/proc/self/fd/" + std::to_string(good.get())).c_str(), O_RDONLY | O_CLOEXEC));
  const FileDescriptor device(open("/dev/zero", O_RDWR | O_CLOEXEC));
  const struct {
    const char* what;
    char word;
    std::vector<int> descriptors;
  } answers[] = {{"zeroes instead of a ring", 'h', {good.get()}},
                 {"no seals", 'h', {unsealed.get()}},
                 {"may shrink", 'h', {shrinkable.get()}},
                 {"read only", 'h', {read_only.get()}},
                 {"a device", 'h', {device.get()}},
                 {"no descriptor", 'h', {}},
                 {"two descriptors", 'h', {good.get(), good.get()}},
                 {"refused with a descriptor", 'r', {good.get()}},
                 {"an unknown word", '?', {good.get()}}};
  for (const auto& answer : answers) {
    EXPECT_EQ(OpenErrorOf(answer.word, answer.descriptors), Errc::kCorrupt) << answer.what;
  }
  EXPECT_EQ(OpenErrorOf('r', {}), Errc::kPermission);
  EXPECT_EQ(OpenErrorOf('n', {}), Errc::kNoSpace);
}

TEST_F(ShmMemfdTest, AServerThatNeverAnswersIsLeftAtTheDeadline) {
  const FileDescriptor listener = BindServerName(Address()).value();
  EXPECT_EQ(OpenError(), Errc::kNotFound) << "a name that does not listen yet";
  ASSERT_EQ(listen(listener.get(), 1), 0);
  EXPECT_EQ(OpenError(Deadline::After(kAnswerPatience / 100)), Errc::kTimedOut);
}

TEST_F(ShmMemfdTest, AServerThatGoesAwayIsNotFound) {
  FileDescriptor listener = BindServerName(Address()).value();
  ASSERT_EQ(listen(listener.get(), 1), 0);
  std::atomic<pid_t> id = 0;
  std::thread opener([&] {
    id = gettid();
    EXPECT_EQ(OpenError(Deadline::Never()), Errc::kNotFound);
  });
  WaitUntilAsleep([&] { return id.load(); });
  listener.Close();
  opener.join();
}

// Clients that ask for nothing, send garbage, do not read or are gone: the next one is served.
TEST_F(ShmMemfdTest, SilentAndHostileClientsHoldNothingUp) {
  const auto channel = kind_.create(name_, options_);
  ASSERT_TRUE(channel);
  std::vector<FileDescriptor> silent;
  for (int i = 0; i < 300; ++i) silent.push_back(Connect());
  for (int i = 0; i < 50; ++i) Connect().Close();
  std::array<char, 4096> garbage{};
  for (FileDescriptor& client : silent) {
    (void)send(client.get(), garbage.data(), garbage.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  EXPECT_EQ(OpenError(), Errc::kWouldBlock);
}

TEST_F(ShmMemfdTest, ManyOpenAtOnce) {
  const auto channel = kind_.create(name_, options_);
  ASSERT_TRUE(channel);
  std::vector<std::thread> openers;
  for (int i = 0; i < 16; ++i) {
    openers.emplace_back([this] {
      for (int n = 0; n < 20; ++n) EXPECT_EQ(OpenError(), Errc::kWouldBlock);
    });
  }
  for (std::thread& opener : openers) opener.join();
}

// The creator has no descriptor left to accept with when a client comes, and one again later.
TEST_F(ShmMemfdTest, AServerOutOfDescriptorsAnswersLater) {
  const auto channel = kind_.create(name_, options_);
  ASSERT_TRUE(channel);
  const FileDescriptor client = NewClient();
  std::byte word{};
  {
    const DescriptorLimit limit(0);
    ConnectTo(client);
    const Deadline soon = Deadline::After(5 * kOutOfDescriptors);
    EXPECT_EQ(ReceiveWithDescriptors(client.get(), {&word, 1}, 1, soon).error().code,
              Errc::kTimedOut);
  }
  EXPECT_TRUE(ReceiveWithDescriptors(client.get(), {&word, 1}, 1, Deadline::Never()));
}

TEST_F(ShmMemfdTest, UnlinkFreesTheNameAndKeepsTheEndpoints) {
  const auto old_channel = kind_.create(name_, options_);
  ASSERT_TRUE(old_channel);
  const auto producer = (*old_channel)->Attach(Role::kProducer, kNow);
  EXPECT_TRUE((*old_channel)->Unlink());
  EXPECT_TRUE((*old_channel)->Unlink());
  EXPECT_EQ(OpenError(), Errc::kNotFound);
  const auto successor = kind_.create(name_, options_);
  ASSERT_TRUE(successor);
  EXPECT_TRUE((*producer)->Send({}, 0, kNow));
  std::array<std::byte, 4096> buffer;
  EXPECT_TRUE((*old_channel)->Attach(Role::kConsumer, kNow).value()->Receive(buffer, kNow));
}

// A child has no thread to join and none to serve with; its end is not its parent's.
TEST_F(ShmMemfdTest, AChildNeedsNoThread) {
  auto channel = kind_.create(name_, options_);
  ASSERT_TRUE(channel);
  EXPECT_EQ(RunInChild([&] {
              const bool refused = (*channel)->Unlink().error().code == Errc::kPermission;
              const auto producer = (*channel)->Attach(Role::kProducer, kNow);
              (*channel)->Detach();
              const bool opened = OpenError() == Errc::kWouldBlock;
              const bool sent = (*producer)->Send({}, 0, kNow).has_value();
              channel->reset();
              return refused && opened && sent ? 0 : 1;
            }),
            0);
  EXPECT_EQ(OpenError(), Errc::kWouldBlock);
  std::array<std::byte, 4096> buffer;
  EXPECT_TRUE((*channel)->Attach(Role::kConsumer, kNow).value()->Receive(buffer, kNow));
}

// A killed creator's child still has the listening socket, and lets go of it in Detach().
TEST_F(ShmMemfdTest, AChildThatDetachedDoesNotProlongTheName) {
  int go[2];
  int done[2];
  ASSERT_EQ(pipe2(go, O_CLOEXEC), 0);
  ASSERT_EQ(pipe2(done, O_CLOEXEC), 0);
  const pid_t creator = ForkChild([&] {
    const auto channel = kind_.create(name_, options_);
    if (!channel) return 1;
    ForkChild([&] {
      (*channel)->Detach();
      (void)write(done[1], "x", 1);
      char byte;
      close(go[1]);
      return static_cast<int>(read(go[0], &byte, 1));
    });
    return pause();
  });
  char byte;
  EXPECT_EQ(read(done[0], &byte, 1), 1);
  kill(creator, SIGKILL);
  WaitForExit(creator);
  EXPECT_TRUE(kind_.create(name_, options_));
  for (const int fd : {go[0], go[1], done[0], done[1]}) close(fd);
}

// Only a root with more than one user can become another.
TEST_F(ShmMemfdTest, AnotherUserIsRefusedUnlessTheModeLetsHimIn) {
  for (const mode_t mode : {0600, 0660, 0640, 0644, 0666}) {
    options_.mode = mode;
    const auto channel = kind_.create(name_, options_);
    ASSERT_TRUE(channel);
    const int said = RunInChild([this] {
      options_.mode = 0666;  // the client would take it
      if (setresgid(1234, 1234, 1234) != 0 || setresuid(1234, 1234, 1234) != 0) return kNoOther;
      return static_cast<int>(OpenError());
    });
    if (said == kNoOther) GTEST_SKIP() << "there is no second user";
    const Errc expected = mode == 0666 ? Errc::kWouldBlock : Errc::kPermission;
    EXPECT_EQ(said, static_cast<int>(expected)) << std::oct << mode;
  }
}

}  // namespace
}  // namespace ipc_hammer

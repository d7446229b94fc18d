// Rule hostile-peer, of kinds that strangers can call: whoever connects to a socket of the
// channel's, or sends it a datagram, without being one of its endpoints, holds up nobody, harms
// nobody and leaves nothing behind. What he says may be received as messages, or be an error.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <random>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "properties/conformance/bench.h"
#include "properties/conformance/case.h"
#include "properties/conformance/surroundings.h"
#include "transports/sys/file_descriptor.h"

namespace ipc_hammer {
namespace {

// SCM_MAX_FD of the kernel: as many descriptors as one message carries.
constexpr std::size_t kDescriptorsMax = 253;
// What the callers said, in as many errors and messages as it may be received.
constexpr int kForeignMax = 10'000;

constexpr bool CanBeCalled(const Traits& traits) {
  const bool by_socket = traits.mechanism == MechanismFamily::kSocket ||
                         (traits.mechanism == MechanismFamily::kSharedMemory &&
                          traits.persistence == Persistence::kProcess);
  return by_socket && traits.reach == Reach::kStrangers && traits.shape == Shape::kMessages &&
         !traits.lossy;
}

// Where a socket of this process can be reached.
struct Door {
  int type = 0;
  sockaddr_storage address{};
  socklen_t size = sizeof(sockaddr_storage);

  bool IsUnix() const { return address.ss_family == AF_UNIX; }
};

int Option(int descriptor, int option) {
  int value = 0;
  socklen_t size = sizeof value;
  return getsockopt(descriptor, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

std::vector<Door> DoorsAmong(const std::set<int>& descriptors) {
  std::vector<Door> doors;
  for (const int descriptor : descriptors) {
    Door door{.type = Option(descriptor, SO_TYPE)};
    const bool listens = Option(descriptor, SO_ACCEPTCONN) == 1;
    if (!listens && door.type != SOCK_DGRAM) continue;
    auto* const address = reinterpret_cast<sockaddr*>(&door.address);
    if (getsockname(descriptor, address, &door.size) != 0) continue;
    if (door.size > sizeof(sa_family_t)) doors.push_back(door);
  }
  return doors;
}

class Caller {
 public:
  explicit Caller(const Door& door)
      : socket_(socket(door.address.ss_family, door.type | SOCK_CLOEXEC, 0)) {
    const auto* const address = reinterpret_cast<const sockaddr*>(&door.address);
    is_through_ = connect(socket_.get(), address, door.size) == 0;
  }
  bool is_through() const { return is_through_; }

  // What the other side does not want to hear is no failure.
  void Say(std::span<const std::byte> bytes, std::span<const int> descriptors = {}) {
    iovec part{.iov_base = const_cast<std::byte*>(bytes.data()), .iov_len = bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(kDescriptorsMax * sizeof(int))> control{};
    if (!descriptors.empty()) {
      message.msg_control = control.data();
      message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
      cmsghdr* const header = CMSG_FIRSTHDR(&message);
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
      std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
    }
    (void)sendmsg(socket_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  }

 private:
  FileDescriptor socket_;
  bool is_through_ = false;
};

// A message of the channel's own producer arrives, among whatever else does.
std::string Exchange(Bench& bench) {
  if (const auto sent = bench.Send(Soon()); !sent) return "send: " + ToString(sent.error());
  for (int i = 0; i < kForeignMax; ++i) {
    const auto received = bench.Receive(Soon());
    if (received) return "ok";
    const Errc code = received.error().code;
    const bool is_foreign = code == Errc::kCorrupt || code == Errc::kTooLarge;
    if (!is_foreign) return "receive: " + ToString(received.error());
  }
  return "only what the callers said";
}

// The beginning of a message of 64 bytes, if lengths come first.
std::vector<std::byte> Beginning(std::size_t size_bytes) {
  std::vector<std::byte> bytes(size_bytes);
  bytes[0] = std::byte{64};
  return bytes;
}

CONFORMANCE_CASE(HostilePeer, ACallerWhoStopsInTheMiddleHoldsUpNobody, CanBeCalled(traits)) {
  const std::set<int> before = OpenDescriptors();
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  const std::vector<Door> doors = DoorsAmong(Added(before, OpenDescriptors()));
  ASSERT_FALSE(doors.empty());
  for (const Door& door : doors) {
    std::vector<Caller> callers;
    for (const std::size_t size : {1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 40}) {
      ASSERT_TRUE(callers.emplace_back(door).is_through());
      callers.back().Say(Beginning(size));
      ASSERT_EQ(Exchange(bench), "ok") << "beside " << size << " bytes of a caller's";
    }
    callers.clear();
    ASSERT_EQ(Exchange(bench), "ok") << "after the callers have gone";
  }
}

CONFORMANCE_CASE(HostilePeer, WhatACallerSaysAtRandomHarmsNobody, CanBeCalled(traits)) {
  const std::set<int> before = OpenDescriptors();
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  std::mt19937 random(20);
  for (const Door& door : DoorsAmong(Added(before, OpenDescriptors()))) {
    for (int i = 0; i < 50; ++i) {
      Caller caller(door);
      ASSERT_TRUE(caller.is_through());
      std::vector<std::byte> bytes(1 + random() % 2000);
      std::ranges::generate(bytes, [&] { return static_cast<std::byte>(random()); });
      // A length that could be meant, now and then.
      if (i % 2 == 0)
        std::fill_n(bytes.begin() + 1, std::min<std::size_t>(bytes.size() - 1, 3), std::byte{0});
      caller.Say(bytes);
      ASSERT_EQ(Exchange(bench), "ok") << "call " << i;
    }
  }
}

// They are the receiver's as soon as they are received, whether it looked or not: unix(7), and
// "Ancillary messages" there.
CONFORMANCE_CASE(HostilePeer, DescriptorsThatNobodyAskedForAreNotKept, CanBeCalled(traits)) {
  const std::set<int> before = OpenDescriptors();
  {
    Bench bench(kind);
    ASSERT_TRUE(bench.ok()) << bench.error();
    const FileDescriptor null(open("/dev/null", O_RDONLY | O_CLOEXEC));
    const std::vector<int> many(kDescriptorsMax, null.get());
    for (const Door& door : DoorsAmong(Added(before, OpenDescriptors()))) {
      if (!door.IsUnix()) continue;
      for (const std::size_t count : {std::size_t{1}, kDescriptorsMax}) {
        Caller caller(door);
        ASSERT_TRUE(caller.is_through());
        caller.Say(Beginning(40), std::span(many).first(count));
        for (int i = 0; i < 3; ++i) ASSERT_EQ(Exchange(bench), "ok");
      }
      ASSERT_EQ(Exchange(bench), "ok");
    }
  }
  EXPECT_EQ(OpenDescriptors(), before);
}

}  // namespace
}  // namespace ipc_hammer

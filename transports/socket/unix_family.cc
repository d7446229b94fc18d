#include "transports/socket/unix_family.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "transports/socket/packet_socket.h"
#include "transports/socket/send_buffer.h"
#include "transports/socket/stream_socket.h"

namespace ipc_hammer {
namespace {

Result<void> PrepareNothing(int) { return {}; }
Result<bool> WelcomeEverybody(int) { return true; }
void LeaveAsItIs(int) {}

// Whether the process at the other end of `socket` runs, or ran when it connected or listened,
// under our effective user id (SO_PEERCRED).
bool IsPeerSameUser(int socket) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         peer.uid == ::geteuid();
}
Result<bool> WelcomeSameUser(int socket) { return IsPeerSameUser(socket); }

// A peer that waits for room is not woken when we stop receiving, but when there is room; then it
// is told. So what will never be received is taken away. Nothing can come in any more.
void ShutDown(int socket, int how) {
  ::shutdown(socket, how);
  if (how != SHUT_RD) return;
  std::array<std::byte, 4096> unread;
  ssize_t got = 0;
  do {
    got = ::recv(socket, unread.data(), unread.size(), MSG_DONTWAIT);
  } while (got > 0 || (got < 0 && errno == EINTR));
}

std::unexpected<Error> FailConnect() {
  return errno == EPROTOTYPE ? Fail(Errc::kCorrupt, "connect", errno) : FailErrno("connect");
}

// connect(2) waits for the backlog as long as SO_SNDTIMEO says; poll cannot wait for it.
Result<void> ConnectWaiting(int socket, AddressRef address, Deadline deadline) {
  const int flags = ::fcntl(socket, F_GETFL);
  if (flags < 0 || ::fcntl(socket, F_SETFL, flags & ~O_NONBLOCK) != 0) return FailErrno("fcntl");
  for (;;) {
    timeval left{};  // zero: for ever
    if (!deadline.is_never()) {
      const timespec remaining = deadline.Remaining();
      left = {.tv_sec = remaining.tv_sec,
              .tv_usec = std::min<suseconds_t>(remaining.tv_nsec / 1000 + 1, 999'999)};
    }
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &left, sizeof(left));
    if (::connect(socket, address.data, address.size) == 0) return {};
    if (errno != EAGAIN && errno != EINTR) return FailConnect();
    if (deadline.HasPassed()) return Fail(deadline.expired(), "connect", errno);
  }
}

Result<void> Connect(int socket, AddressRef address, Deadline deadline) {
  int result = 0;
  do {
    result = ::connect(socket, address.data, address.size);
  } while (result != 0 && errno == EINTR);
  if (result == 0) return {};
  if (errno != EAGAIN) return FailConnect();
  if (deadline.is_now()) return Fail(Errc::kWouldBlock, "connect", errno);
  return ConnectWaiting(socket, address, deadline);
}

// Nothing that can run short is asked for any more once it is connected.
Result<void> ConnectToSameUser(int socket, AddressRef address, Deadline deadline) {
  if (Result<void> connected = Connect(socket, address, deadline); !connected) return connected;
  if (!IsPeerSameUser(socket)) return Fail(Errc::kPermission, "listener of another user");
  return {};
}

constexpr ConnectionFamily Stream(UnixNaming naming) {
  const bool is_path = naming == UnixNaming::kPath;
  return {.domain = AF_UNIX,
          .type = SOCK_STREAM,
          .prepare = &PrepareNothing,
          .connect = is_path ? &Connect : &ConnectToSameUser,
          .is_welcome = is_path ? &WelcomeEverybody : &WelcomeSameUser,
          .send = &SendSome,
          .answer = &SendSome,
          .receive = &ReceiveSome,
          .has_send_room = &HasSendRoom,
          .has_peer_gone = &IsHungUp,
          .shut_down = &ShutDown,
          .before_close = &LeaveAsItIs};
}

constexpr ConnectionFamily Seqpacket(UnixNaming naming) {
  ConnectionFamily family = Stream(naming);
  family.type = SOCK_SEQPACKET;
  family.send = &SendPacket;
  family.answer = &SendPacket;
  family.receive = &ReceivePacket;
  return family;
}

constexpr ConnectionFamily kStreamPath = Stream(UnixNaming::kPath);
constexpr ConnectionFamily kStreamAbstract = Stream(UnixNaming::kAbstract);
constexpr ConnectionFamily kSeqpacketPath = Seqpacket(UnixNaming::kPath);
constexpr ConnectionFamily kSeqpacketAbstract = Seqpacket(UnixNaming::kAbstract);

}  // namespace

const ConnectionFamily& UnixStreamFamily(UnixNaming naming) {
  return naming == UnixNaming::kAbstract ? kStreamAbstract : kStreamPath;
}

const ConnectionFamily& UnixSeqpacketFamily(UnixNaming naming) {
  return naming == UnixNaming::kAbstract ? kSeqpacketAbstract : kSeqpacketPath;
}

}  // namespace ipc_hammer

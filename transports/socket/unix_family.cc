#include "transports/socket/unix_family.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "transports/socket/stream_socket.h"

namespace ipc_hammer {
namespace {

// What the kernel charges for a piece beyond its bytes: its buffer's head and its shared part.
constexpr std::size_t kChargePerWrite = 1024;

Result<void> PrepareNothing(int) { return {}; }
bool WelcomeEverybody(int) { return true; }
void ShutDown(int socket, int how) { ::shutdown(socket, how); }

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

bool HasSendRoom(int socket, std::size_t bytes, std::size_t writes) {
  if (IsHungUp(socket)) return true;
  int queued = 0;
  int limit = 0;
  socklen_t size = sizeof(limit);
  if (::ioctl(socket, SIOCOUTQ, &queued) != 0 ||
      ::getsockopt(socket, SOL_SOCKET, SO_SNDBUF, &limit, &size) != 0) {
    return false;
  }
  // The allocator rounds a piece up to at most twice its size.
  const std::size_t charge = 2 * bytes + writes * kChargePerWrite;
  return static_cast<std::size_t>(queued) + charge <= static_cast<std::size_t>(limit);
}

constexpr ConnectionFamily UnixFamily(bool (*is_welcome)(int)) {
  return {.domain = AF_UNIX,
          .type = SOCK_STREAM,
          .prepare = &PrepareNothing,
          .connect = &Connect,
          .is_welcome = is_welcome,
          .send = &SendSome,
          .receive = &ReceiveSome,
          .has_send_room = &HasSendRoom,
          .shut_down = &ShutDown};
}

}  // namespace

bool IsPeerSameUser(int socket) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         peer.uid == ::geteuid();
}

constexpr ConnectionFamily kUnixStreamFamily = UnixFamily(&WelcomeEverybody);
constexpr ConnectionFamily kUnixStreamAbstractFamily = UnixFamily(&IsPeerSameUser);

}  // namespace ipc_hammer

#include "transports/network/tcp_family.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <span>

#include "transports/network/socket_owner.h"
#include "transports/socket/stream_socket.h"
#include "transports/sys/wait.h"

namespace ipc_hammer {
namespace {

// What the kernel charges for a piece beyond its bytes, generously: a buffer's head and the rest of
// its page.
constexpr std::size_t kChargePerWrite = 4096;
// SO_MEMINFO gives nine numbers; these are two of them (linux/sock_diag.h).
constexpr std::size_t kMemInfoNumbers = 9;
constexpr std::size_t kSendBuffer = 3;
constexpr std::size_t kSendQueued = 5;
// So often may receiving be refused at a close, all in all, before the rest is given up.
constexpr int kRefusalsMax = 2;

// What the kernel grants is cut to its limits in silence.
Result<void> SetBuffer(int socket, int option) {
  int bytes = kTcpBufferBytes;
  socklen_t size = sizeof(bytes);
  if (::setsockopt(socket, SOL_SOCKET, option, &bytes, size) != 0 ||
      ::getsockopt(socket, SOL_SOCKET, option, &bytes, &size) != 0) {
    return FailErrno("setsockopt");
  }
  if (bytes < 2 * kTcpBufferBytes) return Fail(Errc::kNoSpace, "net.core: buffers are too small");
  return {};
}

Result<void> Prepare(int socket) {
  const int on = 1;
  if (::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0) {
    return FailErrno("setsockopt");
  }
  if (Result<void> set = SetBuffer(socket, SO_SNDBUF); !set) return set;
  return SetBuffer(socket, SO_RCVBUF);
}

// The outcome of a connect that went on by itself.
Result<void> Outcome(int socket) {
  int error = 0;
  socklen_t size = sizeof(error);
  if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
    return FailErrno("getsockopt");
  }
  if (error == 0) return {};
  if (error == EADDRNOTAVAIL) return Fail(Errc::kNoSpace, "connect: no port is free", error);
  return Fail(ErrcFromErrno(error), "connect", error);
}

bool IsConnected(int socket) {
  sockaddr_in peer{};
  socklen_t size = sizeof(peer);
  return ::getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
}

// A handshake that the listener's full backlog lets wait is tried again by the kernel, after one
// second and then ever more rarely.
Result<void> ConnectSocket(int socket, AddressRef address, Deadline deadline) {
  if (::connect(socket, address.data, address.size) != 0) {
    if (errno == EADDRNOTAVAIL) return Fail(Errc::kNoSpace, "connect: no port is free", errno);
    if (errno != EINPROGRESS && errno != EINTR) return FailErrno("connect");
    // The loopback device has mostly done all of it by now. To fail from here on would let the
    // listener see a connection that nobody had.
    if (IsConnected(socket)) return {};
    pollfd state{.fd = socket, .events = POLLOUT, .revents = 0};
    if (Result<void> ready = WaitReady({&state, 1}, deadline); !ready) return ready;
    if (Result<void> connected = Outcome(socket); !connected) return connected;
  }
  return {};
}

// Of a socket that nobody holds, no longer or not yet, nobody can say whose it is.
Result<bool> MayBeOurs(const Result<SocketOwner>& owner) {
  if (!owner && owner.error().code != Errc::kNotFound) return std::unexpected(owner.error());
  return !owner || !owner->is_there || owner->user == ::geteuid();
}

// Between the question and the connection a stranger may have come in the listener's place. Nobody
// holds the other end before it is accepted, so the listener is asked as well.
Result<void> RequireNoStranger(SocketTable& table, int socket, const sockaddr_in& listener) {
  for (const Result<SocketOwner>& owner :
       {table.FindPeer(IPPROTO_TCP, socket), table.Find(IPPROTO_TCP, listener, {})}) {
    const Result<bool> may_be_ours = MayBeOurs(owner);
    if (!may_be_ours) return std::unexpected(may_be_ours.error());
    if (!*may_be_ours) return Fail(Errc::kPermission, "another user's listener");
  }
  return {};
}

// Asked first: a stranger's listener must not even see a connection. And what the second question
// needs has to be there by then: to fail for want of it would show ours one that nobody had.
Result<void> Connect(int socket, AddressRef address, Deadline deadline) {
  Result<SocketTable> table = SocketTable::Open();
  if (!table) return std::unexpected(table.error());
  sockaddr_in listener{};
  std::memcpy(&listener, address.data, sizeof(listener));
  if (Result<void> ours = table->RequireOwn(IPPROTO_TCP, listener); !ours) return ours;
  if (Result<void> connected = ConnectSocket(socket, address, deadline); !connected) {
    return connected;
  }
  return RequireNoStranger(*table, socket, listener);
}

Result<bool> IsWelcome(int socket) { return MayBeOurs(FindPeerOwner(IPPROTO_TCP, socket)); }

// A broken connection says so in many ways; to whoever sends they all mean that nobody receives.
Errc ErrcOfBroken(const Error& error) {
  switch (error.sys_errno) {
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ENOTCONN:
      return Errc::kPeerClosed;
    default:
      return error.code;
  }
}

Result<std::size_t> Send(int socket, std::span<const std::byte> bytes) {
  Result<std::size_t> taken = SendSome(socket, bytes);
  if (taken) return taken;
  return Fail(ErrcOfBroken(taken.error()), taken.error().call, taken.error().sys_errno);
}

// What comes to a socket that nobody holds any more breaks its connection, and what it had sent and
// we have not got yet would be lost.
Result<std::size_t> Answer(int socket, std::span<const std::byte> bytes) {
  const Result<SocketOwner> owner = FindPeerOwner(IPPROTO_TCP, socket);
  if (!owner && owner.error().code != Errc::kNotFound) return std::unexpected(owner.error());
  if (!owner || !owner->is_there) return Fail(Errc::kPeerClosed, "nobody is there");
  return Send(socket, bytes);
}

Result<std::size_t> Receive(int socket, std::span<std::byte> buffer) {
  Result<std::size_t> got = ReceiveSome(socket, buffer);
  if (got) return got;
  return Fail(ErrcOfBroken(got.error()), got.error().call, got.error().sys_errno);
}

bool HasSendRoom(int socket, std::size_t bytes, std::size_t writes) {
  if (IsHungUp(socket)) return true;
  std::array<std::uint32_t, kMemInfoNumbers> memory{};
  socklen_t size = sizeof(memory);
  if (::getsockopt(socket, SOL_SOCKET, SO_MEMINFO, memory.data(), &size) != 0) return false;
  return memory[kSendQueued] + 2 * bytes + writes * kChargePerWrite <= memory[kSendBuffer];
}

bool HasPeerGone(int socket) {
  if (IsHungUp(socket)) return true;
  pollfd state{.fd = socket, .events = POLLRDHUP, .revents = 0};
  if (::poll(&state, 1, 0) <= 0 || (state.revents & POLLRDHUP) == 0) return false;
  const Result<SocketOwner> owner = FindPeerOwner(IPPROTO_TCP, socket);
  if (!owner) return owner.error().code == Errc::kNotFound;
  return !owner->is_there;
}

bool HasUnread(int socket) {
  int unread = 0;
  return ::ioctl(socket, SIOCINQ, &unread) == 0 && unread > 0;
}

// Closing with something unread breaks the connection, and what the peer has not got by then is
// lost. That is harm only if there is any. If there is none the break is good: the peer is told at
// once.
void TakeUnreadIfMoreIsToSend(int socket) {
  int unsent = 0;
  if (::ioctl(socket, SIOCOUTQ, &unsent) == 0 && unsent == 0) return;
  std::array<std::byte, 4096> unread;
  // recv may be interrupted or short of memory although something is there.
  for (int refusals = 0; refusals <= kRefusalsMax && HasUnread(socket);) {
    if (::recv(socket, unread.data(), unread.size(), MSG_DONTWAIT) <= 0) ++refusals;
  }
}

void ShutDown(int socket, int how) { ::shutdown(socket, how); }

}  // namespace

constexpr ConnectionFamily kTcpFamily = {.domain = AF_INET,
                                         .type = SOCK_STREAM,
                                         .prepare = &Prepare,
                                         .connect = &Connect,
                                         .is_welcome = &IsWelcome,
                                         .send = &Send,
                                         .answer = &Answer,
                                         .receive = &Receive,
                                         .has_send_room = &HasSendRoom,
                                         .has_peer_gone = &HasPeerGone,
                                         .shut_down = &ShutDown,
                                         .before_close = &TakeUnreadIfMoreIsToSend};

}  // namespace ipc_hammer

#include "transports/socket/descriptor_passing.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "transports/sys/wait.h"

namespace ipc_hammer {
namespace {

// Room for all that one message can carry. A buffer for just as many as were asked for would leave
// it open whether the message had more or this process could take no more.
struct Control {
  alignas(cmsghdr) char bytes[CMSG_SPACE(kPassedDescriptorsMax * sizeof(int))];
};

Result<void> WaitFor(int socket, short events, Deadline deadline) {
  pollfd one{.fd = socket, .events = events, .revents = 0};
  return WaitReady({&one, 1}, deadline);
}

// Writes the descriptors into `control` and points `message` to them.
void Attach(std::span<const int> descriptors, Control& control, msghdr& message) {
  if (descriptors.empty()) return;
  message.msg_control = control.bytes;
  message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
  std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
}

std::unexpected<Error> FailSend() {
  const int saved = errno;
  // So many are under way to receivers that have not taken them yet.
  if (saved == ETOOMANYREFS) return Fail(Errc::kNoSpace, "sendmsg", saved);
  return FailErrno("sendmsg");
}

// At least one byte. Errors: kWouldBlock when there is no room.
Result<std::size_t> SendSome(int socket, std::span<const std::byte> bytes,
                             std::span<const int> descriptors) {
  Control control{};
  iovec data{.iov_base = const_cast<std::byte*>(bytes.data()), .iov_len = bytes.size()};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  Attach(descriptors, control, message);
  for (;;) {
    const ssize_t taken = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (taken > 0) return static_cast<std::size_t>(taken);
    if (taken < 0 && errno != EINTR) return FailSend();
  }
}

// Takes ownership of every descriptor of the message.
std::vector<FileDescriptor> Own(msghdr& message) {
  std::vector<FileDescriptor> owned;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    owned.reserve(owned.size() + count);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
      owned.emplace_back(fd);
    }
  }
  return owned;
}

// Errors: kWouldBlock when nothing is there.
Result<PassedDescriptors> ReceiveNow(int socket, std::span<std::byte> buffer,
                                     std::size_t descriptors_max) {
  Control control;
  iovec data{.iov_base = buffer.data(), .iov_len = buffer.size()};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  ssize_t got = -1;
  do {
    got = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return FailErrno("recvmsg");
  PassedDescriptors passed{.size_bytes = static_cast<std::size_t>(got),
                           .descriptors = Own(message)};
  if (passed.descriptors.size() > descriptors_max) {
    return Fail(Errc::kCorrupt, "more descriptors than asked for");
  }
  if (message.msg_flags & MSG_CTRUNC) return Fail(Errc::kNoSpace, "descriptors were cut off");
  if (got == 0) return Fail(Errc::kPeerClosed, "recvmsg");
  return passed;
}

}  // namespace

Result<void> SendWithDescriptors(int socket, std::span<const std::byte> bytes,
                                 std::span<const int> descriptors, Deadline deadline) {
  if (bytes.empty()) return Fail(Errc::kInvalidArgument, "descriptors go with a byte");
  if (descriptors.size() > kPassedDescriptorsMax) return Fail(Errc::kTooLarge, "descriptors");
  while (!bytes.empty()) {
    const Result<std::size_t> taken = SendSome(socket, bytes, descriptors);
    if (taken) {
      bytes = bytes.subspan(*taken);
      descriptors = {};  // they went with the first byte
    } else if (taken.error().code != Errc::kWouldBlock || deadline.is_now()) {
      return std::unexpected(taken.error());
    } else if (Result<void> ready = WaitFor(socket, POLLOUT, deadline); !ready) {
      return ready;
    }
  }
  return {};
}

Result<PassedDescriptors> ReceiveWithDescriptors(int socket, std::span<std::byte> buffer,
                                                 std::size_t descriptors_max, Deadline deadline) {
  if (buffer.empty()) return Fail(Errc::kInvalidArgument, "buffer");
  for (;;) {
    Result<PassedDescriptors> passed = ReceiveNow(socket, buffer, descriptors_max);
    if (passed || passed.error().code != Errc::kWouldBlock || deadline.is_now()) return passed;
    if (Result<void> ready = WaitFor(socket, POLLIN, deadline); !ready) {
      return std::unexpected(ready.error());
    }
  }
}

}  // namespace ipc_hammer

// What goes through descriptors: pipes, FIFOs, sockets and eventfds. Sends are spoilt on their way
// out, and of receives only the order.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "stress/seeded_faults/objects.h"
#include "stress/seeded_faults/original.h"
#include "stress/seeded_faults/passed_descriptors.h"
#include "stress/seeded_faults/spoilt_send.h"
#include "stress/seeded_faults/swapped_receive.h"

namespace ipc_hammer::seeded {
namespace {

Bytes BytesOf(const void* data, std::size_t size) {
  return {static_cast<const std::byte*>(data), size};
}

// The chosen mechanism is a descriptor's, and this is such a descriptor.
bool IsChosenObject(int fd) {
  return ChosenMechanism() != Mechanism::kNone && MechanismOf(fd) == ChosenMechanism();
}

bool IsSwapped(int fd) { return ChosenEffect() == Effect::kSwap && IsChosenObject(fd); }

// A token is no message: it can only be there or not, or twice.
template <typename Write>
ssize_t WriteToken(ssize_t size, Write write) {
  if (ChosenEffect() == Effect::kPostLost && Fires()) return size;
  const ssize_t written = write();
  if (ChosenEffect() == Effect::kPostDoubled && written == size && Fires()) write();
  return written;
}

std::vector<std::byte> Gather(const iovec* parts, std::size_t count) {
  std::vector<std::byte> all;
  for (std::size_t i = 0; i < count; ++i) {
    const Bytes part = BytesOf(parts[i].iov_base, parts[i].iov_len);
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

std::size_t Scatter(Bytes bytes, const iovec* parts, std::size_t count) {
  const std::size_t size = bytes.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t some = std::min(parts[i].iov_len, bytes.size());
    std::copy_n(bytes.begin(), some, static_cast<std::byte*>(parts[i].iov_base));
    bytes = bytes.subspan(some);
  }
  return size - bytes.size();
}

template <typename Receive>
ssize_t ReceiveSwapped(int fd, void* data, std::size_t size, Receive receive) {
  auto* const bytes = static_cast<std::byte*>(data);
  return SwappedReceive(
      {.object = fd,
       .receive = receive,
       .take = [=](std::size_t got) { return Delivery{.bytes = {bytes, bytes + got}}; },
       .put =
           [=](const Delivery& delivery) {
             const std::size_t some = std::min(size, delivery.bytes.size());
             std::copy_n(delivery.bytes.begin(), some, bytes);
             return some;
           }});
}

Delivery TakeMessage(const msghdr& message, std::size_t size) {
  Delivery delivery{.bytes = Gather(message.msg_iov, message.msg_iovlen),
                    .flags = message.msg_flags};
  delivery.bytes.resize(size);
  const auto* const control = static_cast<const std::byte*>(message.msg_control);
  if (control != nullptr) delivery.control.assign(control, control + message.msg_controllen);
  return delivery;
}

// REQUIRES: the message has the room for control data that it was received with.
std::size_t PutMessage(const Delivery& delivery, msghdr& message) {
  message.msg_flags = delivery.flags;
  message.msg_controllen = delivery.control.size();
  if (message.msg_control != nullptr) {
    std::ranges::copy(delivery.control, static_cast<std::byte*>(message.msg_control));
  }
  return Scatter(delivery.bytes, message.msg_iov, message.msg_iovlen);
}

}  // namespace
}  // namespace ipc_hammer::seeded

using namespace ipc_hammer::seeded;

extern "C" ssize_t write(int fd, const void* data, size_t size) {
  IPC_HAMMER_ORIGINAL(write);
  if (!IsChosenObject(fd)) return original(fd, data, size);
  if (ChosenMechanism() == Mechanism::kEventFd) {
    return WriteToken(static_cast<ssize_t>(size), [&] { return original(fd, data, size); });
  }
  return SendSpoilt(BytesOf(data, size),
                    [&](Bytes bytes) { return original(fd, bytes.data(), bytes.size()); });
}

extern "C" ssize_t pwritev2(int fd, const iovec* parts, int count, off_t at, int flags) {
  IPC_HAMMER_ORIGINAL(pwritev2);
  if (!IsChosenObject(fd)) return original(fd, parts, count, at, flags);
  return SendSpoilt(Gather(parts, static_cast<std::size_t>(count)), [&](Bytes bytes) {
    const iovec one{const_cast<std::byte*>(bytes.data()), bytes.size()};
    return original(fd, &one, 1, at, flags);
  });
}

extern "C" ssize_t send(int fd, const void* data, size_t size, int flags) {
  IPC_HAMMER_ORIGINAL(send);
  if (!IsChosenObject(fd)) return original(fd, data, size, flags);
  return SendSpoilt(BytesOf(data, size),
                    [&](Bytes bytes) { return original(fd, bytes.data(), bytes.size(), flags); });
}

extern "C" ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  IPC_HAMMER_ORIGINAL(sendmsg);
  if (ChosenMechanism() == Mechanism::kScmRights) {
    return SendSpoiltDescriptor(*message,
                                [&](const msghdr& spoilt) { return original(fd, &spoilt, flags); });
  }
  if (!IsChosenObject(fd)) return original(fd, message, flags);
  return SendSpoilt(Gather(message->msg_iov, message->msg_iovlen), [&](Bytes bytes) {
    iovec one{const_cast<std::byte*>(bytes.data()), bytes.size()};
    msghdr spoilt = *message;
    spoilt.msg_iov = &one;
    spoilt.msg_iovlen = 1;
    return original(fd, &spoilt, flags);
  });
}

extern "C" ssize_t read(int fd, void* data, size_t size) {
  IPC_HAMMER_ORIGINAL(read);
  if (!IsSwapped(fd)) return original(fd, data, size);
  return ReceiveSwapped(fd, data, size, [=] { return original(fd, data, size); });
}

extern "C" ssize_t recv(int fd, void* data, size_t size, int flags) {
  IPC_HAMMER_ORIGINAL(recv);
  if (!IsSwapped(fd) || (flags & MSG_PEEK) != 0) return original(fd, data, size, flags);
  return ReceiveSwapped(fd, data, size, [=] { return original(fd, data, size, flags); });
}

extern "C" ssize_t recvmsg(int fd, msghdr* message, int flags) {
  IPC_HAMMER_ORIGINAL(recvmsg);
  if (!IsSwapped(fd) || (flags & MSG_PEEK) != 0) return original(fd, message, flags);
  const std::size_t control_room = message->msg_controllen;
  return SwappedReceive(
      {.object = fd,
       .receive =
           [=] {
             message->msg_controllen = control_room;
             return original(fd, message, flags);
           },
       .take = [=](std::size_t got) { return TakeMessage(*message, got); },
       .put = [=](const Delivery& delivery) { return PutMessage(delivery, *message); }});
}

// A send, with whatever fault is chosen for it.
#ifndef IPC_HAMMER_STRESS_SEEDED_FAULTS_SPOILT_SEND_H_
#define IPC_HAMMER_STRESS_SEEDED_FAULTS_SPOILT_SEND_H_

#include <sys/types.h>

#include <cerrno>
#include <cstddef>
#include <span>
#include <vector>

#include "stress/seeded_faults/fault.h"

namespace ipc_hammer::seeded {

using Bytes = std::span<const std::byte>;

// Which byte of a message of this size is another one. REQUIRES: a flip is chosen, and size > 0.
inline std::size_t FlippedAt(std::size_t size) {
  if (ChosenEffect() == Effect::kFlipHead) return 0;
  return ChosenEffect() == Effect::kFlipMiddle ? size / 2 : size - 1;
}

template <typename Send>
ssize_t SendFlipped(Bytes message, Send send) {
  if (message.empty() || !Fires()) return send(message);
  std::vector<std::byte> copy(message.begin(), message.end());
  const std::size_t at = FlippedAt(copy.size());
  copy[at] ^= std::byte{0xff};
  const ssize_t taken = send(Bytes(copy));
  if (taken <= static_cast<ssize_t>(at)) DidNotFire();
  return taken;
}

template <typename Send>
ssize_t SendTwice(Bytes message, Send send) {
  const ssize_t taken = send(message);
  const bool is_all = taken == static_cast<ssize_t>(message.size());
  if (!is_all || !Fires()) return taken;
  const int saved = errno;
  if (send(message) < 0) DidNotFire();  // no room for it
  errno = saved;
  return taken;
}

template <typename Send>
ssize_t SendHalf(Bytes message, Send send) {
  if (message.size() < 2 || !Fires()) return send(message);
  const ssize_t taken = send(message.first(message.size() / 2));
  if (taken >= 0) return static_cast<ssize_t>(message.size());
  DidNotFire();
  return taken;
}

// `send` hands over the bytes that it is given and returns how many were taken, or -1 with errno.
// REQUIRES: the message goes to an object of the chosen mechanism.
template <typename Send>
ssize_t SendSpoilt(Bytes message, Send send) {
  switch (ChosenEffect()) {
    case Effect::kFlipHead:
    case Effect::kFlipMiddle:
    case Effect::kFlipTail:
      return SendFlipped(message, send);
    case Effect::kDrop:
      return Fires() ? static_cast<ssize_t>(message.size()) : send(message);
    case Effect::kDouble:
      return SendTwice(message, send);
    case Effect::kCut:
      return SendHalf(message, send);
    default:
      return send(message);
  }
}

}  // namespace ipc_hammer::seeded

#endif  // IPC_HAMMER_STRESS_SEEDED_FAULTS_SPOILT_SEND_H_

#include "stress/seeded_faults/passed_descriptors.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <vector>

#include "stress/seeded_faults/fault.h"

namespace ipc_hammer::seeded {
namespace {

bool PassesDescriptor(const msghdr& message) {
  const cmsghdr* const header = CMSG_FIRSTHDR(&message);
  return header != nullptr && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS;
}

// The same message with a descriptor of something else in the first one's place.
ssize_t SendWrong(msghdr message, const std::function<ssize_t(const msghdr&)>& send) {
  const auto* const control = static_cast<const std::byte*>(message.msg_control);
  std::vector<std::byte> copy(control, control + message.msg_controllen);
  message.msg_control = copy.data();
  const int other = open("/dev/null", O_RDWR | O_CLOEXEC);
  std::memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), &other, sizeof(other));
  const ssize_t sent = send(message);
  close(other);
  return sent;
}

}  // namespace

ssize_t SendSpoiltDescriptor(const msghdr& message,
                             const std::function<ssize_t(const msghdr&)>& send) {
  if (!PassesDescriptor(message) || !Fires()) return send(message);
  if (ChosenEffect() == Effect::kWrong) return SendWrong(message, send);
  msghdr without = message;
  without.msg_control = nullptr;
  without.msg_controllen = 0;
  return send(without);
}

}  // namespace ipc_hammer::seeded

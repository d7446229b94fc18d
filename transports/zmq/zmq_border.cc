#include "transports/zmq/zmq_border.h"

#include <cerrno>
#include <mutex>
#include <utility>
#include <vector>

namespace ipc_hammer {

Errc ErrcFromZmq(int zmq_errno) {
  switch (zmq_errno) {
    case EAGAIN:
      return Errc::kWouldBlock;
    case ETERM:
      return Errc::kClosed;
    case EMTHREAD:
      return Errc::kNoSpace;
    default:
      return ErrcFromErrno(zmq_errno);
  }
}

void Abandon(std::shared_ptr<void> object) {
  static std::mutex& mutex = *new std::mutex;
  static auto& abandoned = *new std::vector<std::shared_ptr<void>>;
  const std::lock_guard lock(mutex);
  abandoned.push_back(std::move(object));
}

}  // namespace ipc_hammer

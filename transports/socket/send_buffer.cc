#include "transports/socket/send_buffer.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "transports/socket/stream_socket.h"

namespace ipc_hammer {
namespace {

constexpr int kSendBufferBytesMin = 212992;
// Beyond twice the bytes, to which the allocator may round up: the piece's head and shared part.
constexpr std::size_t kChargePerWrite = 1024;

// 0: unknown.
int SendBufferBytes(int socket) {
  int bytes = 0;
  socklen_t size = sizeof(bytes);
  return ::getsockopt(socket, SOL_SOCKET, SO_SNDBUF, &bytes, &size) == 0 ? bytes : 0;
}

}  // namespace

Result<void> CheckSendBuffer(int socket) {
  const int bytes = SendBufferBytes(socket);
  if (bytes == 0) return FailErrno("getsockopt");
  if (bytes < kSendBufferBytesMin) return Fail(Errc::kNoSpace, "net.core.wmem_default is too low");
  return {};
}

bool HasSendRoom(int socket, std::size_t bytes, std::size_t writes) {
  if (IsHungUp(socket)) return true;
  int queued = 0;
  if (::ioctl(socket, SIOCOUTQ, &queued) != 0) return false;
  const std::size_t charge = 2 * bytes + writes * kChargePerWrite;
  return static_cast<std::size_t>(queued) + charge <=
         static_cast<std::size_t>(SendBufferBytes(socket));
}

}  // namespace ipc_hammer

#include "transports/network/tcp_listener.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "transports/network/socket_owner.h"

namespace ipc_hammer {

Result<void> ListenAt(int socket, const LoopbackAddress& address, int backlog) {
  const int on = 1;
  if (::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0) {
    return FailErrno("setsockopt");
  }
  if (::bind(socket, address.ref().data, address.ref().size) != 0) return FailErrno("bind");
  if (::listen(socket, backlog) != 0) return FailErrno("listen");
  return RequireOwnSocketAt(IPPROTO_TCP, address.ip());
}

Result<void> UnlinkListener(const LoopbackAddress& address) {
  const Result<SocketOwner> owner = FindSocketOwner(IPPROTO_TCP, address.ip());
  if (!owner) return std::unexpected(owner.error());
  return Fail(Errc::kExists, "a living process listens");
}

}  // namespace ipc_hammer

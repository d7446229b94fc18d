// ConnectedSocket: the one owner of one connection's socket, which it closes so that nothing that
// was sent is destroyed, as far as its family can see to it.
//
// Processes: only the process that made it prepares the close; a forked child only closes its copy,
// because what is still unread is its parent's. Threads: one at a time.
#ifndef IPC_HAMMER_TRANSPORTS_SOCKET_CONNECTED_SOCKET_H_
#define IPC_HAMMER_TRANSPORTS_SOCKET_CONNECTED_SOCKET_H_

#include <sys/types.h>
#include <unistd.h>

#include <utility>

#include "transports/socket/connection_family.h"
#include "transports/sys/file_descriptor.h"

namespace ipc_hammer {

class ConnectedSocket {
 public:
  // REQUIRES: `family` lives as long as this; `socket` is open.
  ConnectedSocket(const ConnectionFamily& family, FileDescriptor socket)
      : family_(family), socket_(std::move(socket)), owner_(::getpid()) {}
  ~ConnectedSocket() {
    if (owner_ == ::getpid()) family_.before_close(socket_.get());
  }
  ConnectedSocket(const ConnectedSocket&) = delete;
  ConnectedSocket& operator=(const ConnectedSocket&) = delete;

  int get() const { return socket_.get(); }

 private:
  const ConnectionFamily& family_;
  const FileDescriptor socket_;
  const pid_t owner_;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SOCKET_CONNECTED_SOCKET_H_

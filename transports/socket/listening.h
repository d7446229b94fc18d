// Kinds that are a listening socket and its connections: the creator is the consumer, each producer
// is a connection. What holds for them is said in the kinds' headers.
#ifndef IPC_HAMMER_TRANSPORTS_SOCKET_LISTENING_H_
#define IPC_HAMMER_TRANSPORTS_SOCKET_LISTENING_H_

#include <sys/socket.h>
#include <sys/types.h>

#include <cstring>
#include <functional>
#include <optional>

#include "transports/socket/connection_family.h"
#include "transports/socket/socket_file.h"
#include "transports/transport.h"

namespace ipc_hammer {

// A copy of some socket address.
class SocketAddress {
 public:
  // REQUIRES: it fits sockaddr_storage, as every address of a domain does.
  explicit SocketAddress(AddressRef address) : size_(address.size) {
    std::memcpy(&storage_, address.data, address.size);
  }
  AddressRef ref() const {
    return {.data = reinterpret_cast<const sockaddr*>(&storage_), .size = size_};
  }

 private:
  sockaddr_storage storage_ = {};
  socklen_t size_;
};

// How names become addresses.
struct SocketNames {
  // Errors: kInvalidArgument.
  std::function<Result<SocketAddress>(const ChannelName&)> address;
  // Binds a fresh socket under a name and lets it listen; the file, if any, is what has to be kept
  // as long as the name. Errors: those of TransportKind::create.
  std::function<Result<std::optional<SocketFile>>(int socket, const ChannelName&, mode_t mode,
                                                  int backlog)>
      listen;
  std::function<Result<void>(const ChannelName&)> unlink;
};

struct ListeningKind {
  Traits traits;
  const ConnectionFamily* family = nullptr;  // lives for ever
  SocketNames names;
};

// A TransportKind but for its name and summary.
TransportKind Listening(const ListeningKind& kind);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SOCKET_LISTENING_H_

// Addresses of AF_UNIX sockets, made from channel names.
//
// Errors: kInvalidArgument for a text that is no channel name and for a path that does not fit
// sun_path with its end: 107 characters for `folder`/`text`.sock. Source: unix(7).
#ifndef IPC_HAMMER_TRANSPORTS_SOCKET_UNIX_ADDRESS_H_
#define IPC_HAMMER_TRANSPORTS_SOCKET_UNIX_ADDRESS_H_

#include <sys/socket.h>
#include <sys/un.h>

#include <string>
#include <string_view>

#include "transports/error.h"
#include "transports/socket/connection_family.h"
#include "transports/transport.h"

namespace ipc_hammer {

class UnixAddress {
 public:
  // `folder`/`text``ending`
  static Result<UnixAddress> Path(const ChannelName& name, std::string_view ending = ".sock");
  // A NUL and "ipc_hammer/`text`": a name of the network namespace, without a file. The folder
  // plays no part. Kinds whose sockets could meet another's name add theirs:
  // "ipc_hammer/`kind`/`text`". REQUIRES: a kind of at most 24 characters.
  static Result<UnixAddress> Abstract(const ChannelName& name, std::string_view kind = {});

  AddressRef ref() const { return {.data = data(), .size = size()}; }
  const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&address_); }
  socklen_t size() const { return size_; }
  bool is_abstract() const { return address_.sun_path[0] == '\0'; }
  // The path, or the abstract name without its NUL.
  std::string text() const;

 private:
  UnixAddress() = default;

  sockaddr_un address_ = {};
  socklen_t size_ = 0;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SOCKET_UNIX_ADDRESS_H_

// LoopbackAddress: where in 127.0.0.0/8 a channel's name is, for kinds on the IP network.
//
// A name stands for one address and one port, so that strangers find it without a directory:
//   h    = FNV-1a, 64 bits, of the kind's name, a slash and the channel's text, mixed by the
//          finalizer of splitmix64
//   host = 127.a.b.c, where a, b, c = 1 + h's bytes 0, 1, 2 modulo 254
//   port = 10000 + (h >> 32) modulo 20000
// The folder plays no part: a name is one of the network namespace. 3 * 10^11 places make it
// improbable that two names meet; if they do, or if a stranger listens there (on all addresses, for
// example), the second creator is told kExists. The ports are above those of services and below
// net.ipv4.ip_local_port_range as Linux has it, from which clients get theirs.
//
// Errors: kInvalidArgument for a text that is no channel name. Source: ip(7).
#ifndef IPC_HAMMER_TRANSPORTS_NETWORK_LOOPBACK_ADDRESS_H_
#define IPC_HAMMER_TRANSPORTS_NETWORK_LOOPBACK_ADDRESS_H_

#include <netinet/in.h>
#include <sys/socket.h>

#include <string>
#include <string_view>

#include "transports/error.h"
#include "transports/socket/connection_family.h"
#include "transports/transport.h"

namespace ipc_hammer {

class LoopbackAddress {
 public:
  static Result<LoopbackAddress> Of(std::string_view kind, const ChannelName& name);

  AddressRef ref() const {
    return {.data = reinterpret_cast<const sockaddr*>(&address_), .size = sizeof(address_)};
  }
  const sockaddr_in& ip() const { return address_; }
  std::string text() const;  // "127.1.2.3:12345"

 private:
  LoopbackAddress() = default;
  sockaddr_in address_ = {};
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_NETWORK_LOOPBACK_ADDRESS_H_

// The names of AF_UNIX sockets, of either sort: bound by a creator, removed when left by a dead
// one.
//
// A path is owned by SocketFile. An abstract name has no file and no mode; the kernel removes it
// with the last descriptor of the socket that is bound to it. Sockets of different types may have
// the same abstract name, but not the same path. Sources: unix(7), proc(5).
#ifndef IPC_HAMMER_TRANSPORTS_SOCKET_UNIX_NAME_H_
#define IPC_HAMMER_TRANSPORTS_SOCKET_UNIX_NAME_H_

#include <sys/types.h>

#include <optional>

#include "transports/error.h"
#include "transports/socket/socket_file.h"
#include "transports/socket/unix_address.h"
#include "transports/transport.h"

namespace ipc_hammer {

enum class UnixNaming { kPath, kAbstract };

// Errors: kInvalidArgument.
Result<UnixAddress> AddressFor(UnixNaming naming, const ChannelName& name);

// Who asks for a channel of his own user alone (no bit of `mode` is for others) is not to talk to
// what another user has bound under its path. Abstract names: nothing to look at.
// Errors: kNotFound, kPermission (also: another user's), kSystem.
Result<void> CheckOwner(const UnixAddress& address, mode_t mode);

// Binds a fresh socket; the file is what has to be kept as long as a path, nullopt else.
// Errors: those of SocketFile::Bind.
Result<std::optional<SocketFile>> BindTo(int socket, const UnixAddress& address, mode_t mode);

// TransportKind::unlink for sockets of that type (SOCK_STREAM ...).
Result<void> UnlinkName(UnixNaming naming, int type, const ChannelName& name);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SOCKET_UNIX_NAME_H_

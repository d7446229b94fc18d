#include "transports/socket/unix_listening.h"

#include <sys/socket.h>

#include <memory>
#include <optional>
#include <utility>

#include "transports/socket/listening.h"
#include "transports/socket/send_buffer.h"
#include "transports/socket/socket_file.h"
#include "transports/socket/unix_address.h"

namespace ipc_hammer {
namespace {

Result<std::optional<SocketFile>> ListenAt(UnixNaming naming, int socket, const ChannelName& name,
                                           mode_t mode, int backlog) {
  if (Result<void> enough = CheckSendBuffer(socket); !enough) {
    return std::unexpected(enough.error());
  }
  const Result<UnixAddress> address = AddressFor(naming, name);
  if (!address) return std::unexpected(address.error());
  Result<std::optional<SocketFile>> file = BindTo(socket, *address, mode);
  if (!file) return file;
  if (::listen(socket, backlog) != 0) return FailErrno("listen");
  return file;
}

}  // namespace

TransportKind UnixListening(std::string name, std::string summary, const Traits& traits,
                            const ConnectionFamily& family, UnixNaming naming) {
  TransportKind kind = Listening(
      {.traits = traits,
       .family = &family,
       .names = {.address = [naming](const ChannelName& channel) -> Result<SocketAddress> {
                   const Result<UnixAddress> address = AddressFor(naming, channel);
                   if (!address) return std::unexpected(address.error());
                   return SocketAddress(address->ref());
                 },
                 .listen =
                     [naming](int socket, const ChannelName& channel, mode_t mode, int backlog) {
                       return ListenAt(naming, socket, channel, mode, backlog);
                     },
                 .unlink =
                     [naming, type = family.type](const ChannelName& channel) {
                       return UnlinkName(naming, type, channel);
                     }}});
  kind.open = [naming, connect = std::move(kind.open)](
                  const ChannelName& channel, Role role, const Options& options,
                  Deadline deadline) -> Result<std::unique_ptr<Endpoint>> {
    if (role == Role::kConsumer) return connect(channel, role, options, deadline);
    const Result<UnixAddress> address = AddressFor(naming, channel);
    if (!address) return std::unexpected(address.error());
    if (Result<void> own = CheckOwner(*address, options.mode); !own) {
      return std::unexpected(own.error());
    }
    return connect(channel, role, options, deadline);
  };
  kind.name = std::move(name);
  kind.summary = std::move(summary);
  return kind;
}

}  // namespace ipc_hammer

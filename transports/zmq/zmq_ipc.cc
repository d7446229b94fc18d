#include "transports/zmq/zmq_ipc.h"

#include <sys/socket.h>

#include <memory>
#include <string>
#include <utility>

#include "transports/socket/socket_file.h"
#include "transports/socket/stream_socket.h"
#include "transports/socket/unix_address.h"
#include "transports/socket/unix_family.h"
#include "transports/socket/unix_name.h"
#include "transports/sys/arguments.h"
#include "transports/zmq/zmq_channel.h"
#include "transports/zmq/zmq_limits.h"

namespace ipc_hammer {
namespace {

constexpr Traits MakeTraits() {
  Traits traits = ZmqTraits(Reach::kStrangers);
  // What libzmq does, not what it means to do; see zmq_ipc.h. Only a message that finds everything
  // before it received surely gets past the receiving library's high water mark.
  traits.lossy = true;
  traits.floor_messages = 1;
  return traits;
}
constexpr Traits kTraits = MakeTraits();

const ConnectionFamily& Family() { return UnixStreamFamily(UnixNaming::kPath); }

Result<UnixAddress> AddressOf(const ChannelName& name) { return UnixAddress::Path(name, ".zmq"); }

ZmqPlace PlaceAt(const UnixAddress& address) {
  const std::string path = address.text();
  // '@' would be an abstract name to the library.
  const std::string prefix = path.starts_with('/') ? "ipc://" : "ipc://./";
  return {.uri = prefix + path,
          .look = [address](Deadline deadline) -> Result<void> {
            const auto probe = ConnectStream(Family(), address.ref(), deadline);
            if (!probe) return std::unexpected(probe.error());
            return {};
          },
          .send_buffer_bytes = 0};
}

Result<std::unique_ptr<Channel>> Create(const ChannelName& name, const Options& options) {
  if (Result<void> checked = CheckArguments(name, options, kTraits); !checked) {
    return std::unexpected(checked.error());
  }
  const Result<UnixAddress> address = AddressOf(name);
  if (!address) return std::unexpected(address.error());
  Result<FileDescriptor> socket = NewStreamSocket(Family());
  if (!socket) return std::unexpected(socket.error());
  Result<SocketFile> file = SocketFile::Bind(socket->get(), *address, options.mode);
  if (!file) return std::unexpected(file.error());
  if (::listen(socket->get(), kZmqBacklog) != 0) return FailErrno("listen");
  return std::make_unique<ZmqChannel>(PlaceAt(*address), *std::move(socket), *std::move(file),
                                      options);
}

Result<std::unique_ptr<Endpoint>> Open(const ChannelName& name, Role role, const Options& options,
                                       Deadline deadline) {
  if (role == Role::kConsumer) return Fail(Errc::kInvalidArgument, "the creator is the consumer");
  if (Result<void> checked = CheckArguments(name, options, kTraits); !checked) {
    return std::unexpected(checked.error());
  }
  const Result<UnixAddress> address = AddressOf(name);
  if (!address) return std::unexpected(address.error());
  if (Result<void> own = CheckOwner(*address, options.mode); !own) {
    return std::unexpected(own.error());
  }
  return ConnectZmqProducer(PlaceAt(*address), options, deadline);
}

Result<void> Unlink(const ChannelName& name) {
  const Result<UnixAddress> address = AddressOf(name);
  if (!address) return std::unexpected(address.error());
  return SocketFile::RemoveLeftover(*address);
}

}  // namespace

TransportKind ZmqIpc() {
  return {.name = "zmq_ipc",
          .summary = "ZeroMQ PUSH to PULL over an AF_UNIX socket",
          .traits = kTraits,
          .create = Create,
          .open = Open,
          .unlink = Unlink};
}

}  // namespace ipc_hammer

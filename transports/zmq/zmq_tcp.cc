#include "transports/zmq/zmq_tcp.h"

#include <memory>
#include <optional>
#include <utility>

#include "transports/network/loopback_address.h"
#include "transports/network/tcp_family.h"
#include "transports/network/tcp_listener.h"
#include "transports/socket/stream_socket.h"
#include "transports/sys/arguments.h"
#include "transports/zmq/zmq_channel.h"
#include "transports/zmq/zmq_limits.h"

namespace ipc_hammer {
namespace {

constexpr char kName[] = "zmq_tcp";
constexpr Traits kTraits = ZmqTraits(Reach::kStrangers);

ZmqPlace PlaceAt(const LoopbackAddress& address) {
  return {.uri = "tcp://" + address.text(),
          .look = [address](Deadline deadline) -> Result<void> {
            const auto probe = ConnectStream(kTcpFamily, address.ref(), deadline);
            if (!probe) return std::unexpected(probe.error());
            return {};
          },
          .send_buffer_bytes = kTcpBufferBytes};
}

Result<std::unique_ptr<Channel>> Create(const ChannelName& name, const Options& options) {
  if (Result<void> checked = CheckArguments(name, options, kTraits); !checked) {
    return std::unexpected(checked.error());
  }
  const Result<LoopbackAddress> address = LoopbackAddress::Of(kName, name);
  if (!address) return std::unexpected(address.error());
  Result<FileDescriptor> socket = NewStreamSocket(kTcpFamily);
  if (!socket) return std::unexpected(socket.error());
  if (Result<void> listens = ListenAt(socket->get(), *address, kZmqBacklog); !listens) {
    return std::unexpected(listens.error());
  }
  return std::make_unique<ZmqChannel>(PlaceAt(*address), *std::move(socket), std::nullopt, options);
}

Result<std::unique_ptr<Endpoint>> Open(const ChannelName& name, Role role, const Options& options,
                                       Deadline deadline) {
  if (role == Role::kConsumer) return Fail(Errc::kInvalidArgument, "the creator is the consumer");
  if (Result<void> checked = CheckArguments(name, options, kTraits); !checked) {
    return std::unexpected(checked.error());
  }
  const Result<LoopbackAddress> address = LoopbackAddress::Of(kName, name);
  if (!address) return std::unexpected(address.error());
  return ConnectZmqProducer(PlaceAt(*address), options, deadline);
}

Result<void> Unlink(const ChannelName& name) {
  const Result<LoopbackAddress> address = LoopbackAddress::Of(kName, name);
  if (!address) return std::unexpected(address.error());
  return UnlinkListener(*address);
}

}  // namespace

TransportKind ZmqTcp() {
  return {.name = kName,
          .summary = "ZeroMQ PUSH to PULL over TCP on the loopback device",
          .traits = kTraits,
          .create = Create,
          .open = Open,
          .unlink = Unlink};
}

}  // namespace ipc_hammer

#include "transports/network/tcp.h"

#include <optional>
#include <utility>

#include "transports/network/loopback_address.h"
#include "transports/network/tcp_family.h"
#include "transports/network/tcp_listener.h"
#include "transports/socket/listening.h"

namespace ipc_hammer {
namespace {

constexpr char kName[] = "tcp";

constexpr Traits kTraits = {
    .shape = Shape::kBytes,
    .reach = Reach::kStrangers,
    .order = Order::kPerProducer,
    .producers_max = 16,
    .consumers_max = 1,
    .duplex = true,
    .connections = true,
    .consumer_is_creator = true,
    .reopens_producer = true,
    .end_of_file = EndOfFile::kOnceEachGap,
    .send_needs_consumer = true,
    .floor_messages = 64,
    .floor_bytes = std::size_t{64} << 10,
    .message_size_max = std::size_t{16} << 20,
    .asynchronous = true,
    .send_resets_closed = true,
    .mechanism = MechanismFamily::kSocket,
};

Result<SocketAddress> AddressOf(const ChannelName& name) {
  const Result<LoopbackAddress> address = LoopbackAddress::Of(kName, name);
  if (!address) return std::unexpected(address.error());
  return SocketAddress(address->ref());
}

Result<std::optional<SocketFile>> Listen(int socket, const ChannelName& name, mode_t, int backlog) {
  const Result<LoopbackAddress> address = LoopbackAddress::Of(kName, name);
  if (!address) return std::unexpected(address.error());
  if (Result<void> listens = ListenAt(socket, *address, backlog); !listens) {
    return std::unexpected(listens.error());
  }
  return std::nullopt;
}

Result<void> Unlink(const ChannelName& name) {
  const Result<LoopbackAddress> address = LoopbackAddress::Of(kName, name);
  if (!address) return std::unexpected(address.error());
  return UnlinkListener(*address);
}

}  // namespace

TransportKind Tcp() {
  TransportKind kind =
      Listening({.traits = kTraits,
                 .family = &kTcpFamily,
                 .names = {.address = AddressOf, .listen = Listen, .unlink = Unlink}});
  kind.name = kName;
  kind.summary = "TCP over the loopback device, many to one, both ways";
  return kind;
}

}  // namespace ipc_hammer

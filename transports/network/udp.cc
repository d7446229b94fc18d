#include "transports/network/udp.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <limits>
#include <memory>
#include <utility>

#include "transports/network/loopback_address.h"
#include "transports/network/socket_owner.h"
#include "transports/socket/datagram/datagram_endpoint.h"
#include "transports/socket/datagram/datagram_socket.h"
#include "transports/socket/payload_rule.h"
#include "transports/sys/arguments.h"
#include "transports/sys/file_descriptor.h"

namespace ipc_hammer {
namespace {

constexpr char kName[] = "udp";

// What a queued datagram is charged with: the allocator rounds up to at most twice its bytes, and
// then there are the buffer's head, its shared part and the packet's own headers.
constexpr std::size_t kChargePerMessage = 2048;
constexpr std::size_t kFloorMessages = 64;
constexpr std::size_t kFloorBytes = std::size_t{64} << 10;
constexpr int kReceiveBufferBytes = 208 << 10;  // doubled by the kernel; net.core.rmem_max as it is
static_assert(2 * kFloorBytes + kFloorMessages * kChargePerMessage <=
              std::size_t{kReceiveBufferBytes} * 2 * 3 / 4);

constexpr Traits kTraits = {
    .shape = Shape::kMessages,
    .reach = Reach::kStrangers,
    .order = Order::kPerProducer,
    .producers_max = std::numeric_limits<std::uint32_t>::max(),
    .consumers_max = 1,
    .consumer_is_creator = true,
    .reopens_producer = true,
    .end_of_file = EndOfFile::kNever,
    .send_needs_consumer = true,
    .floor_messages = kFloorMessages,
    .floor_bytes = kFloorBytes,
    .message_size_max = 65507,  // 65535 less the headers of IP and UDP
    .asynchronous = true,
    .lossy = true,
    .follows_name = true,
    .mechanism = MechanismFamily::kSocket,
};

Result<FileDescriptor> NewSocket() {
  FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.is_open()) return FailErrno("socket");
  return socket;
}

// What the kernel grants is cut to its limit in silence.
Result<void> SetReceiveBuffer(int socket) {
  int bytes = kReceiveBufferBytes;
  socklen_t size = sizeof(bytes);
  if (::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &bytes, size) != 0 ||
      ::getsockopt(socket, SOL_SOCKET, SO_RCVBUF, &bytes, &size) != 0) {
    return FailErrno("setsockopt");
  }
  if (bytes < 2 * kReceiveBufferBytes) return Fail(Errc::kNoSpace, "net.core.rmem_max is too low");
  return {};
}

// To connect says nothing of the other end, which may not even be there: the kernel is asked.
Result<std::unique_ptr<Endpoint>> ConnectTo(const LoopbackAddress& address,
                                            const Options& options) {
  if (Result<void> ours = RequireOwnSocketAt(IPPROTO_UDP, address.ip()); !ours) {
    return std::unexpected(ours.error());
  }
  Result<FileDescriptor> socket = NewSocket();
  if (!socket) return std::unexpected(socket.error());
  if (::connect(socket->get(), address.ref().data, address.ref().size) != 0) {
    if (errno == EADDRNOTAVAIL) return Fail(Errc::kNoSpace, "connect: no port is free", errno);
    return FailErrno("connect");
  }
  return std::make_unique<DatagramProducer>(*std::move(socket),
                                            PayloadRule::Messages(options.message_size_bytes));
}

class UdpChannel : public Channel {
 public:
  UdpChannel(const LoopbackAddress& address, const Options& options, FileDescriptor socket)
      : address_(address), options_(options), socket_(std::move(socket)) {}

  Result<std::unique_ptr<Endpoint>> Attach(Role role, Deadline) override {
    if (role == Role::kConsumer) return AttachConsumer();
    auto producer = ConnectTo(address_, options_);
    if (producer || producer.error().code != Errc::kNotFound) return producer;
    return Fail(Errc::kPeerClosed, producer.error().call, producer.error().sys_errno);
  }
  void Detach() override { socket_.Close(); }
  Result<void> Unlink() override { return {}; }  // the name lasts as long as the socket

 private:
  Result<std::unique_ptr<Endpoint>> AttachConsumer() {
    if (has_consumer_) return Fail(Errc::kInvalidArgument, "too many endpoints of that role");
    if (!socket_.is_open()) return Fail(Errc::kInvalidArgument, "attach after detach");
    Result<FileDescriptor> socket = socket_.Duplicate();
    if (!socket) return std::unexpected(socket.error());
    has_consumer_ = true;
    return std::make_unique<DatagramConsumer>(*std::move(socket), &ReceiveDatagram,
                                              PayloadRule::Messages(options_.message_size_bytes));
  }

  const LoopbackAddress address_;
  const Options options_;
  FileDescriptor socket_;
  bool has_consumer_ = false;
};

Result<std::unique_ptr<Channel>> Create(const ChannelName& name, const Options& options) {
  if (Result<void> checked = CheckArguments(name, options, kTraits); !checked) {
    return std::unexpected(checked.error());
  }
  const Result<LoopbackAddress> address = LoopbackAddress::Of(kName, name);
  if (!address) return std::unexpected(address.error());
  Result<FileDescriptor> socket = NewSocket();
  if (!socket) return std::unexpected(socket.error());
  if (Result<void> set = SetReceiveBuffer(socket->get()); !set) {
    return std::unexpected(set.error());
  }
  if (::bind(socket->get(), address->ref().data, address->ref().size) != 0) {
    return FailErrno("bind");
  }
  // Whether the kernel can say whose a socket is, which every producer asks.
  if (Result<void> ours = RequireOwnSocketAt(IPPROTO_UDP, address->ip()); !ours) {
    return std::unexpected(ours.error());
  }
  return std::make_unique<UdpChannel>(*address, options, *std::move(socket));
}

Result<std::unique_ptr<Endpoint>> Open(const ChannelName& name, Role role, const Options& options,
                                       Deadline) {
  if (role == Role::kConsumer) return Fail(Errc::kInvalidArgument, "the creator is the consumer");
  if (Result<void> checked = CheckArguments(name, options, kTraits); !checked) {
    return std::unexpected(checked.error());
  }
  const Result<LoopbackAddress> address = LoopbackAddress::Of(kName, name);
  if (!address) return std::unexpected(address.error());
  return ConnectTo(*address, options);
}

Result<void> Unlink(const ChannelName& name) {
  const Result<LoopbackAddress> address = LoopbackAddress::Of(kName, name);
  if (!address) return std::unexpected(address.error());
  const Result<SocketOwner> owner = FindSocketOwner(IPPROTO_UDP, address->ip());
  if (!owner) return std::unexpected(owner.error());
  return Fail(Errc::kExists, "a living process receives");
}

}  // namespace

TransportKind Udp() {
  return {.name = kName,
          .summary = "UDP datagrams over the loopback device, many to one, dropped when full",
          .traits = kTraits,
          .create = Create,
          .open = Open,
          .unlink = Unlink};
}

}  // namespace ipc_hammer

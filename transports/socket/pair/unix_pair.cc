#include "transports/socket/pair/unix_pair.h"

#include <sys/socket.h>

#include <array>
#include <memory>
#include <utility>

#include "transports/socket/datagram/datagram_endpoint.h"
#include "transports/socket/datagram/datagram_socket.h"
#include "transports/socket/payload_rule.h"
#include "transports/socket/send_buffer.h"
#include "transports/socket/stream_producer.h"
#include "transports/socket/unix_family.h"
#include "transports/socket/unix_name.h"
#include "transports/sys/arguments.h"
#include "transports/sys/file_descriptor.h"

namespace ipc_hammer {
namespace {

constexpr Traits kStreamTraits = {
    .shape = Shape::kBytes,
    .reach = Reach::kRelatives,
    .order = Order::kFifo,
    .producers_max = 1,
    .consumers_max = 1,
    .duplex = true,
    .end_of_file = EndOfFile::kPersistent,
    .send_needs_consumer = true,
    .floor_messages = kUnixFloorMessages,
    .floor_bytes = kUnixFloorBytes,
    .message_size_max = std::size_t{16} << 20,
    .mechanism = MechanismFamily::kSocket,
};

constexpr Traits SeqpacketTraits() {
  Traits traits = kStreamTraits;
  traits.shape = Shape::kMessages;
  traits.message_size_max = kUnixMessageSizeMax;
  return traits;
}

constexpr Traits DgramTraits() {
  Traits traits = SeqpacketTraits();
  traits.producers_max = 16;
  traits.duplex = false;
  traits.end_of_file = EndOfFile::kNever;
  return traits;
}

// How an endpoint is made of a descriptor of its end.
using MakeEndpoint = std::unique_ptr<Endpoint> (*)(Role role, FileDescriptor end, PayloadRule rule);

std::unique_ptr<Endpoint> StreamEnd(Role, FileDescriptor end, PayloadRule rule) {
  return std::make_unique<StreamProducer>(UnixStreamFamily(UnixNaming::kPath), std::move(end),
                                          nullptr, rule);
}
std::unique_ptr<Endpoint> SeqpacketEnd(Role, FileDescriptor end, PayloadRule rule) {
  return std::make_unique<StreamProducer>(UnixSeqpacketFamily(UnixNaming::kPath), std::move(end),
                                          nullptr, rule);
}
std::unique_ptr<Endpoint> DgramEnd(Role role, FileDescriptor end, PayloadRule rule) {
  if (role == Role::kProducer) return std::make_unique<DatagramProducer>(std::move(end), rule);
  return std::make_unique<DatagramConsumer>(std::move(end), &ReceiveDatagram, rule);
}

struct Kind {
  Traits traits;
  int type = 0;
  MakeEndpoint make_endpoint = nullptr;
};

class PairChannel : public Channel {
 public:
  PairChannel(const Kind& kind, PayloadRule rule, FileDescriptor producers_end,
              FileDescriptor consumers_end)
      : kind_(kind), rule_(rule), ends_{std::move(producers_end), std::move(consumers_end)} {}

  Result<std::unique_ptr<Endpoint>> Attach(Role role, Deadline) override {
    const auto index = static_cast<std::size_t>(role);
    const Traits& traits = kind_.traits;
    if (attached_[index] ==
        (role == Role::kProducer ? traits.producers_max : traits.consumers_max)) {
      return Fail(Errc::kInvalidArgument, "too many endpoints of that role");
    }
    if (!ends_[index].is_open()) return Fail(Errc::kInvalidArgument, "attach after detach");
    Result<FileDescriptor> end = ends_[index].Duplicate();
    if (!end) return std::unexpected(end.error());
    ++attached_[index];
    return kind_.make_endpoint(role, *std::move(end), rule_);
  }

  void Detach() override {
    for (FileDescriptor& end : ends_) end.Close();
  }

  Result<void> Unlink() override { return {}; }

 private:
  const Kind kind_;
  const PayloadRule rule_;
  std::array<FileDescriptor, 2> ends_;  // by Role
  std::array<std::uint32_t, 2> attached_{};
};

Result<std::unique_ptr<Channel>> Create(const Kind& kind, const ChannelName& name,
                                        const Options& options) {
  if (Result<void> checked = CheckArguments(name, options, kind.traits); !checked) {
    return std::unexpected(checked.error());
  }
  std::array<int, 2> ends;
  if (::socketpair(AF_UNIX, kind.type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0) {
    return FailErrno("socketpair");
  }
  FileDescriptor producers_end(ends[0]);
  FileDescriptor consumers_end(ends[1]);
  if (Result<void> enough = CheckSendBuffer(producers_end.get()); !enough) {
    return std::unexpected(enough.error());
  }
  const PayloadRule rule = kind.traits.shape == Shape::kBytes
                               ? PayloadRule::Stream()
                               : PayloadRule::Messages(options.message_size_bytes);
  return std::make_unique<PairChannel>(kind, rule, std::move(producers_end),
                                       std::move(consumers_end));
}

TransportKind PairOf(const char* name, const char* summary, const Kind& kind) {
  return {.name = name,
          .summary = summary,
          .traits = kind.traits,
          .create = [kind](const ChannelName& channel,
                           const Options& options) { return Create(kind, channel, options); },
          .open = nullptr,
          .unlink = nullptr};
}

}  // namespace

TransportKind UnixStreamPair() {
  return PairOf("unix_stream_pair", "socketpair(2) of stream sockets, one to one, both ways",
                {kStreamTraits, SOCK_STREAM, &StreamEnd});
}

TransportKind UnixSeqpacketPair() {
  return PairOf("unix_seqpacket_pair", "socketpair(2) of sequenced packets, one to one, both ways",
                {SeqpacketTraits(), SOCK_SEQPACKET, &SeqpacketEnd});
}

TransportKind UnixDgramPair() {
  return PairOf("unix_dgram_pair", "socketpair(2) of datagram sockets, many to one, one way",
                {DgramTraits(), SOCK_DGRAM, &DgramEnd});
}

}  // namespace ipc_hammer

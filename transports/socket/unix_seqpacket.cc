#include "transports/socket/unix_seqpacket.h"

#include "transports/socket/send_buffer.h"
#include "transports/socket/unix_family.h"
#include "transports/socket/unix_listening.h"
#include "transports/socket/unix_name.h"

namespace ipc_hammer {
namespace {

constexpr Traits kTraits = {
    .shape = Shape::kMessages,
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
    .floor_messages = kUnixFloorMessages,
    .floor_bytes = kUnixFloorBytes,
    .message_size_max = kUnixMessageSizeMax,
    .mechanism = MechanismFamily::kSocket,
};

TransportKind Named(const char* name, const char* summary, UnixNaming naming) {
  return UnixListening(name, summary, kTraits, UnixSeqpacketFamily(naming), naming);
}

}  // namespace

TransportKind UnixSeqpacket() {
  return Named("unix_seqpacket",
               "AF_UNIX sequenced packets with a socket file, many to one, both ways",
               UnixNaming::kPath);
}

TransportKind UnixSeqpacketAbstract() {
  return Named("unix_seqpacket_abstract",
               "AF_UNIX sequenced packets with an abstract name, many to one, both ways",
               UnixNaming::kAbstract);
}

}  // namespace ipc_hammer

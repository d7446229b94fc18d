#include "transports/socket/unix_stream.h"

#include "transports/socket/send_buffer.h"
#include "transports/socket/unix_family.h"
#include "transports/socket/unix_listening.h"
#include "transports/socket/unix_name.h"

namespace ipc_hammer {
namespace {

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
    .floor_messages = kUnixFloorMessages,
    .floor_bytes = kUnixFloorBytes,
    .message_size_max = std::size_t{16} << 20,
    .mechanism = MechanismFamily::kSocket,
};

TransportKind Named(const char* name, const char* summary, UnixNaming naming) {
  return UnixListening(name, summary, kTraits, UnixStreamFamily(naming), naming);
}

}  // namespace

TransportKind UnixStream() {
  return Named("unix_stream", "AF_UNIX stream socket with a socket file, many to one, both ways",
               UnixNaming::kPath);
}

TransportKind UnixStreamAbstract() {
  return Named("unix_stream_abstract",
               "AF_UNIX stream socket with an abstract name, many to one, both ways",
               UnixNaming::kAbstract);
}

}  // namespace ipc_hammer

#include "transports/zmq/zmq_monitor.h"

#include <poll.h>
#include <zmq.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>

#include "transports/sys/wait.h"

namespace ipc_hammer {
namespace {

constexpr int kEnds = ZMQ_EVENT_CLOSED | ZMQ_EVENT_DISCONNECTED |
                      ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                      ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
// A 16-bit number and a 32-bit value, as zmq_socket_monitor(3) says.
constexpr std::size_t kEventBytes = 6;

}  // namespace

Result<ZmqMonitor> ZmqMonitor::Of(ZmqSocket& watched) {
  const std::string address = watched.context()->FreshAddress();
  const auto monitored = AtBorder("zmq_socket_monitor", [&] {
    if (zmq_socket_monitor(watched.handle(), address.c_str(), kEnds | ZMQ_EVENT_CONNECTED) != 0)
      throw zmq::error_t();
  });
  if (!monitored) return std::unexpected(monitored.error());
  Result<ZmqSocket> events = ZmqSocket::Make(watched.context(), zmq::socket_type::pair);
  Result<void> connected =
      events ? events->Connect(address) : Result<void>(std::unexpected(events.error()));
  const Result<int> descriptor =
      connected ? events->Descriptor() : Result<int>(std::unexpected(connected.error()));
  if (descriptor) return ZmqMonitor(*std::move(events), *descriptor);
  Stop(watched);
  return std::unexpected(descriptor.error());
}

bool ZmqMonitor::HasEnded() {
  TakeNews();
  return has_ended_;
}

Result<void> ZmqMonitor::AwaitConnected(Deadline deadline) {
  for (;;) {
    TakeNews();
    if (has_ended_) return Fail(Errc::kNotFound, "zmq_connect");
    if (is_connected_) return {};
    pollfd news{.fd = descriptor_, .events = POLLIN, .revents = 0};
    if (Result<void> ready = WaitReady({&news, 1}, deadline); !ready) return ready;
  }
}

// An event is two messages: its number and value, and an address, which is cut if need be.
void ZmqMonitor::TakeNews() {
  if (!events_.is_usable()) return;
  std::array<std::byte, kEventBytes> message;
  for (;;) {
    const Result<std::size_t> event = events_.Receive(message);
    if (!event && event.error().code == Errc::kWouldBlock) return;
    std::uint16_t number = 0;
    std::memcpy(&number, message.data(), sizeof(number));
    // Without news nothing is known any more, and nothing can be sent with confidence.
    (event && number == ZMQ_EVENT_CONNECTED ? is_connected_ : has_ended_) = true;
    if (!event) return;
    (void)events_.Receive(message);
  }
}

void ZmqMonitor::Stop(ZmqSocket& watched) {
  if (watched.is_usable()) zmq_socket_monitor(watched.handle(), nullptr, 0);
}

}  // namespace ipc_hammer

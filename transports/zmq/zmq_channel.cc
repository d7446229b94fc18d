#include "transports/zmq/zmq_channel.h"

#include "transports/zmq/zmq_consumer.h"
#include "transports/zmq/zmq_context.h"
#include "transports/zmq/zmq_monitor.h"
#include "transports/zmq/zmq_producer.h"

namespace ipc_hammer {

Result<std::unique_ptr<Endpoint>> ZmqChannel::Attach(Role role, Deadline deadline) {
  if (role == Role::kConsumer) return AttachConsumer();
  auto producer = ConnectZmqProducer(place_, options_, deadline);
  if (producer || producer.error().code != Errc::kNotFound) return producer;
  return Fail(Errc::kPeerClosed, producer.error().call, producer.error().sys_errno);
}

void ZmqChannel::Detach() {
  listener_.Close();
  if (file_) file_->DropInChild();
}

Result<void> ZmqChannel::Unlink() { return file_ ? file_->Remove() : Result<void>(); }

Result<std::unique_ptr<Endpoint>> ZmqChannel::AttachConsumer() {
  if (has_consumer_) return Fail(Errc::kInvalidArgument, "too many endpoints of that role");
  if (!listener_.is_open()) return Fail(Errc::kInvalidArgument, "attach after detach");
  Result<std::shared_ptr<ZmqContext>> context = ZmqContext::OfProcess();
  if (!context) return std::unexpected(context.error());
  Result<FileDescriptor> listener = listener_.Duplicate();
  if (!listener) return std::unexpected(listener.error());
  Result<ZmqSocket> socket =
      MakePull(*std::move(context), options_.capacity_messages, options_.message_size_bytes);
  if (!socket) return std::unexpected(socket.error());
  if (auto set = socket->Set(zmq::sockopt::use_fd, listener->get()); !set) {
    return std::unexpected(set.error());
  }
  const Result<int> descriptor = socket->Descriptor();
  if (!descriptor) return std::unexpected(descriptor.error());
  if (Result<void> bound = socket->Bind(place_.uri); !bound) return std::unexpected(bound.error());
  listener->Release();  // the library closes it
  has_consumer_ = true;
  return std::make_unique<ZmqConsumer>(*std::move(socket), *descriptor, nullptr,
                                       options_.message_size_bytes);
}

Result<std::unique_ptr<Endpoint>> ConnectZmqProducer(const ZmqPlace& place, const Options& options,
                                                     Deadline deadline) {
  Result<std::shared_ptr<ZmqContext>> context = ZmqContext::OfProcess();
  if (!context) return std::unexpected(context.error());
  if (Result<void> looked = place.look(deadline); !looked) return std::unexpected(looked.error());
  Result<ZmqSocket> socket = MakePush(*std::move(context), options.capacity_messages);
  if (!socket) return std::unexpected(socket.error());
  if (place.send_buffer_bytes != 0) {
    auto set = socket->Set(zmq::sockopt::sndbuf, place.send_buffer_bytes);
    if (!set) return std::unexpected(set.error());
  }
  Result<ZmqMonitor> monitor = ZmqMonitor::Of(*socket);
  if (!monitor) return std::unexpected(monitor.error());
  const Result<int> descriptor = socket->Descriptor();
  Result<void> connected =
      descriptor ? socket->Connect(place.uri) : std::unexpected(descriptor.error());
  // The address has to stay until the library's thread has used it.
  if (connected) connected = monitor->AwaitConnected(deadline);
  if (!connected) {
    socket->ForgetUnsent();
    ZmqMonitor::Stop(*socket);
    return std::unexpected(connected.error());
  }
  return std::make_unique<ZmqProducer>(
      *std::move(socket), *descriptor,
      ConsumerWatch{.monitor = *std::move(monitor), .is_gone = nullptr},
      options.message_size_bytes);
}

}  // namespace ipc_hammer

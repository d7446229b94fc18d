// ZmqChannel: a channel whose consumer's PULL socket listens at an address that other processes
// know: what `zmq_ipc` and `zmq_tcp` have in common.
//
// The listening socket is made here and not by libzmq, which is handed a copy (ZMQ_USE_FD) by the
// consumer. So the name has its owner and its mode as in every other kind, and it can be inherited:
// a context cannot. libzmq 4.3.4 by itself unlinks whatever is at an ipc path and takes its place,
// without a look at who listens there, and leaves the file behind when it closes.
//
// A producer looks first whether somebody listens, because libzmq connects later and in another
// thread. The consumer's library sees that as a peer that leaves before it has said anything.
#ifndef IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_CHANNEL_H_
#define IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_CHANNEL_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "transports/socket/socket_file.h"
#include "transports/sys/file_descriptor.h"
#include "transports/transport.h"

namespace ipc_hammer {

struct ZmqPlace {
  std::string uri;  // "ipc:///tmp/name.zmq"
  // Success: somebody listens there who is to be trusted. Errors: those of TransportKind::open.
  std::function<Result<void>(Deadline)> look;
  // A connection's buffer for sending, so that it is no moving limit; 0: as the kernel has it.
  int send_buffer_bytes = 0;
};

// The backlog of a listener: in libzmq's eyes a full one is the end of a connection.
inline constexpr int kZmqBacklog = 4096;

class ZmqChannel : public Channel {
 public:
  // `listener` listens at `place`; `file` is what has to be removed at the end.
  ZmqChannel(ZmqPlace place, FileDescriptor listener, std::optional<SocketFile> file,
             const Options& options)
      : place_(std::move(place)),
        options_(options),
        file_(std::move(file)),
        listener_(std::move(listener)) {}

  Result<std::unique_ptr<Endpoint>> Attach(Role role, Deadline deadline) override;
  void Detach() override;
  Result<void> Unlink() override;

 private:
  Result<std::unique_ptr<Endpoint>> AttachConsumer();

  const ZmqPlace place_;
  const Options options_;
  std::optional<SocketFile> file_;
  FileDescriptor listener_;  // closed before the file's name is given free
  bool has_consumer_ = false;
};

// A producer of whoever listens at `place`. Errors: those of ZmqPlace::look, kNoSpace, kSystem.
Result<std::unique_ptr<Endpoint>> ConnectZmqProducer(const ZmqPlace& place, const Options& options,
                                                     Deadline deadline);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_CHANNEL_H_

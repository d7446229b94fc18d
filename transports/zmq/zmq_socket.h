// ZmqSocket: the one owner of one libzmq socket; every call is a value or an Error.
//
// Ownership: moved, never copied. Closing never blocks: what was sent and has not left yet goes on
// its way in the library's own thread as long as the context lives, and at most kZmqLinger.
// Threads: one at a time, handed over with a full fence, as zmq_socket(3) wants it.
// Processes: usable in the process that made it only; destroying it in a forked child abandons it.
//
// Waiting: poll the Descriptor() for POLLIN, then ask IsReady() again, and ask it before: the
// descriptor tells of news, not of a state. Source: zmq_getsockopt(3), ZMQ_FD and ZMQ_EVENTS.
#ifndef IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_SOCKET_H_
#define IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_SOCKET_H_

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <zmq.hpp>

#include "transports/error.h"
#include "transports/zmq/zmq_border.h"
#include "transports/zmq/zmq_context.h"

namespace ipc_hammer {

class ZmqSocket {
 public:
  // Errors: kNoSpace, kSystem.
  static Result<ZmqSocket> Make(std::shared_ptr<ZmqContext> context, zmq::socket_type type);

  ~ZmqSocket() { Close(); }
  ZmqSocket(ZmqSocket&&) = default;
  ZmqSocket& operator=(ZmqSocket&&) = delete;

  // Errors of both: kInvalidArgument, kNoSpace, kExists, kSystem.
  template <typename Option, typename Value>
  Result<void> Set(Option option, Value value) {
    return AtBorder("zmq_setsockopt", [&] { socket_->set(option, value); });
  }
  Result<void> Bind(const std::string& address);
  Result<void> Connect(const std::string& address);

  // Never blocks. Errors: kWouldBlock, kSystem.
  Result<void> Send(std::span<const std::byte> message);
  // Never blocks. Errors: kWouldBlock, kCorrupt (a longer message was there, and is gone), kSystem.
  Result<std::size_t> Receive(std::span<std::byte> buffer);

  // Whether a send (ZMQ_POLLOUT) or a receive (ZMQ_POLLIN) would succeed now; takes note of all
  // that the library's threads have told.
  Result<bool> IsReady(short event);
  Result<int> Descriptor() const;

  // Discards at Close() what has not left yet.
  void ForgetUnsent();
  void Close();

  bool is_usable() const { return socket_ != nullptr && context_->is_ours(); }
  const std::shared_ptr<ZmqContext>& context() const { return context_; }
  void* handle() { return socket_->handle(); }

 private:
  ZmqSocket(std::shared_ptr<ZmqContext> context, std::unique_ptr<zmq::socket_t> socket)
      : context_(std::move(context)), socket_(std::move(socket)) {}

  std::shared_ptr<ZmqContext> context_;
  std::unique_ptr<zmq::socket_t> socket_;  // closed before the context is given up
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_SOCKET_H_

// ZmqMonitor: tells a producer that its connection to the consumer has been made, and has ended.
//
// libzmq itself would say neither: it connects in a thread of its own, and a PUSH socket without a
// peer waits for one. An end is: the connection could not be made, failed in the handshake, or was
// closed.
//
// Threads: that of the producer's socket. Processes: as ZmqSocket.
// Ownership: Stop() comes before the watched socket is closed: an event that nobody takes blocks
// the thread of the library that tells it. Source: zmq_socket_monitor(3).
#ifndef IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_MONITOR_H_
#define IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_MONITOR_H_

#include <utility>

#include "transports/deadline.h"
#include "transports/error.h"
#include "transports/zmq/zmq_socket.h"

namespace ipc_hammer {

class ZmqMonitor {
 public:
  // REQUIRES: `watched` is not yet connected. Errors: kNoSpace, kSystem.
  static Result<ZmqMonitor> Of(ZmqSocket& watched);

  // Whether the connection has ended; once true, always true.
  bool HasEnded();
  // Waits until the kernel has made the connection, whether or not the consumer has taken it.
  // Errors: kNotFound (it could not be made), kWouldBlock, kTimedOut, kNoSpace, kSystem.
  Result<void> AwaitConnected(Deadline deadline);
  // Readable when HasEnded() should be asked again.
  int descriptor() const { return descriptor_; }
  static void Stop(ZmqSocket& watched);

 private:
  ZmqMonitor(ZmqSocket events, int descriptor)
      : events_(std::move(events)), descriptor_(descriptor) {}

  void TakeNews();

  ZmqSocket events_;
  int descriptor_;
  bool is_connected_ = false;
  bool has_ended_ = false;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_MONITOR_H_

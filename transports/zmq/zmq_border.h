// The border to libzmq: what it throws becomes an Error, and what a forked child cannot use is
// kept.
//
// Sources: zmq_errno(3); cppzmq throws zmq::error_t for whatever fails, and nothing else.
#ifndef IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_BORDER_H_
#define IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_BORDER_H_

#include <memory>
#include <type_traits>
#include <zmq.hpp>

#include "transports/error.h"

namespace ipc_hammer {

// The code for an errno value of libzmq, which has some of its own. EMFILE is also "too many
// sockets in this context".
Errc ErrcFromZmq(int zmq_errno);

// What `body` returns, or the error that it throws. It is repeated when a signal interrupts it.
template <typename Body>
auto AtBorder(const char* call, Body body) -> Result<std::invoke_result_t<Body>> {
  for (;;) {
    try {
      if constexpr (std::is_void_v<std::invoke_result_t<Body>>) {
        body();
        return {};
      } else {
        return body();
      }
    } catch (const zmq::error_t& error) {
      if (error.num() != EINTR) return Fail(ErrcFromZmq(error.num()), call, error.num());
    }
  }
}

// Keeps an object of a forked child's parent for good: ending it would wait for threads that are
// not here. It stays reachable, so that a leak detector knows that it is no leak.
void Abandon(std::shared_ptr<void> object);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_BORDER_H_

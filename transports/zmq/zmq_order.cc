#include "transports/zmq/zmq_order.h"

#if defined(__SANITIZE_THREAD__) || (defined(__has_feature) && __has_feature(thread_sanitizer))

#include <sanitizer/tsan_interface.h>

// One a program; the runtime's own is weak and empty.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "called_from_lib:libzmq.so\n"
         "race:libzmq.so\n";
}

namespace ipc_hammer {

void TellOrder(ZmqContext& context) { __tsan_release(&context); }
void TakeOrder(ZmqContext& context) { __tsan_acquire(&context); }

}  // namespace ipc_hammer

#else

namespace ipc_hammer {

void TellOrder(ZmqContext&) {}
void TakeOrder(ZmqContext&) {}

}  // namespace ipc_hammer

#endif

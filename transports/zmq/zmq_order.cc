#include "transports/zmq/zmq_order.h"

#if defined(__SANITIZE_THREAD__) || (defined(__has_feature) && __has_feature(thread_sanitizer))

#include <sanitizer/tsan_interface.h>

#include "transports/sys/tsan_options.h"

// One a program; the runtime's own is weak and empty. libpgm, which libzmq sets up with the first
// context and takes down with the last, counts them with atomics that nobody sees.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "called_from_lib:libzmq.so\n"
         "race:libzmq.so\n"
         "called_from_lib:libpgm\n";
}

// To tell that a race is one of these takes the module of each frame, not its line: with symbols a
// process would be started for them, whose pipes a census counts.
extern "C" const char* ipc_hammer_tsan_options_of_transport() { return "symbolize=0"; }

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

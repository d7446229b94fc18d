// ZmqContext: one libzmq context, with the two threads that it runs, as an object of one process.
//
// A context does not survive fork(2): its threads are not in the child, and whatever the child asks
// of it hangs or disturbs the parent. So a context belongs to the process that made it. In a forked
// child it is abandoned: kept in memory and never used, which costs the child the parent's
// descriptors until it ends.
//
// Blocking: the destructor ends the context, and that is where what producers sent leaves for the
// network; it waits for it, at most kZmqLinger, and not at all when nothing is under way.
// Limits of the library that cannot be mended here: without memory, or where no thread can be made,
// it aborts the process. It does so too when a thread of its own meets the limit of descriptors, so
// nothing is begun without kDescriptorsNeeded to spare.
//
// Threads: any; the library locks. Sources: zmq_ctx_new(3), zmq_ctx_term(3), zmq(7) "Context".
#ifndef IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_CONTEXT_H_
#define IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_CONTEXT_H_

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <zmq.hpp>

#include "transports/error.h"

namespace ipc_hammer {

// How long a message that was sent may still be on its way into the kernel when everything of its
// process has been closed. It waits for the library's thread, and for a consumer that reads only
// when the consumer's queue and the kernel's buffers are full.
inline constexpr std::chrono::milliseconds kZmqLinger{1000};

// A context takes five descriptors, a socket one, a monitor two, and a connection one at each end.
inline constexpr int kDescriptorsNeeded = 16;

class ZmqContext {
 public:
  // A new context. Errors: kNoSpace, kSystem.
  static Result<std::shared_ptr<ZmqContext>> New();
  // The one that all who ask in this process share, as long as any of them keeps it. Also checks
  // that there are descriptors for one more socket. Errors: kNoSpace, kSystem.
  static Result<std::shared_ptr<ZmqContext>> OfProcess();

  ~ZmqContext();
  ZmqContext(const ZmqContext&) = delete;
  ZmqContext& operator=(const ZmqContext&) = delete;

  // False in a forked child.
  bool is_ours() const;
  // REQUIRES: is_ours().
  zmq::context_t& get() { return *context_; }
  // An inproc address that nobody else in this context uses.
  std::string FreshAddress();

 private:
  explicit ZmqContext(std::unique_ptr<zmq::context_t> context);

  std::unique_ptr<zmq::context_t> context_;
  pid_t owner_;
  std::atomic<unsigned> addresses_ = 0;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_CONTEXT_H_

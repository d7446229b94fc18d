// DescriptorServer: one descriptor, handed to every process that asks under a name and may have it.
//
// The name is an abstract socket. A thread of the process that owns it accepts each connection,
// looks at who is there (SO_PEERCRED), answers with one byte and, if he may have it, a copy of the
// descriptor, and closes. It never reads and never waits for a client, so one that is silent, slow
// or gone costs nothing; many at once wait in the backlog.
//
// Who may have it: a process of our own user; of our own group or anybody, where the mode gives
// them both reading and writing. The client looks at the server in the same way.
//
// Threads: all functions from one thread. The server's own thread blocks all signals, allocates
// nothing and ends within Stop(). Where this process has no descriptor left to accept with, it
// looks again every kOutOfDescriptors; the clients wait until their deadline. Processes: a forked
// child has the descriptors but not the thread, and needs neither: for it, Stop() closes its
// copies. A child that was forked in the very moment of an answer may inherit that connection as
// well, until it ends; the client has its answer all the same. What a kill leaves: nothing. The
// kernel removes the name. Sources: unix(7), sendmsg(2), pthread_create(3).
#ifndef IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_MEMFD_DESCRIPTOR_SERVER_H_
#define IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_MEMFD_DESCRIPTOR_SERVER_H_

#include <pthread.h>
#include <sys/types.h>

#include <chrono>
#include <memory>

#include "transports/deadline.h"
#include "transports/error.h"
#include "transports/socket/unix_address.h"
#include "transports/sys/file_descriptor.h"

namespace ipc_hammer {

inline constexpr std::chrono::milliseconds kOutOfDescriptors{10};

// How long a client that cannot wait waits for its answer all the same: asking takes the server's
// thread. Only a server that is stopped, or out of descriptors, needs that long.
inline constexpr std::chrono::milliseconds kAnswerPatience{1000};

// A socket that has the name, but does not listen yet. Errors: kExists, kNoSpace, kSystem.
Result<FileDescriptor> BindServerName(const UnixAddress& address);

class DescriptorServer {
 public:
  // Serves copies of `object` at `bound`. Errors: kNoSpace, kSystem.
  static Result<std::unique_ptr<DescriptorServer>> Start(FileDescriptor bound,
                                                         FileDescriptor object, mode_t mode);
  ~DescriptorServer() { Stop(); }
  DescriptorServer(const DescriptorServer&) = delete;
  DescriptorServer& operator=(const DescriptorServer&) = delete;

  // Ends the thread, gives the name free and closes everything. Idempotent. Blocks for the moment
  // that the thread needs to end.
  void Stop();

 private:
  DescriptorServer(FileDescriptor listener, FileDescriptor object, FileDescriptor stop,
                   mode_t mode);
  static void* Run(void* self);
  Result<void> Launch();
  void Serve();
  bool AnswerOne();  // false: out of descriptors
  bool WaitForStop(Deadline deadline);

  FileDescriptor listener_;
  FileDescriptor object_;
  FileDescriptor stop_;  // an eventfd
  mode_t mode_;
  pthread_t thread_{};
  pid_t thread_owner_ = 0;  // the process that has the thread; 0: none
};

// Asks the server at `address` for its descriptor. Blocks until the deadline; where somebody
// listens even Deadline::Now() waits, for kAnswerPatience. `mode` is what is expected: unless that
// lets other users in, the server has to be of our own. Errors: kNotFound (no server, or it goes
// away), kPermission, kNoSpace (here or there), kCorrupt (an answer that is none), kWouldBlock,
// kTimedOut, kSystem.
Result<FileDescriptor> FetchDescriptor(const UnixAddress& address, mode_t mode, Deadline deadline);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_MEMFD_DESCRIPTOR_SERVER_H_

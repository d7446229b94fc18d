// FifoFile: the file that names a FIFO, from mkfifo(3) to unlink(2), and the ways to open it.
//
// A channel owns its name by a NameLock on `path`.lock. A FIFO of ours found under that lock is a
// dead process's and is replaced; whoever still has an end of it open keeps it, without its name.
// It is not opened to look for life: a reader that comes and goes kills a writer that waits for it.
// Anything else under the path (another type, a symbolic link, another user's FIFO) is left alone.
//
// Mode: exact under any umask and never wider than asked for: mkfifo takes the umask's bits off,
// and chmod puts them back on the very file. Between the two an opener may be told kPermission.
//
// What is opened has been looked at first, as a place (O_PATH), which opens nothing: so no device
// or other file is ever opened by mistake. The ends are opened through /proc/self/fd, and so they
// can be had also when the name has gone.
//
// Processes: only the process that made the file removes it, and only while it is that very file.
// Threads: one at a time. Sources: fifo(7), open(2) on O_PATH, proc(5) on /proc/pid/fd.
#ifndef IPC_HAMMER_TRANSPORTS_PIPE_FIFO_FILE_H_
#define IPC_HAMMER_TRANSPORTS_PIPE_FIFO_FILE_H_

#include <sys/types.h>

#include <string>
#include <utility>

#include "transports/error.h"
#include "transports/sys/file_descriptor.h"
#include "transports/sys/name_lock.h"

namespace ipc_hammer {

// An end of the FIFO that `place` (O_PATH, or another end) leads to: O_RDONLY or O_WRONLY, never
// blocking. Errors: kWouldBlock (O_WRONLY and nobody reads), kPermission, kNoSpace, kSystem.
Result<FileDescriptor> OpenFifoEnd(int place, int access);

// The same by name, for a process that expects `mode`: unless that lets other users in, the FIFO
// has to be ours. Errors: also kNotFound, kCorrupt (no FIFO under the name).
Result<FileDescriptor> OpenFifoByName(const std::string& path, int access, mode_t mode);

class FifoFile {
 public:
  // Errors: kExists, kPermission, kNoSpace, kInvalidArgument (no such folder), kSystem.
  static Result<FifoFile> Make(const std::string& path, mode_t mode);

  // Removes what a dead process left. Errors: kNotFound, kExists, kPermission, kSystem.
  static Result<void> RemoveLeftover(const std::string& path);

  FifoFile(FifoFile&&) = default;
  FifoFile& operator=(FifoFile&&) = delete;
  ~FifoFile() { (void)Remove(); }

  // For OpenFifoEnd, for as long as this object lives.
  int place() const { return place_.get(); }

  // Removes the file, if the path still leads to it, and gives the name free. Idempotent.
  // Errors: kPermission (also in any other process), kSystem.
  Result<void> Remove();
  // In a forked child gives up its share of the name, so that it dies with its owner.
  void DropInChild() { lock_.DropInChild(); }

 private:
  FifoFile(std::string path, NameLock lock, FileDescriptor place, pid_t owner)
      : path_(std::move(path)), lock_(std::move(lock)), place_(std::move(place)), owner_(owner) {}

  std::string path_;
  NameLock lock_;
  FileDescriptor place_;
  pid_t owner_;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_PIPE_FIFO_FILE_H_

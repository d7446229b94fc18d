// Objects of /dev/shm: made complete before anyone can see them, owned by name, removed by their
// owner only. POSIX shared memory is a file there, a named semaphore the file "sem.<name>".
//
//   ClaimShmName  ->  MakeShmFile, fill it  ->  ShmName::Publish
//
// Nothing is ever half made under a name: the file has no name until it has its size, its blocks,
// its mode and its content, and a maker who dies leaves nothing behind.
//
// Processes: only the one that claimed the name removes it; a forked child's ShmName lets go.
// Sources: shm_overview(7), sem_overview(7), open(2) on O_TMPFILE, posix_fallocate(3).
#ifndef IPC_HAMMER_TRANSPORTS_SYS_SHM_FILE_H_
#define IPC_HAMMER_TRANSPORTS_SYS_SHM_FILE_H_

#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstddef>
#include <string>
#include <utility>

#include "transports/error.h"
#include "transports/sys/file_descriptor.h"
#include "transports/sys/name_lock.h"

namespace ipc_hammer {

inline constexpr char kShmFolder[] = "/dev/shm";

// A file without a name: zeroes, all blocks reserved (a full disk is an error now and not a SIGBUS
// later), exactly `mode`. Errors: kNoSpace, kPermission, kSystem.
Result<FileDescriptor> MakeShmFile(std::size_t size_bytes, mode_t mode);

// The lock "/dev/shm/<lock>" of a name of any mechanism. Errors: those of NameLock::Acquire, but
// kSystem where there is no /dev/shm.
Result<NameLock> LockShmName(const std::string& lock);

class ShmName {
 public:
  // Takes the name "/dev/shm/<file>" by the lock "/dev/shm/<lock>" and removes what a dead owner
  // left there. Errors: kExists (owned, or something that is no regular file), kPermission (another
  // user's), kNoSpace, kSystem.
  static Result<ShmName> Claim(const std::string& file, const std::string& lock);

  ShmName(ShmName&&) = default;
  ShmName& operator=(ShmName&&) = delete;
  ~ShmName() { (void)Remove(); }

  // Gives `file` this name. Errors: kExists (someone who does not lock took it), kPermission,
  // kNoSpace, kSystem.
  Result<void> Publish(const FileDescriptor& file);

  // In the claiming process removes the name, if it still leads to what was published, and gives
  // up the lock. Idempotent. Errors: kPermission (also in any other process), kSystem.
  Result<void> Remove();
  // In a forked child lets go of the lock, so that it dies with its owner.
  void DropInChild() { lock_.DropInChild(); }

 private:
  ShmName(std::string path, NameLock lock)
      : path_(std::move(path)), lock_(std::move(lock)), owner_(getpid()) {}
  std::string path_;
  NameLock lock_;
  pid_t owner_;
  dev_t device_ = 0;
  ino_t inode_ = 0;  // 0: nothing to remove
};

// The janitor: removes what a dead owner left under the name. Errors: those of Claim; kNotFound
// when nothing is there.
Result<void> RemoveShmLeftover(const std::string& file, const std::string& lock);

// Opens a published file read-write for use by a process that expects `mode`: unless that lets
// other users in, the file has to be ours. Errors: kNotFound, kPermission, kCorrupt (no regular
// file), kNoSpace, kSystem.
Result<FileDescriptor> OpenShmFile(const std::string& file, mode_t mode, struct stat* status);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SYS_SHM_FILE_H_

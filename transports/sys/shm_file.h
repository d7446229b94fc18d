// Objects of /dev/shm, which are files there: POSIX shared memory by its name, a named semaphore as
// "sem.<name>". Made, owned and removed as named_file.h says, by file names instead of paths:
//
//   ShmName::Claim  ->  MakeShmFile, fill it  ->  ShmName::Publish
//
// To make or to lock something on a system without /dev/shm is kSystem, not kNotFound.
// Sources: shm_overview(7), sem_overview(7).
#ifndef IPC_HAMMER_TRANSPORTS_SYS_SHM_FILE_H_
#define IPC_HAMMER_TRANSPORTS_SYS_SHM_FILE_H_

#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>
#include <string>
#include <utility>

#include "transports/error.h"
#include "transports/sys/file_descriptor.h"
#include "transports/sys/name_lock.h"
#include "transports/sys/named_file.h"

namespace ipc_hammer {

inline constexpr char kShmFolder[] = "/dev/shm";

// What a channel's name must not be, because other objects of the folder have such names: "sem..."
// and "....lock". Errors: kInvalidArgument, also for what is no channel name at all.
Result<void> CheckShmName(const std::string& text);
// The lock that owns the name of a channel of that kind.
std::string ShmLockOf(const std::string& text, const std::string& kind);

// MakeUnnamedFile there. Errors: kNoSpace, kPermission, kSystem.
Result<FileDescriptor> MakeShmFile(std::size_t size_bytes, mode_t mode);

// The lock "/dev/shm/<lock>" of a name of any mechanism. Errors: those of NameLock::Acquire.
Result<NameLock> LockShmName(const std::string& lock);

// The name "/dev/shm/<file>" with the lock "/dev/shm/<lock>"; its functions are NamedFile's.
class ShmName {
 public:
  static Result<ShmName> Claim(const std::string& file, const std::string& lock);

  Result<void> Publish(const FileDescriptor& file) { return file_.Publish(file); }
  Result<void> Adopt() { return file_.Adopt(); }
  Result<void> Remove() { return file_.Remove(); }
  void DropInChild() { file_.DropInChild(); }

 private:
  explicit ShmName(NamedFile file) : file_(std::move(file)) {}
  NamedFile file_;
};

// The janitor: removes what a dead owner left under the name. Errors: those of Claim; kNotFound
// when nothing is there.
Result<void> RemoveShmLeftover(const std::string& file, const std::string& lock);

// OpenNamedFile there.
Result<FileDescriptor> OpenShmFile(const std::string& file, mode_t mode, struct stat* status);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SYS_SHM_FILE_H_

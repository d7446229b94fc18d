// Files that name a channel: made complete before anyone can see them, owned by name, removed by
// their owner only.
//
//   NamedFile::Claim  ->  MakeUnnamedFile, fill it  ->  NamedFile::Publish
//
// Nothing is ever half made under a name: the file has no name until it has its size, its blocks,
// its mode and its content, and a maker who dies leaves nothing behind.
//
// Processes: only the one that claimed the name removes it; a forked child's NamedFile lets go.
// The folder has to be on a file system with O_TMPFILE (tmpfs, ext4, xfs, btrfs, overlayfs).
// Sources: open(2) on O_TMPFILE, linkat(2), posix_fallocate(3).
#ifndef IPC_HAMMER_TRANSPORTS_SYS_NAMED_FILE_H_
#define IPC_HAMMER_TRANSPORTS_SYS_NAMED_FILE_H_

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

// A file without a name, to be named in `folder`: zeroes, all blocks reserved (a full disk is an
// error now and not a SIGBUS later), exactly `mode`.
// Errors: kNotFound (no such folder), kNoSpace, kPermission, kSystem.
Result<FileDescriptor> MakeUnnamedFile(const std::string& folder, std::size_t size_bytes,
                                       mode_t mode);

// Gives a file of size 0 its size and blocks, all zeroes. Errors: kNoSpace, kSystem.
Result<void> ReserveBlocks(int fd, std::size_t size_bytes);

class NamedFile {
 public:
  // Takes the name `path` by the lock file `lock_path` and removes what a dead owner left there.
  // Errors: kExists (owned, or something that is no regular file), kPermission (another user's),
  // kNotFound (no such folder), kNoSpace, kSystem.
  static Result<NamedFile> Claim(const std::string& path, const std::string& lock_path);

  NamedFile(NamedFile&&) = default;
  NamedFile& operator=(NamedFile&&) = delete;
  ~NamedFile() { (void)Remove(); }

  // Gives `file` this name. Errors: kExists (someone who does not lock took it), kPermission,
  // kNoSpace, kSystem.
  Result<void> Publish(const FileDescriptor& file);
  // Takes the file that a library has made under the name for one that was published.
  // Errors: kNotFound, kExists (no regular file), kPermission (another user's), kSystem.
  Result<void> Adopt();

  // In the claiming process removes the name, if it still leads to what was published, and gives
  // up the lock. Idempotent. Errors: kPermission (also in any other process), kSystem.
  Result<void> Remove();
  // In a forked child lets go of the lock, so that it dies with its owner.
  void DropInChild() { lock_.DropInChild(); }

 private:
  NamedFile(std::string path, NameLock lock)
      : path_(std::move(path)), lock_(std::move(lock)), owner_(getpid()) {}
  std::string path_;
  NameLock lock_;
  pid_t owner_;
  dev_t device_ = 0;
  ino_t inode_ = 0;  // 0: nothing to remove
};

// The janitor: removes what a dead owner left under the name. Errors: those of Claim; kNotFound
// when nothing is there.
Result<void> RemoveFileLeftover(const std::string& path, const std::string& lock_path);

// Opens a published file read-write for use by a process that expects `mode`: unless that lets
// other users in, the file has to be ours. Never follows a symbolic link at the end of the path.
// Errors: kNotFound, kPermission, kCorrupt (no regular file), kNoSpace, kInvalidArgument (the path
// is too long), kSystem.
Result<FileDescriptor> OpenNamedFile(const std::string& path, mode_t mode, struct stat* status);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SYS_NAMED_FILE_H_

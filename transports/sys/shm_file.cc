#include "transports/sys/shm_file.h"

#include <string>

#include "transports/sys/channel_name.h"

namespace ipc_hammer {
namespace {

std::string PathOf(const std::string& file) { return std::string(kShmFolder) + "/" + file; }

Error WithoutFolder(Error error) {
  if (error.code == Errc::kNotFound) error = {Errc::kSystem, error.sys_errno, "no /dev/shm"};
  return error;
}

}  // namespace

Result<void> CheckShmName(const std::string& text) {
  if (!IsChannelName(text) || text.starts_with("sem.") || text.ends_with(".lock")) {
    return Fail(Errc::kInvalidArgument, "channel name");
  }
  return {};
}

std::string ShmLockOf(const std::string& text, const std::string& kind) {
  return text + "." + kind + ".lock";
}

Result<FileDescriptor> MakeShmFile(std::size_t size_bytes, mode_t mode) {
  Result<FileDescriptor> made = MakeUnnamedFile(kShmFolder, size_bytes, mode);
  if (!made) return std::unexpected(WithoutFolder(made.error()));
  return made;
}

Result<NameLock> LockShmName(const std::string& lock) {
  Result<NameLock> held = NameLock::Acquire(PathOf(lock));
  if (!held) return std::unexpected(WithoutFolder(held.error()));
  return held;
}

Result<ShmName> ShmName::Claim(const std::string& file, const std::string& lock) {
  Result<NamedFile> claimed = NamedFile::Claim(PathOf(file), PathOf(lock));
  if (!claimed) return std::unexpected(WithoutFolder(claimed.error()));
  return ShmName(*std::move(claimed));
}

Result<void> RemoveShmLeftover(const std::string& file, const std::string& lock) {
  return RemoveFileLeftover(PathOf(file), PathOf(lock));
}

Result<FileDescriptor> OpenShmFile(const std::string& file, mode_t mode, struct stat* status) {
  return OpenNamedFile(PathOf(file), mode, status);
}

}  // namespace ipc_hammer

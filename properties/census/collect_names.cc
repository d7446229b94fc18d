// Names in file systems: POSIX shared memory, named semaphores, queues, and the scratch folder.
#include <fcntl.h>
#include <fmt/format.h>
#include <mqueue.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "properties/census/collect.h"
#include "properties/census/read_folder.h"

namespace ipc_hammer {
namespace {

constexpr std::string_view kSemaphorePrefix = "sem.";  // of glibc, sem_overview(7)

bool InScope(const CensusScope& scope, std::string_view name) {
  return scope.isolated || name.starts_with(scope.name_prefix);
}

std::string Status(const struct stat& object) {
  return fmt::format("mode {:04o}, owner {}", object.st_mode & 07777, object.st_uid);
}

std::string Identity(const std::string& path, const struct stat& object) {
  return fmt::format("{} inode {}", path, object.st_ino);
}

// The value is the low half of the first eight bytes in glibc since 2.21. sem_getvalue would map
// the file, and die of SIGBUS if it is short.
std::string SemaphoreValue(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return "not readable";
  std::uint64_t word = 0;
  const bool whole = pread(fd, &word, sizeof word, 0) == sizeof word;
  close(fd);
  return whole ? std::to_string(word & 0xffffffffu) : "too short";
}

// A mount point within the folder is the sandbox's own.
bool IsMountPoint(const std::string& folder, const struct stat& object) {
  struct stat parent;
  return S_ISDIR(object.st_mode) && stat(folder.c_str(), &parent) == 0 &&
         parent.st_dev != object.st_dev;
}

void AddSemaphore(const std::string& path, const struct stat& object, Census& census) {
  census.items.push_back({CensusKind::kSemaphore, Identity(path, object),
                          fmt::format("value {}, {}", SemaphoreValue(path), Status(object)), ""});
}

void AddSharedMemory(const std::string& path, const struct stat& object, Census& census) {
  census.items.push_back({CensusKind::kSharedMemory, Identity(path, object),
                          fmt::format("{} bytes, {}", object.st_size, Status(object)), ""});
}

CensusKind FileKind(mode_t mode) {
  if (S_ISFIFO(mode)) return CensusKind::kFifo;
  return S_ISSOCK(mode) ? CensusKind::kSocketFile : CensusKind::kFile;
}

void CollectFiles(const std::string& folder, Census& census) {
  for (const std::string& name : ReadFolder(folder, census.unknown)) {
    const std::string path = folder + "/" + name;
    struct stat object;
    if (lstat(path.c_str(), &object) != 0) continue;
    const bool is_folder = S_ISDIR(object.st_mode);
    const std::string size =
        S_ISREG(object.st_mode) ? fmt::format("{} bytes, ", object.st_size) : "";
    census.items.push_back({FileKind(object.st_mode), Identity(path, object), size + Status(object),
                            is_folder ? "folder" : ""});
    if (is_folder) CollectFiles(path, census);
  }
}

std::string QueueState(const std::string& name) {
  const mqd_t queue = mq_open(("/" + name).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (queue < 0) return "not readable";
  mq_attr attr = {};
  const bool known = mq_getattr(queue, &attr) == 0;
  mq_close(queue);
  if (!known) return "not readable";
  return fmt::format("{} of {} messages of {} bytes", attr.mq_curmsgs, attr.mq_maxmsg,
                     attr.mq_msgsize);
}

}  // namespace

void CollectSharedMemoryAndSemaphores(const CensusScope& scope, Census& census) {
  const std::string& folder = scope.shared_memory_folder;
  for (const std::string& name : ReadFolder(folder, census.unknown)) {
    const bool semaphore = name.starts_with(kSemaphorePrefix);
    const std::string_view plain =
        std::string_view(name).substr(semaphore ? kSemaphorePrefix.size() : 0);
    const std::string path = folder + "/" + name;
    struct stat object;
    if (!InScope(scope, plain) || lstat(path.c_str(), &object) != 0) continue;
    if (IsMountPoint(folder, object)) continue;
    semaphore ? AddSemaphore(path, object, census) : AddSharedMemory(path, object, census);
  }
}

void CollectQueues(const CensusScope& scope, Census& census) {
  if (scope.queue_folder.empty()) return;
  for (const std::string& name : ReadFolder(scope.queue_folder, census.unknown)) {
    struct stat object;
    const std::string path = scope.queue_folder + "/" + name;
    if (!InScope(scope, name) || lstat(path.c_str(), &object) != 0) continue;
    census.items.push_back({CensusKind::kQueue, fmt::format("/{} inode {}", name, object.st_ino),
                            fmt::format("{}, {}", QueueState(name), Status(object)), ""});
  }
}

void CollectScratch(const CensusScope& scope, Census& census) {
  if (!scope.scratch_folder.empty()) CollectFiles(scope.scratch_folder, census);
}

}  // namespace ipc_hammer

#include "properties/census/quick_census.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "properties/census/read_folder.h"

namespace ipc_hammer {
namespace {

constexpr int kPollBlock = 128;  // descriptors in one poll, on a kernel before 6.2

// A number of objects and what they hold, in one number.
std::uint64_t Both(std::uint64_t objects, std::uint64_t content) {
  return (objects << 40) + content;
}

// FNV-1a.
std::uint64_t Hash(std::uint64_t hash, std::uint64_t value) {
  return (hash ^ value) * 0x100000001b3u;
}

Result<int> OpenFolder(const std::string& path) {
  const int fd = open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return FailErrno("open a folder for the census");
  return fd;
}

std::uint64_t CountNames(const std::string& folder, const std::string& prefix) {
  std::vector<std::string> ignored;
  std::uint64_t count = 0;
  for (const std::string& name : ReadFolder(folder, ignored)) {
    if (name.starts_with(prefix) || name.starts_with("sem." + prefix)) ++count;
  }
  return count;
}

std::uint64_t CountSysvMemory() {
  shm_info info = {};
  if (shmctl(0, SHM_INFO, reinterpret_cast<shmid_ds*>(&info)) < 0) return 0;
  return Both(static_cast<std::uint64_t>(info.used_ids), info.shm_tot);
}

std::uint64_t CountSysvSemaphores() {
  seminfo info = {};
  union {
    seminfo* info;
  } argument = {&info};
  if (semctl(0, 0, SEM_INFO, argument) < 0) return 0;
  return Both(static_cast<std::uint64_t>(info.semusz), static_cast<std::uint64_t>(info.semaem));
}

std::uint64_t CountSysvQueues() {
  msginfo info = {};
  if (msgctl(0, MSG_INFO, reinterpret_cast<msqid_ds*>(&info)) < 0) return 0;
  return static_cast<std::uint64_t>(info.msgpool);
}

std::uint64_t CountByListing() {
  std::vector<std::string> ignored;
  return ReadFolder("/proc/self/fd", ignored).size();
}

// By blocks, until one has nothing open: new descriptors take the lowest free number. poll refuses
// more entries than RLIMIT_NOFILE.
std::uint64_t CountByPoll() {
  std::array<pollfd, kPollBlock> block;
  std::uint64_t count = 0;
  for (int first = 0;; first += kPollBlock) {
    for (int i = 0; i < kPollBlock; ++i) block[static_cast<std::size_t>(i)] = {first + i, 0, 0};
    if (poll(block.data(), block.size(), 0) < 0) return CountByListing();
    const auto open = std::count_if(block.begin(), block.end(), [](const pollfd& one) {
      return (one.revents & POLLNVAL) == 0;
    });
    if (open == 0) return count;
    count += static_cast<std::uint64_t>(open);
  }
}

}  // namespace

std::string ToString(const QuickCounts& counts) {
  return fmt::format(
      "descriptors {}, children {:x}, System V {:x} {:x} {:x}, queues {}, shared memory {}, "
      "scratch {}",
      counts.descriptors, counts.children, counts.sysv_memory, counts.sysv_semaphores,
      counts.sysv_queues, counts.queues, counts.shared_memory, counts.scratch);
}

Result<QuickCensus> QuickCensus::Open(const CensusScope& scope, DescriptorsBy descriptors_by) {
  QuickCensus census;
  census.scope_ = scope;
  census.queues_.path = scope.queue_folder;
  census.shared_memory_.path = scope.shared_memory_folder;
  census.scratch_.path = scope.scratch_folder;
  const Result<int> descriptors = OpenFolder("/proc/self/fd");
  if (!descriptors) return std::unexpected(descriptors.error());
  census.descriptor_folder_ = *descriptors;
  struct stat folder;
  census.descriptors_by_stat_ = descriptors_by == DescriptorsBy::kStat &&
                                fstat(*descriptors, &folder) == 0 && folder.st_size > 0;
  census.children_ = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
  if (census.children_ < 0) return FailErrno("open the list of children");
  if (!scope.isolated) return census;
  for (Folder* one : {&census.queues_, &census.shared_memory_, &census.scratch_}) {
    const Result<int> opened = OpenFolder(one->path);
    if (!opened) return std::unexpected(opened.error());
    one->descriptor = *opened;
  }
  return census;
}

QuickCensus::QuickCensus(QuickCensus&& other) noexcept
    : scope_(std::move(other.scope_)),
      descriptors_by_stat_(other.descriptors_by_stat_),
      descriptor_folder_(std::exchange(other.descriptor_folder_, -1)),
      children_(std::exchange(other.children_, -1)),
      queues_(std::exchange(other.queues_, {})),
      shared_memory_(std::exchange(other.shared_memory_, {})),
      scratch_(std::exchange(other.scratch_, {})) {}

QuickCensus::~QuickCensus() {
  for (const int fd : {descriptor_folder_, children_, queues_.descriptor, shared_memory_.descriptor,
                       scratch_.descriptor}) {
    if (fd >= 0) close(fd);
  }
}

QuickCounts QuickCensus::Take() const {
  QuickCounts counts;
  counts.descriptors = CountDescriptors();
  counts.children = CountChildren();
  if (scope_.isolated) {
    counts.sysv_memory = CountSysvMemory();
    counts.sysv_semaphores = CountSysvSemaphores();
    counts.sysv_queues = CountSysvQueues();
  }
  counts.queues = CountQueues();
  counts.shared_memory = CountFiles(shared_memory_, /*by_prefix=*/true);
  counts.scratch = CountFiles(scratch_, /*by_prefix=*/false);
  return counts;
}

std::uint64_t QuickCensus::CountDescriptors() const {
  struct stat folder;
  if (!descriptors_by_stat_) return CountByPoll();
  return fstat(descriptor_folder_, &folder) == 0 ? static_cast<std::uint64_t>(folder.st_size) : 0;
}

std::uint64_t QuickCensus::CountChildren() const {
  siginfo_t ended = {};
  if (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) != 0) return 0;  // ECHILD
  std::array<char, 512> list;
  const ssize_t size = pread(children_, list.data(), list.size(), 0);
  std::uint64_t hash = Hash(0xcbf29ce484222325u, static_cast<std::uint64_t>(ended.si_pid));
  for (ssize_t i = 0; i < size; ++i) {
    hash = Hash(hash, static_cast<unsigned char>(list[static_cast<std::size_t>(i)]));
  }
  return hash;
}

// The folder of an mqueue mount grows by one entry's size for each name.
std::uint64_t QuickCensus::CountQueues() const {
  if (queues_.descriptor < 0) {
    return queues_.path.empty() ? 0 : CountNames(queues_.path, scope_.name_prefix);
  }
  struct stat folder;
  return fstat(queues_.descriptor, &folder) == 0 ? static_cast<std::uint64_t>(folder.st_size) : 0;
}

std::uint64_t QuickCensus::CountFiles(const Folder& folder, bool by_prefix) const {
  struct statfs fs;
  const bool counts_inodes =
      folder.descriptor >= 0 && fstatfs(folder.descriptor, &fs) == 0 && fs.f_files > 0;
  if (counts_inodes) return fs.f_files - fs.f_ffree;
  return folder.path.empty() ? 0 : CountNames(folder.path, by_prefix ? scope_.name_prefix : "");
}

}  // namespace ipc_hammer

#include "properties/sandbox/namespaces.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

namespace ipc_hammer {
namespace {

// Below /dev/shm, which exists wherever POSIX shared memory works: so the mount points need no
// folder on the machine that somebody would have to remove. A channel's name never begins with a
// dot.
constexpr char kShm[] = "/dev/shm";
constexpr char kScratch[] = "/dev/shm/.scratch";
constexpr char kOwnQueues[] = "/dev/shm/.mqueue";
constexpr char kUsualQueues[] = "/dev/mqueue";
constexpr unsigned long kMountFlags = MS_NOSUID | MS_NODEV;
constexpr uid_t kNobody = 65534;

Result<void> WriteFile(const char* path, const std::string& text) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return FailErrno(path);
  const ssize_t written = write(fd, text.data(), text.size());
  const int saved = errno;
  close(fd);
  if (written != static_cast<ssize_t>(text.size())) return Fail(ErrcFromErrno(saved), path, saved);
  return {};
}

// One uid and one gid: all that an unprivileged process may map (user_namespaces(7)).
Result<void> MapOwnUser(uid_t uid, gid_t gid) {
  const std::string u = std::to_string(uid), g = std::to_string(gid);
  if (auto done = WriteFile("/proc/self/setgroups", "deny"); !done) return done;
  if (auto done = WriteFile("/proc/self/uid_map", u + " " + u + " 1"); !done) return done;
  return WriteFile("/proc/self/gid_map", g + " " + g + " 1");
}

std::string TmpfsData(std::uint64_t bytes) {
  return bytes == 0 ? "mode=1777" : "mode=1777,size=" + std::to_string(bytes);
}

Result<void> MountSharedMemory(const SandboxOptions& options) {
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return FailErrno("mount private /");
  }
  const std::string shm = TmpfsData(options.shared_memory_bytes);
  if (mount("tmpfs", kShm, "tmpfs", kMountFlags, shm.c_str()) != 0) {
    return FailErrno("mount tmpfs on /dev/shm");
  }
  const std::string scratch = TmpfsData(options.scratch_bytes);
  if (mkdir(kScratch, 0700) != 0) return FailErrno("mkdir scratch");
  if (mount("tmpfs", kScratch, "tmpfs", kMountFlags, scratch.c_str()) != 0) {
    return FailErrno("mount tmpfs on the scratch folder");
  }
  return {};
}

Result<const char*> MountQueues() {
  struct stat usual;
  const bool has_usual = stat(kUsualQueues, &usual) == 0 && S_ISDIR(usual.st_mode);
  const char* folder = has_usual ? kUsualQueues : kOwnQueues;
  if (!has_usual && mkdir(kOwnQueues, 0700) != 0) return FailErrno("mkdir mqueue");
  if (mount("mqueue", folder, "mqueue", kMountFlags | MS_NOEXEC, nullptr) != 0) {
    return FailErrno("mount mqueue");
  }
  return folder;
}

Result<void> MountProc() {
  if (mount("proc", "/proc", "proc", kMountFlags | MS_NOEXEC, nullptr) != 0) {
    return FailErrno("mount /proc");
  }
  return {};
}

Result<void> BringLoopbackUp() {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return FailErrno("socket for the loopback");
  ifreq request = {};
  std::memcpy(request.ifr_name, "lo", sizeof("lo"));
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  const int done = ioctl(fd, SIOCSIFFLAGS, &request);
  const int saved = errno;
  close(fd);
  if (done != 0) return Fail(ErrcFromErrno(saved), "bring the loopback up", saved);
  return {};
}

std::uint64_t EffectiveCapabilities() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data = {};
  if (syscall(SYS_capget, &header, data.data()) != 0) return 0;
  return data[0].effective | std::uint64_t{data[1].effective} << 32;
}

bool UidIsMapped(uid_t uid) {
  std::FILE* map = std::fopen("/proc/self/uid_map", "re");
  if (map == nullptr) return false;
  unsigned long inside, outside, count;
  bool mapped = false;
  while (std::fscanf(map, "%lu %lu %lu", &inside, &outside, &count) == 3) {
    mapped = mapped || (uid >= inside && uid - inside < count);
  }
  std::fclose(map);
  return mapped;
}

}  // namespace

Result<pid_t> CloneIntoNamespaces(UserNamespace user) {
  unsigned long flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWNET | SIGCHLD;
  if (user == UserNamespace::kNew) flags |= CLONE_NEWUSER;
  // The raw call: unlike unshare(2) it leaves the caller as it was, and it works while a sanitizer
  // has a thread of its own.
  const long pid = syscall(SYS_clone, flags, nullptr, nullptr, nullptr, nullptr);
  if (pid < 0) return FailErrno("clone into new namespaces");
  return static_cast<pid_t>(pid);
}

Result<void> FurnishNamespaces(UserNamespace user, uid_t uid, gid_t gid,
                               const SandboxOptions& options, SandboxReport& report) {
  if (user == UserNamespace::kNew) {
    if (auto mapped = MapOwnUser(uid, gid); !mapped) return mapped;
  }
  if (auto done = MountSharedMemory(options); !done) return done;
  const Result<const char*> queues = MountQueues();
  if (!queues) return std::unexpected(queues.error());
  if (auto done = MountProc(); !done) return done;
  if (auto done = BringLoopbackUp(); !done) return done;
  report.scratch_folder = kScratch;
  report.queue_folder = *queues;
  report.second_uid = FindSecondUid(uid);
  // An ordinary user holds every capability in a user namespace of its own, which would make the
  // mode of its own files meaningless. What stays is the right to resize the mounts.
  if (user == UserNamespace::kNew) return DropCapabilities(std::uint64_t{1} << CAP_SYS_ADMIN);
  return {};
}

std::optional<uid_t> FindSecondUid(uid_t own) {
  const std::uint64_t needed = (1u << CAP_SETUID) | (1u << CAP_SETGID);
  if ((EffectiveCapabilities() & needed) != needed) return std::nullopt;
  if (own == kNobody || !UidIsMapped(kNobody)) return std::nullopt;
  return kNobody;
}

Result<void> DropCapabilities(std::uint64_t keep) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data = {};
  if (syscall(SYS_capget, &header, data.data()) != 0) return FailErrno("capget");
  for (std::size_t i = 0; i < data.size(); ++i) {
    const auto mask = static_cast<std::uint32_t>(keep >> (32 * i));
    data[i].effective &= mask;
    data[i].permitted &= mask;
    data[i].inheritable &= mask;
  }
  if (syscall(SYS_capset, &header, data.data()) != 0) return FailErrno("capset");
  return {};
}

}  // namespace ipc_hammer

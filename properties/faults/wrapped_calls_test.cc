// Every wrapped call, each fault that fits it, on the right call: from one table.
#include <errno.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

#include "properties/faults/syscall_faults.h"

namespace ipc_hammer {
namespace {

// Arguments with which a call fails or does nothing when it is really made: the table is about who
// answers, the fault or the kernel. A call returns the errno of its failure, 0 for success.
constexpr int kNoFd = -1;
constexpr int kNoId = -1;
const char* const kNoPath = "/proc/none";
constexpr timespec kPast{};

template <typename T>
int ErrnoOf(T result) {
  if constexpr (std::is_pointer_v<T>) {
    return result == reinterpret_cast<T>(-1) || result == nullptr ? errno : 0;
  } else {
    return result == -1 ? errno : 0;
  }
}

const sockaddr* LocalAddress() {
  static const sockaddr_un address{AF_UNIX, "/proc/none"};
  return reinterpret_cast<const sockaddr*>(&address);
}

// A non-blocking socket pair end that can be read and written, and what else the table needs.
struct Objects {
  Objects() {
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair.data()), 0);
    EXPECT_EQ(write(pair[1], "abcdefghijklmnopqrstuvwxyz", 26), 26);
    EXPECT_EQ(sem_init(&semaphore, 0, 100), 0);
    file = memfd_create("table", MFD_CLOEXEC);
    EXPECT_GE(file, 0);
  }
  ~Objects() {
    sem_destroy(&semaphore);
    for (const int fd : {pair[0], pair[1], file}) close(fd);
    for (const int fd : made) close(fd);
  }
  Objects(const Objects&) = delete;
  Objects& operator=(const Objects&) = delete;

  std::array<int, 2> pair{};
  int file = -1;
  std::vector<int> made;
  sem_t semaphore{};
  std::array<char, 8> bytes{};
  std::array<iovec, 2> parts{iovec{bytes.data(), 0}, iovec{bytes.data(), 4}};
  msghdr message{nullptr, 0, parts.data(), parts.size(), nullptr, 0, 0};
  sembuf no_wait{0, -1, IPC_NOWAIT | SEM_UNDO};
  std::uint32_t word = 1;
};

struct Row {
  const char* call;
  std::vector<FaultKind> fits;
  int (*make)(Objects&);
};

using enum FaultKind;

std::vector<Row> Transfers() {
  return {
      {"read",
       {kInterrupt, kSpurious, kShort},
       [](Objects& o) { return ErrnoOf(read(o.pair[0], o.bytes.data(), 2)); }},
      {"readv",
       {kInterrupt, kSpurious, kShort},
       [](Objects& o) { return ErrnoOf(readv(o.pair[0], o.parts.data(), 2)); }},
      {"recv",
       {kInterrupt, kSpurious, kShort, kMemory},
       [](Objects& o) { return ErrnoOf(recv(o.pair[0], o.bytes.data(), 2, 0)); }},
      {"recvfrom",
       {kInterrupt, kSpurious, kShort, kMemory},
       [](Objects& o) {
         return ErrnoOf(recvfrom(o.pair[0], o.bytes.data(), 2, 0, nullptr, nullptr));
       }},
      {"recvmsg",
       {kInterrupt, kSpurious, kShort, kMemory},
       [](Objects& o) { return ErrnoOf(recvmsg(o.pair[0], &o.message, 0)); }},
      {"write",
       {kInterrupt, kSpurious, kShort},
       [](Objects& o) { return ErrnoOf(write(o.pair[0], o.bytes.data(), 2)); }},
      {"write",
       {kInterrupt, kShort, kSpace},
       [](Objects& o) { return ErrnoOf(write(o.file, o.bytes.data(), 2)); }},
      {"writev",
       {kInterrupt, kSpurious, kShort},
       [](Objects& o) { return ErrnoOf(writev(o.pair[0], o.parts.data(), 2)); }},
      {"pread",
       {kInterrupt, kShort},
       [](Objects& o) { return ErrnoOf(pread(o.file, o.bytes.data(), 2, 0)); }},
      {"pwrite",
       {kInterrupt, kShort, kSpace},
       [](Objects& o) { return ErrnoOf(pwrite(o.file, o.bytes.data(), 2, 0)); }},
      {"preadv2",
       {kInterrupt, kSpurious, kShort},
       [](Objects& o) { return ErrnoOf(preadv2(o.pair[0], o.parts.data(), 2, -1, 0)); }},
      {"pwritev2",
       {kInterrupt, kSpurious, kShort},
       [](Objects& o) { return ErrnoOf(pwritev2(o.pair[0], o.parts.data(), 2, -1, 0)); }},
      {"pwritev2",
       {kInterrupt, kShort, kSpace},
       [](Objects& o) { return ErrnoOf(pwritev2(o.file, o.parts.data(), 2, 0, 0)); }},
      {"pwritev2",
       {kInterrupt, kSpurious},
       [](Objects&) { return ErrnoOf(pwritev2(kNoFd, nullptr, 0, 0, RWF_NOWAIT)); }},
      {"send",
       {kInterrupt, kSpurious, kShort, kMemory},
       [](Objects& o) { return ErrnoOf(send(o.pair[0], o.bytes.data(), 2, MSG_NOSIGNAL)); }},
      {"sendto",
       {kInterrupt, kSpurious, kShort, kMemory},
       [](Objects& o) { return ErrnoOf(sendto(o.pair[0], o.bytes.data(), 2, 0, nullptr, 0)); }},
      {"sendmsg",
       {kInterrupt, kSpurious, kShort, kMemory},
       [](Objects& o) { return ErrnoOf(sendmsg(o.pair[0], &o.message, 0)); }},
  };
}

std::vector<Row> Sockets() {
  return {
      {"socket", {kDescriptors, kMemory}, [](Objects&) { return ErrnoOf(socket(AF_UNIX, -1, 0)); }},
      {"socketpair",
       {kDescriptors},
       [](Objects&) {
         std::array<int, 2> fds{};
         return ErrnoOf(socketpair(AF_UNIX, -1, 0, fds.data()));
       }},
      {"bind",
       {kMemory, kSpace},
       [](Objects&) { return ErrnoOf(bind(kNoFd, LocalAddress(), sizeof(sockaddr_un))); }},
      {"listen", {}, [](Objects&) { return ErrnoOf(listen(kNoFd, 1)); }},
      {"connect",
       {kInterrupt, kSpurious},
       [](Objects& o) { return ErrnoOf(connect(o.pair[0], LocalAddress(), sizeof(sockaddr_un))); }},
      {"accept",
       {kInterrupt, kSpurious, kDescriptors, kMemory},
       [](Objects& o) { return ErrnoOf(accept(o.pair[0], nullptr, nullptr)); }},
      {"accept4",
       {kInterrupt, kSpurious, kDescriptors, kMemory},
       [](Objects& o) { return ErrnoOf(accept4(o.pair[0], nullptr, nullptr, SOCK_CLOEXEC)); }},
  };
}

std::vector<Row> Files() {
  return {
      {"pipe",
       {kDescriptors},
       [](Objects& o) {
         std::array<int, 2> fds{};
         const int failure = ErrnoOf(pipe(fds.data()));
         if (failure == 0) o.made.insert(o.made.end(), fds.begin(), fds.end());
         return failure;
       }},
      {"pipe2",
       {kDescriptors},
       [](Objects&) {
         std::array<int, 2> fds{};
         return ErrnoOf(pipe2(fds.data(), -1));
       }},
      {"dup", {kDescriptors}, [](Objects&) { return ErrnoOf(dup(kNoFd)); }},
      {"dup3", {}, [](Objects&) { return ErrnoOf(dup3(kNoFd, 100, O_CLOEXEC)); }},
      {"fcntl", {kDescriptors}, [](Objects&) { return ErrnoOf(fcntl(kNoFd, F_DUPFD_CLOEXEC, 3)); }},
      {"fcntl64",
       {kDescriptors},
       [](Objects&) { return ErrnoOf(fcntl64(kNoFd, F_DUPFD_CLOEXEC, 3)); }},
      {"fcntl",
       {kInterrupt},
       [](Objects&) {
         struct flock lock{};
         return ErrnoOf(fcntl(kNoFd, F_OFD_SETLKW, &lock));
       }},
      {"fcntl",
       {kSpurious},
       [](Objects&) {
         struct flock lock{};
         return ErrnoOf(fcntl(kNoFd, F_OFD_SETLK, &lock));
       }},
      {"open",
       {kInterrupt, kDescriptors, kMemory},
       [](Objects&) { return ErrnoOf(open(kNoPath, O_RDONLY | O_CLOEXEC)); }},
      {"open",
       {kInterrupt, kDescriptors, kMemory, kSpace},
       [](Objects&) { return ErrnoOf(open(kNoPath, O_CREAT | O_CLOEXEC, 0600)); }},
      {"open64",
       {kInterrupt, kDescriptors, kMemory},
       [](Objects&) { return ErrnoOf(open64(kNoPath, O_RDONLY | O_CLOEXEC)); }},
      {"openat",
       {kInterrupt, kDescriptors, kMemory},
       [](Objects&) { return ErrnoOf(openat(AT_FDCWD, kNoPath, O_RDONLY | O_CLOEXEC)); }},
      {"openat64",
       {kInterrupt, kDescriptors, kMemory},
       [](Objects&) { return ErrnoOf(openat64(AT_FDCWD, kNoPath, O_RDONLY | O_CLOEXEC)); }},
      {"mkfifo", {kSpace}, [](Objects&) { return ErrnoOf(mkfifo(kNoPath, 0600)); }},
      {"mkdir", {kMemory, kSpace}, [](Objects&) { return ErrnoOf(mkdir(kNoPath, 0700)); }},
      {"link", {kMemory, kSpace}, [](Objects&) { return ErrnoOf(link(kNoPath, kNoPath)); }},
      {"linkat",
       {kMemory, kSpace},
       [](Objects&) { return ErrnoOf(linkat(AT_FDCWD, kNoPath, AT_FDCWD, kNoPath, 0)); }},
      {"rename", {kMemory, kSpace}, [](Objects&) { return ErrnoOf(rename(kNoPath, kNoPath)); }},
      {"renameat2",
       {kMemory, kSpace},
       [](Objects&) { return ErrnoOf(renameat2(AT_FDCWD, kNoPath, AT_FDCWD, kNoPath, 0)); }},
      {"ftruncate", {kInterrupt}, [](Objects& o) { return ErrnoOf(ftruncate(o.file, 16)); }},
      {"ftruncate64", {kInterrupt}, [](Objects& o) { return ErrnoOf(ftruncate64(o.file, 16)); }},
      {"fallocate",
       {kInterrupt, kSpace},
       [](Objects& o) { return ErrnoOf(fallocate(o.file, 0, 0, 16)); }},
      {"fallocate64",
       {kInterrupt, kSpace},
       [](Objects& o) { return ErrnoOf(fallocate64(o.file, 0, 0, 16)); }},
      {"posix_fallocate",
       {kInterrupt, kSpace},
       [](Objects& o) { return posix_fallocate(o.file, 0, 16); }},
      {"posix_fallocate64",
       {kInterrupt, kSpace},
       [](Objects& o) { return posix_fallocate64(o.file, 0, 16); }},
      {"flock", {kInterrupt}, [](Objects& o) { return ErrnoOf(flock(o.file, LOCK_SH)); }},
      {"flock",
       {kInterrupt, kSpurious},
       [](Objects& o) { return ErrnoOf(flock(o.file, LOCK_SH | LOCK_NB)); }},
  };
}

std::vector<Row> Waits() {
  return {
      {"poll", {kInterrupt, kMemory}, [](Objects&) { return ErrnoOf(poll(nullptr, 0, 0)); }},
      {"ppoll",
       {kInterrupt, kMemory},
       [](Objects&) { return ErrnoOf(ppoll(nullptr, 0, &kPast, nullptr)); }},
      {"epoll_create1",
       {kDescriptors, kMemory},
       [](Objects&) { return ErrnoOf(epoll_create1(-1)); }},
      {"epoll_ctl",
       {kMemory, kSpace},
       [](Objects&) {
         epoll_event event{};
         return ErrnoOf(epoll_ctl(kNoFd, EPOLL_CTL_ADD, kNoFd, &event));
       }},
      {"epoll_wait",
       {kInterrupt},
       [](Objects&) {
         epoll_event event{};
         return ErrnoOf(epoll_wait(kNoFd, &event, 1, 0));
       }},
      {"epoll_pwait",
       {kInterrupt},
       [](Objects&) {
         epoll_event event{};
         return ErrnoOf(epoll_pwait(kNoFd, &event, 1, 0, nullptr));
       }},
      {"epoll_pwait2",
       {kInterrupt},
       [](Objects&) {
         epoll_event event{};
         return ErrnoOf(epoll_pwait2(kNoFd, &event, 1, &kPast, nullptr));
       }},
      {"eventfd", {kDescriptors, kMemory}, [](Objects&) { return ErrnoOf(eventfd(0, -1)); }},
      {"futex",
       {kInterrupt, kSpurious},
       [](Objects& o) {
         return ErrnoOf(syscall(SYS_futex, &o.word, FUTEX_WAIT, 1, &kPast, nullptr, 0));
       }},
      {"futex",
       {},
       [](Objects& o) {
         return ErrnoOf(syscall(SYS_futex, &o.word, FUTEX_WAKE, 1, nullptr, nullptr, 0));
       }},
      {"syscall", {}, [](Objects&) { return ErrnoOf(syscall(SYS_getpid)); }},
  };
}

std::vector<Row> PosixObjects() {
  return {
      {"mmap",
       {kMemory},
       [](Objects&) { return ErrnoOf(mmap(nullptr, 0, PROT_READ, MAP_PRIVATE, kNoFd, 0)); }},
      {"mmap64",
       {kMemory},
       [](Objects&) { return ErrnoOf(mmap64(nullptr, 0, PROT_READ, MAP_PRIVATE, kNoFd, 0)); }},
      {"shm_open",
       {kDescriptors, kMemory},
       [](Objects&) { return ErrnoOf(shm_open("/ipc_hammer.none", O_RDONLY, 0)); }},
      {"shm_open",
       {kDescriptors, kMemory, kSpace},
       [](Objects&) { return ErrnoOf(shm_open("/no/name", O_CREAT | O_RDWR, 0600)); }},
      {"memfd_create",
       {kDescriptors, kMemory},
       [](Objects&) { return ErrnoOf(memfd_create("x", ~0U)); }},
      {"mq_open",
       {kDescriptors, kMemory},
       [](Objects&) { return ErrnoOf(mq_open("/ipc_hammer.none", O_RDONLY)); }},
      {"mq_open",
       {kDescriptors, kMemory, kSpace},
       [](Objects&) { return ErrnoOf(mq_open("/no/name", O_CREAT | O_RDWR, 0600, nullptr)); }},
      {"mq_send",
       {kInterrupt, kSpurious},
       [](Objects& o) { return ErrnoOf(mq_send(o.pair[0], "x", 1, 0)); }},
      {"mq_timedsend",
       {kInterrupt, kSpurious},
       [](Objects& o) { return ErrnoOf(mq_timedsend(o.pair[0], "x", 1, 0, &kPast)); }},
      {"mq_receive",
       {kInterrupt, kSpurious},
       [](Objects& o) { return ErrnoOf(mq_receive(o.pair[0], o.bytes.data(), 8, nullptr)); }},
      {"mq_timedreceive",
       {kInterrupt, kSpurious},
       [](Objects& o) {
         return ErrnoOf(mq_timedreceive(o.pair[0], o.bytes.data(), 8, nullptr, &kPast));
       }},
      {"mq_notify", {kMemory}, [](Objects&) { return ErrnoOf(mq_notify(kNoFd, nullptr)); }},
      {"sem_open",
       {kDescriptors, kMemory},
       [](Objects&) { return ErrnoOf(sem_open("/ipc_hammer.none", 0)); }},
      {"sem_open",
       {kDescriptors, kMemory, kSpace},
       [](Objects&) { return ErrnoOf(sem_open("/no/name", O_CREAT, 0600, 0)); }},
      {"sem_wait", {kInterrupt}, [](Objects& o) { return ErrnoOf(sem_wait(&o.semaphore)); }},
      {"sem_trywait",
       {kInterrupt, kSpurious},
       [](Objects& o) { return ErrnoOf(sem_trywait(&o.semaphore)); }},
      {"sem_timedwait",
       {kInterrupt},
       [](Objects& o) { return ErrnoOf(sem_timedwait(&o.semaphore, &kPast)); }},
      {"sem_clockwait",
       {kInterrupt},
       [](Objects& o) { return ErrnoOf(sem_clockwait(&o.semaphore, CLOCK_MONOTONIC, &kPast)); }},
      {"sem_post", {}, [](Objects& o) { return ErrnoOf(sem_post(&o.semaphore)); }},
  };
}

std::vector<Row> Ends() {
  return {
      {"close", {kInterrupt}, [](Objects&) { return ErrnoOf(close(kNoFd)); }},
      {"munmap", {}, [](Objects& o) { return ErrnoOf(munmap(o.bytes.data(), 0)); }},
      {"shmdt", {}, [](Objects& o) { return ErrnoOf(shmdt(o.bytes.data())); }},
      {"sem_close", {}, [](Objects& o) { return ErrnoOf(sem_close(&o.semaphore)); }},
      {"shutdown", {}, [](Objects&) { return ErrnoOf(shutdown(kNoFd, SHUT_WR)); }},
      {"fchmod", {}, [](Objects& o) { return ErrnoOf(fchmod(o.file, 0600)); }},
      {"chmod", {}, [](Objects&) { return ErrnoOf(chmod(kNoPath, 0600)); }},
      {"unlink", {}, [](Objects&) { return ErrnoOf(unlink(kNoPath)); }},
      {"unlinkat", {}, [](Objects&) { return ErrnoOf(unlinkat(AT_FDCWD, kNoPath, 0)); }},
      {"shm_unlink", {}, [](Objects&) { return ErrnoOf(shm_unlink("/ipc_hammer.none")); }},
      {"mq_unlink", {}, [](Objects&) { return ErrnoOf(mq_unlink("/ipc_hammer.none")); }},
      {"sem_unlink", {}, [](Objects&) { return ErrnoOf(sem_unlink("/ipc_hammer.none")); }},
  };
}

std::vector<Row> SystemV() {
  return {
      {"msgget", {}, [](Objects&) { return ErrnoOf(msgget(0x7b1c, 0)); }},
      {"msgget",
       {kMemory, kSpace},
       [](Objects&) {
         const int id = msgget(IPC_PRIVATE, 0600);
         const int failure = ErrnoOf(id);
         msgctl(id, IPC_RMID, nullptr);
         return failure;
       }},
      {"semget", {}, [](Objects&) { return ErrnoOf(semget(0x7b1c, 1, 0)); }},
      {"semget",
       {kMemory, kSpace},
       [](Objects&) { return ErrnoOf(semget(0x7b1c, -1, IPC_CREAT)); }},
      {"shmget", {}, [](Objects&) { return ErrnoOf(shmget(0x7b1c, 1, 0)); }},
      {"shmget",
       {kMemory, kSpace},
       [](Objects&) { return ErrnoOf(shmget(IPC_PRIVATE, ~std::size_t{0}, 0)); }},
      {"shmat", {kMemory}, [](Objects&) { return ErrnoOf(shmat(kNoId, nullptr, 0)); }},
      {"msgsnd",
       {kInterrupt, kSpurious, kMemory},
       [](Objects&) {
         const std::array<long, 2> message{1, 0};
         return ErrnoOf(msgsnd(kNoId, message.data(), 1, IPC_NOWAIT));
       }},
      {"msgrcv",
       {kInterrupt, kSpurious},
       [](Objects&) {
         std::array<long, 2> message{};
         return ErrnoOf(msgrcv(kNoId, message.data(), 8, 0, IPC_NOWAIT));
       }},
      {"semop",
       {kInterrupt, kSpurious, kMemory},
       [](Objects& o) { return ErrnoOf(semop(kNoId, &o.no_wait, 1)); }},
      {"semtimedop",
       {kInterrupt, kSpurious, kMemory},
       [](Objects& o) { return ErrnoOf(semtimedop(kNoId, &o.no_wait, 1, &kPast)); }},
  };
}

std::vector<Row> AllRows() {
  std::vector<Row> rows;
  for (const auto& part :
       {Transfers(), Sockets(), Files(), Waits(), PosixObjects(), Ends(), SystemV()}) {
    rows.insert(rows.end(), part.begin(), part.end());
  }
  return rows;
}

int InjectedErrno(const Row& row, FaultKind kind) {
  switch (kind) {
    case kInterrupt:
      return EINTR;
    case kSpurious:
      return std::string(row.call) == "msgrcv" ? ENOMSG : EAGAIN;
    case kDescriptors:
      return EMFILE;
    case kMemory:
      return ENOMEM;
    case kSpace:
      return ENOSPC;
    default:
      return 0;
  }
}

class WrappedCall : public testing::TestWithParam<Row> {};

// WRAPPED_CALLS: what the linker was told, separated by commas.
TEST(WrappedCalls, EachHasARow) {
  std::set<std::string> told;
  std::stringstream list(WRAPPED_CALLS);
  for (std::string call; std::getline(list, call, ',');) told.insert(call);
  std::set<std::string> tested;
  for (const Row& row : AllRows()) tested.insert(row.call);
  tested.erase("futex");  // goes through syscall
  EXPECT_EQ(told, tested);
}

TEST_P(WrappedCall, EachFittingFaultHitsExactlyTheThirdCall) {
  const Row& row = GetParam();
  for (const FaultKind kind : row.fits) {
    Objects objects;
    ArmFault({.kind = kind, .nth_call = 3});
    row.make(objects);
    row.make(objects);
    const int failure = row.make(objects);
    const FaultReport report = DisarmFault();
    EXPECT_TRUE(report.fired) << static_cast<int>(kind);
    EXPECT_STREQ(report.call, row.call);
    EXPECT_EQ(report.calls_seen, 3);
    EXPECT_EQ(report.sys_errno, InjectedErrno(row, kind));
    EXPECT_EQ(failure, InjectedErrno(row, kind)) << static_cast<int>(kind);
  }
}

TEST_P(WrappedCall, OtherFaultsLeaveItAlone) {
  const Row& row = GetParam();
  for (int k = static_cast<int>(kInterrupt); k < static_cast<int>(kKill); ++k) {
    const auto kind = static_cast<FaultKind>(k);
    if (std::find(row.fits.begin(), row.fits.end(), kind) != row.fits.end()) continue;
    Objects objects;
    ArmFault({.kind = kind, .nth_call = 1});
    const int failure = row.make(objects);
    const FaultReport report = DisarmFault();
    EXPECT_FALSE(report.fired) << k;
    EXPECT_EQ(report.calls_seen, 1);
    Objects others;
    EXPECT_EQ(failure, row.make(others)) << k;
  }
}

TEST_P(WrappedCall, IsTransparentUnlessItFires) {
  const Row& row = GetParam();
  Objects objects;
  const int unarmed = row.make(objects);
  EXPECT_EQ(DisarmFault().calls_seen, 0);
  Objects others;
  ArmFault({.kind = kNone});
  const int counted = row.make(others);
  EXPECT_EQ(DisarmFault().calls_seen, 1);
  EXPECT_EQ(counted, unarmed);
}

INSTANTIATE_TEST_SUITE_P(Table, WrappedCall, testing::ValuesIn(AllRows()),
                         [](const testing::TestParamInfo<Row>& info) {
                           return std::string(info.param.call) + "_" + std::to_string(info.index);
                         });

}  // namespace
}  // namespace ipc_hammer

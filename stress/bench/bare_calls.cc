#include "stress/bench/bare_calls.h"

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ipc_hammer {
namespace {

// Both ends of something with read(2) and write(2).
struct Ends {
  int from = -1;
  int to = -1;
  ~Ends() {
    close(from);
    close(to);
  }
};

void MakePipe(Ends& ends) {
  std::array<int, 2> fds;
  if (pipe2(fds.data(), O_CLOEXEC | O_NONBLOCK) == 0) ends.from = fds[0], ends.to = fds[1];
}

template <int type>
void MakeSockets(Ends& ends) {
  std::array<int, 2> fds;
  if (socketpair(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds.data()) == 0) {
    ends.from = fds[0], ends.to = fds[1];
  }
}

void ReadWrite(benchmark::State& state, void (*make)(Ends&), std::size_t bytes) {
  Ends ends;
  make(ends);
  std::vector<std::byte> buffer(bytes);
  for (auto _ : state) {
    if (write(ends.to, buffer.data(), bytes) < 0 || read(ends.from, buffer.data(), bytes) < 0) {
      return state.SkipWithError("write or read");
    }
  }
}

template <int type>
void SendReceive(benchmark::State& state, std::size_t bytes) {
  Ends ends;
  MakeSockets<type>(ends);
  std::vector<std::byte> buffer(bytes);
  for (auto _ : state) {
    if (send(ends.to, buffer.data(), bytes, MSG_NOSIGNAL) < 0 ||
        recv(ends.from, buffer.data(), bytes, 0) < 0) {
      return state.SkipWithError("send or recv");
    }
  }
}

void EventFd(benchmark::State& state, std::size_t) {
  const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
  std::uint64_t one = 1;
  for (auto _ : state) {
    if (write(fd, &one, sizeof(one)) < 0 || read(fd, &one, sizeof(one)) < 0) {
      state.SkipWithError("write or read");
      break;
    }
  }
  close(fd);
}

void PosixQueue(benchmark::State& state, std::size_t bytes) {
  const std::string name = "/ipc_hammer_bare_" + std::to_string(getpid());
  mq_attr attributes{};
  attributes.mq_maxmsg = 8;
  attributes.mq_msgsize = static_cast<long>(bytes);
  const mqd_t queue =
      mq_open(name.c_str(), O_CREAT | O_EXCL | O_RDWR | O_NONBLOCK, 0600, &attributes);
  if (queue == -1) return state.SkipWithError("mq_open");
  mq_unlink(name.c_str());
  std::vector<char> buffer(bytes);
  for (auto _ : state) {
    if (mq_send(queue, buffer.data(), bytes, 0) != 0 ||
        mq_receive(queue, buffer.data(), bytes, nullptr) < 0) {
      state.SkipWithError("mq_send or mq_receive");
      break;
    }
  }
  mq_close(queue);
}

void SystemVQueue(benchmark::State& state, std::size_t bytes) {
  const int queue = msgget(IPC_PRIVATE, 0600);
  if (queue == -1) return state.SkipWithError("msgget");
  std::vector<long> message(1 + (bytes + sizeof(long) - 1) / sizeof(long), 1);
  for (auto _ : state) {
    if (msgsnd(queue, message.data(), bytes, IPC_NOWAIT) != 0 ||
        msgrcv(queue, message.data(), bytes, 0, IPC_NOWAIT) < 0) {
      state.SkipWithError("msgsnd or msgrcv");
      break;
    }
    message[0] = 1;
  }
  msgctl(queue, IPC_RMID, nullptr);
}

void SystemVSemaphore(benchmark::State& state, std::size_t) {
  const int set = semget(IPC_PRIVATE, 1, 0600);
  if (set == -1) return state.SkipWithError("semget");
  for (auto _ : state) {
    sembuf up{0, 1, IPC_NOWAIT};
    sembuf down{0, -1, IPC_NOWAIT};
    if (semop(set, &up, 1) != 0 || semop(set, &down, 1) != 0) {
      state.SkipWithError("semop");
      break;
    }
  }
  semctl(set, 0, IPC_RMID);
}

void PosixSemaphore(benchmark::State& state, std::size_t) {
  sem_t semaphore;
  sem_init(&semaphore, 1, 0);
  for (auto _ : state) {
    if (sem_post(&semaphore) != 0 || sem_trywait(&semaphore) != 0) {
      state.SkipWithError("sem_post or sem_trywait");
      break;
    }
  }
  sem_destroy(&semaphore);
}

void PipeCalls(benchmark::State& state, std::size_t bytes) { ReadWrite(state, MakePipe, bytes); }

constexpr std::size_t kAnySize = ~std::size_t{0};

struct Bare {
  std::string_view kind;
  BareCalls calls;
  std::size_t bytes_max = kAnySize;
};

constexpr std::array kBare = {
    Bare{"pipe", PipeCalls},
    Bare{"fifo", PipeCalls},
    Bare{"unix_stream", SendReceive<SOCK_STREAM>},
    Bare{"unix_stream_abstract", SendReceive<SOCK_STREAM>},
    Bare{"unix_stream_pair", SendReceive<SOCK_STREAM>},
    Bare{"unix_seqpacket", SendReceive<SOCK_SEQPACKET>},
    Bare{"unix_seqpacket_abstract", SendReceive<SOCK_SEQPACKET>},
    Bare{"unix_seqpacket_pair", SendReceive<SOCK_SEQPACKET>},
    Bare{"unix_dgram", SendReceive<SOCK_DGRAM>},
    Bare{"unix_dgram_abstract", SendReceive<SOCK_DGRAM>},
    Bare{"unix_dgram_pair", SendReceive<SOCK_DGRAM>},
    Bare{"posix_mq", PosixQueue, 4096},
    Bare{"sysv_msg", SystemVQueue, 4096},
    Bare{"sem_sysv", SystemVSemaphore},
    Bare{"sem_posix", PosixSemaphore},
    Bare{"sem_unnamed", PosixSemaphore},
    Bare{"eventfd", EventFd},
};

}  // namespace

BareCalls BareCallsOf(std::string_view kind, std::size_t bytes) {
  const auto found = std::ranges::find(kBare, kind, &Bare::kind);
  return found != kBare.end() && bytes <= found->bytes_max ? found->calls : nullptr;
}

}  // namespace ipc_hammer

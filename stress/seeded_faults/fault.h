// The fault that is seeded at the C library's boundary, and how often it has fired.
//
// This library is loaded by LD_PRELOAD into an ordinary hammer. It stands between the program (with
// libzmq and Boost) and the C library, and spoils what a transport hands over, so that the judges
// have something to find. The environment chooses:
//
//   IPC_HAMMER_SEEDED_FAULT   MECHANISM.EFFECT, as in kMechanisms and kEffects; unset: none at all
//   IPC_HAMMER_SEEDED_EVERY   fires at one of so many matching operations (1000 where unset)
//   IPC_HAMMER_SEEDED_COUNTS  a file of at least sizeof(Counts) zero bytes, mapped by every process
//
// What is touched. A fault must spoil the transport, never the harness, or its detection would mean
// nothing. So the criterion is the object that a call is made on:
//   - descriptors other than 0, 1, 2 that are in non-blocking mode and are a pipe or FIFO, or a
//     socket of AF_UNIX or AF_INET. Every endpoint of the kinds is of that sort, and nothing that
//     the hammer itself uses is: its own pipes and socket pairs block, its pages, logs and
//     recorders are memory files, it asks the kernel by AF_NETLINK;
//   - eventfds that count as semaphores: those that only wake somebody do not;
//   - message queues, semaphores, System V ids: the hammer itself makes none;
//   - mutexes that processes share (PTHREAD_PROCESS_SHARED);
//   - names by what lies under them: a FIFO, a socket, memory below /dev/shm; lock files are not.
// Hostile writes of a conformance case to a kind's own objects pass through the same calls and are
// spoilt as well; the driver, its sandbox and its judges are not.
//
// Threads and processes: any. Counting is exact but for a process that is killed between counting
// and doing.
#ifndef IPC_HAMMER_STRESS_SEEDED_FAULTS_FAULT_H_
#define IPC_HAMMER_STRESS_SEEDED_FAULTS_FAULT_H_

#include <atomic>
#include <cstdint>

namespace ipc_hammer::seeded {

enum class Mechanism : std::uint8_t {
  kNone,
  kPipe,  // and FIFO
  kUnixStream,
  kUnixDgram,
  kUnixSeqpacket,
  kTcp,
  kUdp,
  kPosixMq,
  kSysvMsg,
  kSemPosix,
  kSemSysv,
  kEventFd,
  kMutex,
  kShmPosix,  // a name of shared memory
  kShmSysv,
  kFile,  // the name of a FIFO or of a socket
  kScmRights,
  kDescriptor,  // of any of the above
};

enum class Effect : std::uint8_t {
  kNone,
  kFlipHead,  // the first byte that is handed over is another
  kFlipMiddle,
  kFlipTail,
  kDrop,    // taken, and lost
  kDouble,  // handed over twice
  kSwap,    // received after the one behind it
  kCut,     // the second half is lost
  kPriority,
  kLock,  // who should wait is let in
  kPostLost,
  kPostDoubled,
  kUnlink,   // says that the name is gone, and it is not
  kRemove,   // the same of an id
  kWrong,    // another descriptor
  kMissing,  // no descriptor
  kLeak,     // says that it is closed, and it is not
};

// What all processes of a run count together.
struct Counts {
  std::atomic<std::uint64_t> processes;   // that loaded the library
  std::atomic<std::uint64_t> operations;  // that matched the fault
  std::atomic<std::uint64_t> fired;
};

Mechanism ChosenMechanism();
Effect ChosenEffect();
inline bool IsChosen(Mechanism mechanism, Effect effect) {
  return ChosenMechanism() == mechanism && ChosenEffect() == effect;
}

// Counts a matching operation. True: it is its turn, and the caller does the fault. A turn that was
// not used (DidNotFire) comes again at the next operation.
bool Fires();
void DidNotFire();

}  // namespace ipc_hammer::seeded

#endif  // IPC_HAMMER_STRESS_SEEDED_FAULTS_FAULT_H_

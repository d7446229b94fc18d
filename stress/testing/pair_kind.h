// pair: a small message kind for the process runner's own tests, on one socketpair that threads and
// relatives share; and the same with one promise broken, so that each judge of the runner is seen
// to fire. Not a transport: it knows no names, no priorities and no limits.
#ifndef IPC_HAMMER_STRESS_TESTING_PAIR_KIND_H_
#define IPC_HAMMER_STRESS_TESTING_PAIR_KIND_H_

#include <cstdint>

#include "transports/transport.h"

namespace ipc_hammer {

// What breaks at the consumer's or producer's 20th call, or at every one (where said so).
enum class PairFlaw : std::uint8_t {
  kNone,
  kHang,            // a receive never returns, although messages come
  kLate,            // every receive blocks past its deadline
  kSpin,            // every receive waits by looking again and again
  kCrash,           // a receive writes to address 8
  kAbort,           // a receive aborts
  kLose,            // a message is dropped
  kStall,           // a message is dropped, and the next send waits for ever
  kDuplicate,       // a message is sent twice
  kTear,            // one byte of a message is changed
  kSwap,            // a message is sent after its successor
  kLeakDescriptor,  // a receive leaves a descriptor open
  kLeakMemory,      // a receive leaves memory behind
  kNoEnd,           // end of file is reported as nothing there
  kRace,            // endpoints of one process share a counter without synchronisation
};

enum class Duplex : bool { kNo, kYes };

TransportKind PairKind(PairFlaw flaw = PairFlaw::kNone, Duplex duplex = Duplex::kNo);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_TESTING_PAIR_KIND_H_

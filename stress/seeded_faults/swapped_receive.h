// A receive that hands out a message after the one behind it.
//
// When it is its turn, the message that came is kept if there is another at once; that one is
// handed out, and what was kept at the next receive of the same thread from the same object. One is
// kept at a time. What is kept for an object that is closed is lost with it, as it would have been
// unread.
#ifndef IPC_HAMMER_STRESS_SEEDED_FAULTS_SWAPPED_RECEIVE_H_
#define IPC_HAMMER_STRESS_SEEDED_FAULTS_SWAPPED_RECEIVE_H_

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace ipc_hammer::seeded {

struct Delivery {
  std::vector<std::byte> bytes;
  std::vector<std::byte> control = {};  // of recvmsg
  int flags = 0;                        // of recvmsg
  long order = 0;                       // the priority of mq_receive, the type of msgrcv
};

// How one kind of call receives; the functions are called within SwappedReceive only.
struct Receiver {
  int object;                                 // a descriptor or an id
  std::function<ssize_t()> receive;           // the call itself: never blocks, returns -1 or bytes
  std::function<Delivery(std::size_t)> take;  // what it has just put into the caller's buffers
  std::function<std::size_t(const Delivery&)> put;  // back into them; returns how much has fitted
};

// REQUIRES: the object is of the chosen mechanism, and the effect is kSwap.
ssize_t SwappedReceive(const Receiver& receiver);

// The object is closed.
void ForgetKept(int object);

}  // namespace ipc_hammer::seeded

#endif  // IPC_HAMMER_STRESS_SEEDED_FAULTS_SWAPPED_RECEIVE_H_

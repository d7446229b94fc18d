// For tests: a listening stream socket of another user, who is a child of ours. Only root can make
// one, where there is a second user.
#ifndef IPC_HAMMER_TRANSPORTS_SOCKET_STRANGERS_LISTENER_H_
#define IPC_HAMMER_TRANSPORTS_SOCKET_STRANGERS_LISTENER_H_

#include <sys/types.h>

#include "transports/socket/connection_family.h"

namespace ipc_hammer {

class StrangersListener {
 public:
  // Returns when the child listens at `address`, or cannot.
  explicit StrangersListener(AddressRef address);
  ~StrangersListener();
  StrangersListener(const StrangersListener&) = delete;
  StrangersListener& operator=(const StrangersListener&) = delete;

  bool listens() const { return listens_; }

 private:
  pid_t child_ = 0;
  bool listens_ = false;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SOCKET_STRANGERS_LISTENER_H_

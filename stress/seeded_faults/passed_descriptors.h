// A descriptor on its way to another process (SCM_RIGHTS, unix(7)).
#ifndef IPC_HAMMER_STRESS_SEEDED_FAULTS_PASSED_DESCRIPTORS_H_
#define IPC_HAMMER_STRESS_SEEDED_FAULTS_PASSED_DESCRIPTORS_H_

#include <sys/socket.h>
#include <sys/types.h>

#include <functional>

namespace ipc_hammer::seeded {

// Sends the message; where it passes a descriptor and it is its turn, without it or with another.
// REQUIRES: the chosen mechanism is kScmRights.
ssize_t SendSpoiltDescriptor(const msghdr& message,
                             const std::function<ssize_t(const msghdr&)>& send);

}  // namespace ipc_hammer::seeded

#endif  // IPC_HAMMER_STRESS_SEEDED_FAULTS_PASSED_DESCRIPTORS_H_

// Which mechanism a descriptor belongs to, if it is a transport's: the criterion of fault.h.
#ifndef IPC_HAMMER_STRESS_SEEDED_FAULTS_OBJECTS_H_
#define IPC_HAMMER_STRESS_SEEDED_FAULTS_OBJECTS_H_

#include "stress/seeded_faults/fault.h"

namespace ipc_hammer::seeded {

// Asks the kernel each time, because a number may have been given to something else. kNone: not a
// transport's, or not open. Leaves errno as it is.
Mechanism MechanismOf(int fd);

// Of eventfds the kernel does not say what they are for: it is noted when they are made. Children
// inherit what was noted, and an executed program inherits no such descriptor.
void NoteTokenEventFd(int fd);
void ForgetTokenEventFd(int fd);

}  // namespace ipc_hammer::seeded

#endif  // IPC_HAMMER_STRESS_SEEDED_FAULTS_OBJECTS_H_

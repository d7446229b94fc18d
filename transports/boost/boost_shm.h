// boost_shm: a bounded queue in a managed_shared_memory of Boost.Interprocess, guarded by the
// library's own interprocess_mutex and interprocess_condition, as its manual shows it.
//
// It is other people's code, and is taken as it is. What is added is what a channel has to have and
// the library leaves to its user: an owner of the name, values for its exceptions, and a name that
// appears when the object is complete.
//
// Name: the library's "<text>.boost_shm", which is a file in /dev/shm, owned by
// "<text>.boost_shm.lock" there. It is made as "<text>.boost_shm.making" and renamed: an opener of
// the library waits for ever for a creator who died half-way, and hangs in its index if he died in
// there. Mode: exact; the library puts back what the umask took.
// Opening: a file that is not a finished one is kCorrupt; what lies behind that mark is followed by
// the library without a look, and a peer that scribbles on it can crash us.
//
// Waiting is by a wall-clock time (boost_calls.h). Deadline::Now() waits kMutexPatience for the
// mutex, since a holder that only lost its processor does not mean that the queue is full.
// Kills: neither the mutex nor the condition is robust. A process that is killed inside of a call
// may leave the mutex locked: then every call times out, and those with Deadline::Never() hang. One
// that is killed while it waits may make the next notification hang, inside the library and
// whatever the deadline, with the mutex locked. A new channel under the name works. The memory is
// not reserved: where /dev/shm is full a Send dies by SIGBUS.
//
// Threads and processes: as transport.h says; any number of endpoints of both roles. Those attached
// in one process share one mapping.
// Sources: boost/interprocess/managed_shared_memory.hpp, sync/posix/{mutex,condition}.hpp;
// boostorg/interprocess#163, #69, #128, #212.
#ifndef IPC_HAMMER_TRANSPORTS_BOOST_BOOST_SHM_H_
#define IPC_HAMMER_TRANSPORTS_BOOST_BOOST_SHM_H_

#include "transports/transport.h"

namespace ipc_hammer {

TransportKind BoostShm();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_BOOST_BOOST_SHM_H_

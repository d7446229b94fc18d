// Which pipes are in packet mode (O_DIRECT, pipe(2)): there a short read loses the rest of the
// packet. Only the write end's flags say so, which a reader may not have, so they are noted as they
// are made. Internal to this folder. Thread-safe and async-signal-safe; errno is preserved.
#ifndef IPC_HAMMER_PROPERTIES_FAULTS_PACKET_PIPES_H_
#define IPC_HAMMER_PROPERTIES_FAULTS_PACKET_PIPES_H_

#include <sys/types.h>

namespace ipc_hammer::faults {

// After each successful pipe2(fds, flags) of this process; children inherit what was noted.
void NotePipe(const int* fds, int flags);

// Whether the pipe with that inode was made in packet mode. May forget a pipe once thousands more
// are open.
bool IsPacketPipe(ino_t inode);

}  // namespace ipc_hammer::faults

#endif  // IPC_HAMMER_PROPERTIES_FAULTS_PACKET_PIPES_H_

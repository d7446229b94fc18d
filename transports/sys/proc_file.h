// What the kernel shows in a file below /proc, whole. Its descriptor is close-on-exec from birth,
// which that of a std::ifstream is not.
//
// Allocates; never blocks. Errors: kNotFound, kPermission, kNoSpace, kSystem. Source: proc(5).
#ifndef IPC_HAMMER_TRANSPORTS_SYS_PROC_FILE_H_
#define IPC_HAMMER_TRANSPORTS_SYS_PROC_FILE_H_

#include <string>

#include "transports/error.h"

namespace ipc_hammer {

Result<std::string> ReadProcFile(const char* path);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SYS_PROC_FILE_H_

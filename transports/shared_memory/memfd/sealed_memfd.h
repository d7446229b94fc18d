// Memory files that nobody can resize any more: with the seals nobody who maps one can be made to
// die by SIGBUS, whatever the other processes do to it.
//
// Sealed against shrinking, growing and further seals; sealing against writing would spoil it for
// its use. All pages are reserved before the seals are set, so memory that is short is an error
// then. The mode is that of the inode: it stops a re-opening through /proc, and nothing else needs
// it, because the file has no name.
//
// Source: memfd_create(2), fcntl(2) "File Sealing".
#ifndef IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_MEMFD_SEALED_MEMFD_H_
#define IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_MEMFD_SEALED_MEMFD_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "transports/error.h"
#include "transports/sys/file_descriptor.h"

namespace ipc_hammer {

// Zeroes, close-on-exec, sealed, with exactly `mode`. Errors: kNoSpace, kSystem.
Result<FileDescriptor> MakeSealedMemfd(std::size_t size_bytes, mode_t mode);

// Whether a stranger's descriptor is such a file, and can be written. Returns its size, which will
// never change. Errors: kCorrupt.
Result<std::uint64_t> CheckSealedMemfd(int fd);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_MEMFD_SEALED_MEMFD_H_

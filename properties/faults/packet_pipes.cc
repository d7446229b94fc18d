#include "properties/faults/packet_pipes.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <atomic>

namespace ipc_hammer::faults {
namespace {

// Inodes of pipes are numbered one after another, so those that are open together share no place.
std::array<std::atomic<ino_t>, 4096> packet_pipes{};

std::atomic<ino_t>& PlaceOf(ino_t inode) { return packet_pipes[inode % packet_pipes.size()]; }

}  // namespace

void NotePipe(const int* fds, int flags) {
  const int saved = errno;
  struct stat status;
  if (fstat(fds[0], &status) == 0) {
    std::atomic<ino_t>& place = PlaceOf(status.st_ino);
    if ((flags & O_DIRECT) != 0) {
      place.store(status.st_ino, std::memory_order_relaxed);
    } else if (place.load(std::memory_order_relaxed) == status.st_ino) {
      place.store(0, std::memory_order_relaxed);  // the number is used again
    }
  }
  errno = saved;
}

bool IsPacketPipe(ino_t inode) { return PlaceOf(inode).load(std::memory_order_relaxed) == inode; }

}  // namespace ipc_hammer::faults

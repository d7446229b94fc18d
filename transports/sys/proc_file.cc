#include "transports/sys/proc_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>

#include "transports/sys/file_descriptor.h"

namespace ipc_hammer {

Result<std::string> ReadProcFile(const char* path) {
  int fd = -1;
  do {
    fd = ::open(path, O_RDONLY | O_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return FailErrno("open");
  const FileDescriptor file(fd);
  std::string text;
  std::array<char, 4096> piece;
  for (;;) {
    const ssize_t size = ::read(file.get(), piece.data(), piece.size());
    if (size == 0) return text;
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return FailErrno("read");
    text.append(piece.data(), static_cast<std::size_t>(size));
  }
}

}  // namespace ipc_hammer

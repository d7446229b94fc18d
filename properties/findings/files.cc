#include "properties/findings/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace ipc_hammer {
namespace {

std::unexpected<std::string> FailPath(std::string_view path, int sys_errno) {
  return std::unexpected(fmt::format("{}: {}", path, std::strerror(sys_errno)));
}

// close() is where some file systems say that the disk is full.
std::expected<void, std::string> CloseWritten(int descriptor, const std::string& path) {
  if (close(descriptor) != 0 && errno != EINTR) return FailPath(path, errno);
  return {};
}

}  // namespace

std::expected<std::string, std::string> ReadWholeDescriptor(int descriptor, std::string_view name) {
  std::string content;
  std::array<char, 65536> buffer;
  while (true) {
    const ssize_t count = read(descriptor, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FailPath(name, errno);
    if (count == 0) return content;
    content.append(buffer.data(), static_cast<std::size_t>(count));
    if (content.size() > kFileBytesMax) {
      return std::unexpected(fmt::format("{}: larger than {} bytes", name, kFileBytesMax));
    }
  }
}

std::expected<std::string, std::string> ReadWholeFile(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return FailPath(path, errno);
  auto content = ReadWholeDescriptor(descriptor, path);
  close(descriptor);
  return content;
}

std::expected<void, std::string> WriteWholeFile(const std::string& path, std::string_view content) {
  const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (descriptor < 0) return FailPath(path, errno);
  while (!content.empty()) {
    const ssize_t count = write(descriptor, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int sys_errno = errno;
      close(descriptor);
      return FailPath(path, sys_errno);
    }
    content.remove_prefix(static_cast<std::size_t>(count));
  }
  return CloseWritten(descriptor, path);
}

}  // namespace ipc_hammer

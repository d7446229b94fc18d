#include "transports/socket/unix_name.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sstream>
#include <string>

#include "transports/sys/proc_file.h"

namespace ipc_hammer {
namespace {

// Nothing can be left under an abstract name. To look by connecting would be heard by the owner,
// and to look by binding would take the name for a moment, so the kernel's list is read: number,
// references, protocol, flags, type, state, inode, name.
Result<void> UnlinkAbstract(int type, const UnixAddress& address) {
  const Result<std::string> list = ReadProcFile("/proc/net/unix");
  // That it is missing does not mean that the name is.
  if (!list) return Fail(Errc::kSystem, "/proc/net/unix", list.error().sys_errno);
  std::istringstream sockets(*list);
  const std::string wanted = "@" + address.text();
  for (std::string line; std::getline(sockets, line);) {
    std::istringstream words(line);
    std::string skipped, type_word, name;
    words >> skipped >> skipped >> skipped >> skipped >> type_word >> skipped >> skipped >> name;
    if (name == wanted && type_word == "000" + std::to_string(type)) {
      return Fail(Errc::kExists, "a living process listens");
    }
  }
  return Fail(Errc::kNotFound, "abstract name");
}

}  // namespace

Result<UnixAddress> AddressFor(UnixNaming naming, const ChannelName& name) {
  return naming == UnixNaming::kAbstract ? UnixAddress::Abstract(name) : UnixAddress::Path(name);
}

// By the file: nobody but its owner and root can put another one into its place.
Result<void> CheckOwner(const UnixAddress& address, mode_t mode) {
  if (address.is_abstract() || (mode & 077) != 0) return {};
  struct stat file{};
  if (::lstat(address.text().c_str(), &file) != 0) return FailErrno("lstat");
  if (file.st_uid != ::geteuid()) return Fail(Errc::kPermission, "another user's socket");
  return {};
}

Result<std::optional<SocketFile>> BindTo(int socket, const UnixAddress& address, mode_t mode) {
  if (address.is_abstract()) {
    if (::bind(socket, address.data(), address.size()) != 0) return FailErrno("bind");
    return std::nullopt;
  }
  Result<SocketFile> file = SocketFile::Bind(socket, address, mode);
  if (!file) return std::unexpected(file.error());
  return *std::move(file);
}

Result<void> UnlinkName(UnixNaming naming, int type, const ChannelName& name) {
  const Result<UnixAddress> address = AddressFor(naming, name);
  if (!address) return std::unexpected(address.error());
  if (naming == UnixNaming::kAbstract) return UnlinkAbstract(type, *address);
  return SocketFile::RemoveLeftover(*address);
}

}  // namespace ipc_hammer

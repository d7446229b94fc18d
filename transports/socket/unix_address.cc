#include "transports/socket/unix_address.h"

#include <algorithm>
#include <cstddef>

#include "transports/sys/channel_name.h"

namespace ipc_hammer {

Result<UnixAddress> UnixAddress::Path(const ChannelName& name, std::string_view ending) {
  if (!IsChannelName(name.text)) return Fail(Errc::kInvalidArgument, "channel name");
  const std::string path = (name.folder + "/" + name.text).append(ending);
  UnixAddress result;
  if (path.size() >= sizeof(result.address_.sun_path) || path.find('\0') != std::string::npos) {
    return Fail(Errc::kInvalidArgument, "socket path does not fit sun_path");
  }
  result.address_.sun_family = AF_UNIX;
  std::ranges::copy(path, result.address_.sun_path);
  result.size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return result;
}

Result<UnixAddress> UnixAddress::Abstract(const ChannelName& name, std::string_view kind) {
  if (!IsChannelName(name.text)) return Fail(Errc::kInvalidArgument, "channel name");
  std::string text = "ipc_hammer/";
  if (!kind.empty()) text.append(kind).append("/");
  text += name.text;
  UnixAddress result;
  result.address_.sun_family = AF_UNIX;
  std::ranges::copy(text, result.address_.sun_path + 1);
  // The length is a part of the name: a trailing NUL would be another name.
  result.size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + text.size());
  return result;
}

std::string UnixAddress::text() const {
  if (!is_abstract()) return address_.sun_path;
  return {address_.sun_path + 1, size_ - offsetof(sockaddr_un, sun_path) - 1};
}

}  // namespace ipc_hammer

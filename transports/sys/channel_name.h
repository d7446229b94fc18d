// The rule for channel names in transport.h, in one place.
#ifndef IPC_HAMMER_TRANSPORTS_SYS_CHANNEL_NAME_H_
#define IPC_HAMMER_TRANSPORTS_SYS_CHANNEL_NAME_H_

#include <string_view>

namespace ipc_hammer {

// 1 to 64 characters of [A-Za-z0-9_.-], not beginning with a dot.
constexpr bool IsChannelName(std::string_view text) {
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
  return !text.empty() && text.size() <= 64 && text.front() != '.' &&
         text.find_first_not_of(kAllowed) == std::string_view::npos;
}

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SYS_CHANNEL_NAME_H_

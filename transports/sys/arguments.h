// What every create() and open() refuses before it touches anything.
#ifndef IPC_HAMMER_TRANSPORTS_SYS_ARGUMENTS_H_
#define IPC_HAMMER_TRANSPORTS_SYS_ARGUMENTS_H_

#include "transports/error.h"
#include "transports/sys/channel_name.h"
#include "transports/traits.h"
#include "transports/transport.h"

namespace ipc_hammer {

// Errors: kInvalidArgument (name, zero capacity or size, mode bits other than permissions),
// kTooLarge (above the traits).
inline Result<void> CheckArguments(const ChannelName& name, const Options& options,
                                   const Traits& traits) {
  if (!IsChannelName(name.text)) return Fail(Errc::kInvalidArgument, "channel name");
  if ((options.mode & ~mode_t{0777}) != 0) return Fail(Errc::kInvalidArgument, "mode");
  if (options.capacity_messages == 0) return Fail(Errc::kInvalidArgument, "capacity");
  if (traits.capacity_messages_max != 0 &&
      options.capacity_messages > traits.capacity_messages_max) {
    return Fail(Errc::kTooLarge, "capacity");
  }
  if (traits.shape == Shape::kTokens) return {};
  if (options.message_size_bytes == 0) return Fail(Errc::kInvalidArgument, "message size");
  if (options.message_size_bytes > traits.message_size_max) {
    return Fail(Errc::kTooLarge, "message size");
  }
  return {};
}

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SYS_ARGUMENTS_H_

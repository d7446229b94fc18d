// PayloadRule: what one channel of sockets takes as payload and as buffer, before any system call.
#ifndef IPC_HAMMER_TRANSPORTS_SOCKET_PAYLOAD_RULE_H_
#define IPC_HAMMER_TRANSPORTS_SOCKET_PAYLOAD_RULE_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "transports/error.h"

namespace ipc_hammer {

class PayloadRule {
 public:
  // A byte stream: anything but nothing.
  static constexpr PayloadRule Stream() { return PayloadRule(0); }
  // Messages with boundaries of at most `size_bytes`, empty ones too. REQUIRES: size_bytes > 0.
  static constexpr PayloadRule Messages(std::size_t size_bytes) { return PayloadRule(size_bytes); }

  bool is_stream() const { return message_size_bytes_ == 0; }

  // Errors: kInvalidArgument (an empty payload on a stream, a priority), kTooLarge.
  Result<void> Check(std::span<const std::byte> payload, std::uint32_t priority) const {
    if (is_stream() && payload.empty()) {
      return Fail(Errc::kInvalidArgument, "empty payload on a stream");
    }
    if (priority != 0) return Fail(Errc::kInvalidArgument, "priority on a kind without");
    if (!is_stream() && payload.size() > message_size_bytes_) {
      return Fail(Errc::kTooLarge, "message size");
    }
    return {};
  }

  // The part of `buffer` that may be filled: a message that needs more of it breaks the rule.
  // Errors: kInvalidArgument (an empty buffer on a stream), kTooLarge (below the message size).
  Result<std::span<std::byte>> Usable(std::span<std::byte> buffer) const {
    if (is_stream()) {
      if (buffer.empty()) return Fail(Errc::kInvalidArgument, "empty buffer on a stream");
      return buffer;
    }
    if (buffer.size() < message_size_bytes_) return Fail(Errc::kTooLarge, "receive buffer");
    return buffer.first(message_size_bytes_);
  }

 private:
  explicit constexpr PayloadRule(std::size_t message_size_bytes)
      : message_size_bytes_(message_size_bytes) {}

  std::size_t message_size_bytes_;  // 0: a stream
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SOCKET_PAYLOAD_RULE_H_

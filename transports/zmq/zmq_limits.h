// What the three ZeroMQ kinds have in common: their traits, and how capacities become high water
// marks.
//
// A high water mark counts messages, at each end. The sending end learns that messages were taken
// only when the receiving end has taken half of its mark, so a channel whose mark is n surely has
// room for one more while fewer than n / 2 are queued. Hence the smallest mark and the floor.
// Source: zmq_setsockopt(3); libzmq 4.3.4, src/pipe.cpp, compute_lwm().
#ifndef IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_LIMITS_H_
#define IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_LIMITS_H_

#include <algorithm>
#include <cstddef>
#include <limits>

#include "transports/traits.h"

namespace ipc_hammer {

inline constexpr std::size_t kHighWaterMarkMin = 16;
inline constexpr std::size_t kZmqCapacityMax = 65536;
inline constexpr std::size_t kZmqMessageBytesMax = std::size_t{1} << 20;
// ZMQ_MAXMSGSIZE holds for the library's own messages too: below their size no peer can connect.
inline constexpr std::size_t kZmqHandshakeBytesMax = 512;
inline constexpr std::size_t kZmqFloorMessages = kHighWaterMarkMin / 2;

// REQUIRES: capacity_messages <= kZmqCapacityMax.
constexpr int HighWaterMark(std::size_t capacity_messages) {
  return static_cast<int>(std::max(capacity_messages, kHighWaterMarkMin));
}

constexpr Traits ZmqTraits(Reach reach) {
  return {
      .shape = Shape::kMessages,
      .reach = reach,
      .order = Order::kPerProducer,
      .producers_max = std::numeric_limits<std::uint32_t>::max(),
      .consumers_max = 1,
      .consumer_is_creator = reach == Reach::kStrangers,
      .reopens_producer = true,
      .end_of_file = EndOfFile::kNever,
      .send_needs_consumer = true,
      .close_wakes = true,
      .capacity_messages_max = kZmqCapacityMax,
      .floor_messages = kZmqFloorMessages,
      .floor_bytes = kZmqFloorMessages * kZmqMessageBytesMax,
      .message_size_max = kZmqMessageBytesMax,
      .asynchronous = true,
      // What a producer's process has not handed to the kernel yet dies with it.
      .survives_kill = false,
      .survives_descriptor_shortage = false,  // libzmq 4.3.4 asserts that it can accept
      .mechanism = MechanismFamily::kLibrary,
  };
}

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_LIMITS_H_

// Message queues: mq_overview(7), msgop(2).
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>

#include <algorithm>
#include <cstring>

#include "stress/seeded_faults/original.h"
#include "stress/seeded_faults/spoilt_send.h"
#include "stress/seeded_faults/swapped_receive.h"

namespace ipc_hammer::seeded {
namespace {

bool IsPosixMq() { return ChosenMechanism() == Mechanism::kPosixMq; }
bool IsSysvMsg() { return ChosenMechanism() == Mechanism::kSysvMsg; }

// A System V message as the caller holds it: its type, then its text.
std::vector<std::byte> WithType(const void* message, Bytes text) {
  std::vector<std::byte> whole(sizeof(long) + text.size());
  std::memcpy(whole.data(), message, sizeof(long));
  std::ranges::copy(text, whole.begin() + sizeof(long));
  return whole;
}

}  // namespace
}  // namespace ipc_hammer::seeded

using namespace ipc_hammer::seeded;

extern "C" int mq_send(mqd_t queue, const char* data, size_t size, unsigned priority) {
  IPC_HAMMER_ORIGINAL(mq_send);
  if (!IsPosixMq()) return original(queue, data, size, priority);
  const bool is_ignored = ChosenEffect() == Effect::kPriority && priority != 0 && Fires();
  const unsigned sent_as = is_ignored ? 0 : priority;
  const Bytes message(reinterpret_cast<const std::byte*>(data), size);
  const ssize_t taken = SendSpoilt(message, [&](Bytes bytes) {
    const char* const start = reinterpret_cast<const char*>(bytes.data());
    const bool is_sent = original(queue, start, bytes.size(), sent_as) == 0;
    return is_sent ? static_cast<ssize_t>(bytes.size()) : -1;
  });
  if (taken < 0 && is_ignored) DidNotFire();
  return taken < 0 ? -1 : 0;
}

extern "C" ssize_t mq_receive(mqd_t queue, char* data, size_t size, unsigned* priority) {
  IPC_HAMMER_ORIGINAL(mq_receive);
  if (!IsPosixMq() || ChosenEffect() != Effect::kSwap) {
    return original(queue, data, size, priority);
  }
  auto* const bytes = reinterpret_cast<std::byte*>(data);
  return SwappedReceive({.object = queue,
                         .receive = [=] { return original(queue, data, size, priority); },
                         .take =
                             [=](std::size_t got) {
                               return Delivery{.bytes = {bytes, bytes + got},
                                               .order = priority == nullptr ? 0 : *priority};
                             },
                         .put =
                             [=](const Delivery& delivery) {
                               std::ranges::copy(delivery.bytes, bytes);
                               if (priority != nullptr) {
                                 *priority = static_cast<unsigned>(delivery.order);
                               }
                               return delivery.bytes.size();
                             }});
}

extern "C" int msgsnd(int id, const void* message, size_t size, int flags) {
  IPC_HAMMER_ORIGINAL(msgsnd);
  if (!IsSysvMsg()) return original(id, message, size, flags);
  const Bytes text(static_cast<const std::byte*>(message) + sizeof(long), size);
  const ssize_t taken = SendSpoilt(text, [&](Bytes bytes) {
    const bool is_sent = original(id, WithType(message, bytes).data(), bytes.size(), flags) == 0;
    return is_sent ? static_cast<ssize_t>(bytes.size()) : -1;
  });
  return taken < 0 ? -1 : 0;
}

// The type asked for decides which message comes first: without it the oldest does.
extern "C" ssize_t msgrcv(int id, void* message, size_t size, long type, int flags) {
  IPC_HAMMER_ORIGINAL(msgrcv);
  if (IsSysvMsg() && ChosenEffect() == Effect::kPriority && type != 0) {
    const bool is_ignored = Fires();
    const ssize_t got = original(id, message, size, is_ignored ? 0 : type, flags);
    if (is_ignored && got < 0) DidNotFire();
    return got;
  }
  if (!IsSysvMsg() || ChosenEffect() != Effect::kSwap) {
    return original(id, message, size, type, flags);
  }
  // Its type, then its text. The second of two is looked for, never waited for.
  auto* const kind = static_cast<long*>(message);
  auto* const text = reinterpret_cast<std::byte*>(kind + 1);
  return SwappedReceive(
      {.object = id,
       .receive = [=] { return original(id, message, size, type, flags | IPC_NOWAIT); },
       .take =
           [=](std::size_t got) { return Delivery{.bytes = {text, text + got}, .order = *kind}; },
       .put =
           [=](const Delivery& delivery) {
             std::ranges::copy(delivery.bytes, text);
             *kind = delivery.order;
             return delivery.bytes.size();
           }});
}

#include "stress/seeded_faults/swapped_receive.h"

#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "stress/seeded_faults/fault.h"

namespace ipc_hammer::seeded {
namespace {

struct Kept {
  int object;
  pid_t owner;  // a forked child has a copy, and must not hand it out again
  Delivery delivery;
};
thread_local std::optional<Kept> kept;

// A stream's reader may have less room than the one before it: the rest is kept.
ssize_t HandOut(const Receiver& receiver) {
  const std::size_t fitted = receiver.put(kept->delivery);
  auto& bytes = kept->delivery.bytes;
  const bool is_all = fitted >= bytes.size();
  if (is_all) kept.reset();
  if (!is_all) bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(fitted));
  return static_cast<ssize_t>(fitted);
}

}  // namespace

ssize_t SwappedReceive(const Receiver& receiver) {
  if (kept && kept->owner != getpid()) kept.reset();
  if (kept && kept->object == receiver.object) return HandOut(receiver);
  const ssize_t first = receiver.receive();
  if (first <= 0 || !Fires()) return first;
  const int saved = errno;
  Delivery delivery = receiver.take(static_cast<std::size_t>(first));
  const ssize_t second = receiver.receive();
  if (second > 0) {
    kept = Kept{receiver.object, getpid(), std::move(delivery)};
    return second;
  }
  DidNotFire();  // nothing is behind it
  receiver.put(delivery);
  errno = saved;
  return first;
}

void ForgetKept(int object) {
  if (kept && kept->object == object) kept.reset();
}

}  // namespace ipc_hammer::seeded

#include "transports/semaphore/token_endpoint.h"

#include "transports/sys/deadlines.h"

namespace ipc_hammer {
namespace {

bool IsNotYet(const Result<void>& moved) {
  return !moved &&
         (moved.error().code == Errc::kWouldBlock || moved.error().code == Errc::kTimedOut);
}

}  // namespace

Result<void> CheckToken(std::span<const std::byte> payload, std::uint32_t priority) {
  if (!payload.empty()) return Fail(Errc::kTooLarge, "a token has no payload");
  if (priority != 0) return Fail(Errc::kInvalidArgument, "priority");
  return {};
}

Result<void> TokenEndpoint::Repeat(Move move, Deadline deadline) {
  if (is_closed_.load()) return Fail(Errc::kClosed, "tokens");
  Result<void> moved = (*store_.*move)(Deadline::Now());
  while (IsNotYet(moved) && !deadline.HasPassed()) {
    const bool is_last = EndsWithin(deadline, kTokenSlice);
    moved = (*store_.*move)(is_last ? deadline : Deadline::After(kTokenSlice));
    if (!moved && is_closed_.load()) return Fail(Errc::kClosed, "tokens");
  }
  if (IsNotYet(moved)) return Fail(deadline.expired(), "tokens");
  return moved;
}

Result<std::size_t> TokenEndpoint::Send(std::span<const std::byte> payload, std::uint32_t priority,
                                        Deadline deadline) {
  if (role_ != Role::kProducer) return Fail(Errc::kInvalidArgument, "a consumer sends");
  if (Result<void> checked = CheckToken(payload, priority); !checked) {
    return std::unexpected(checked.error());
  }
  if (Result<void> put = Repeat(&TokenStore::Put, deadline); !put) {
    return std::unexpected(put.error());
  }
  return 0;
}

Result<Received> TokenEndpoint::Receive(std::span<std::byte>, Deadline deadline) {
  if (role_ != Role::kConsumer) return Fail(Errc::kInvalidArgument, "a producer receives");
  if (Result<void> taken = Repeat(&TokenStore::Take, deadline); !taken) {
    return std::unexpected(taken.error());
  }
  return Received{};
}

Result<void> TokenEndpoint::CloseDirection(Direction direction) {
  if ((direction == Direction::kSend) == (role_ == Role::kProducer)) is_closed_.store(true);
  return {};
}

}  // namespace ipc_hammer

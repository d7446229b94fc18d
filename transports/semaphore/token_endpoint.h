// TokenEndpoint: an endpoint on a counter of tokens whose waits nothing but a token can end.
//
// What a counter is (a POSIX semaphore, a System V set) is a TokenStore's affair; the endpoint
// checks roles and arguments, and cuts every wait into slices of kTokenSlice. It looks again after
// each, for two reasons: nothing can wake one waiter of a semaphore without giving it a token, so
// a blocked call notices by this that its direction was closed (traits.close_wakes is false); and
// some semaphores can lose a wake-up to a kill.
//
// Ownership: endpoints of one process share the store; the last of them closes it.
// Threads: as transport.h says; a TokenStore has to bear any number of threads.
#ifndef IPC_HAMMER_TRANSPORTS_SEMAPHORE_TOKEN_ENDPOINT_H_
#define IPC_HAMMER_TRANSPORTS_SEMAPHORE_TOKEN_ENDPOINT_H_

#include <atomic>
#include <chrono>
#include <memory>
#include <utility>

#include "transports/transport.h"

namespace ipc_hammer {

// Ten looks a second cost some ten-thousandths of a processor.
inline constexpr std::chrono::milliseconds kTokenSlice{100};

class TokenStore {
 public:
  virtual ~TokenStore() = default;
  TokenStore(const TokenStore&) = delete;
  TokenStore& operator=(const TokenStore&) = delete;

  // Adds or takes one token; an error means that the count is as it was. Both may say before the
  // deadline, for no reason, that it has passed.
  // Errors: kWouldBlock, kTimedOut, and what makes the store unusable.
  virtual Result<void> Put(Deadline deadline) = 0;
  virtual Result<void> Take(Deadline deadline) = 0;

 protected:
  TokenStore() = default;
};

// What every kind of tokens refuses in Send. Errors: kTooLarge, kInvalidArgument.
Result<void> CheckToken(std::span<const std::byte> payload, std::uint32_t priority);

class TokenEndpoint : public Endpoint {
 public:
  TokenEndpoint(std::shared_ptr<TokenStore> store, Role role)
      : store_(std::move(store)), role_(role) {}

  Result<std::size_t> Send(std::span<const std::byte> payload, std::uint32_t priority,
                           Deadline deadline) override;
  Result<Received> Receive(std::span<std::byte> buffer, Deadline deadline) override;
  Result<void> CloseDirection(Direction direction) override;

 private:
  using Move = Result<void> (TokenStore::*)(Deadline);
  Result<void> Repeat(Move move, Deadline deadline);

  std::shared_ptr<TokenStore> store_;
  Role role_;
  std::atomic<bool> is_closed_ = false;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SEMAPHORE_TOKEN_ENDPOINT_H_

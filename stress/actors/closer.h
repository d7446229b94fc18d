// The closer: a thread beside an actor that closes a direction of its endpoint under it, so long
// after an operation began as the program says. It asks only what the contract promises:
// CloseDirection may be called by any thread, also while another is blocked; the endpoint itself
// lives until the actor has heard that its closer is done.
//
// Used by one actor, from its thread; sleeps unless it is asked. Tells the actor's slot how far it
// is, so that the watchdog knows who waits in vain.
#ifndef IPC_HAMMER_STRESS_ACTORS_CLOSER_H_
#define IPC_HAMMER_STRESS_ACTORS_CLOSER_H_

#include <atomic>
#include <cstdint>
#include <thread>

#include "stress/recorder/control_block.h"
#include "transports/transport.h"

namespace ipc_hammer {

class Closer {
 public:
  // A direction that was closed, and when.
  struct Closing {
    Direction direction = Direction::kSend;
    std::int64_t start_ns = 0;
    std::int64_t end_ns = 0;
    Result<void> result;
  };

  explicit Closer(ActorSlot& slot) : slot_(slot) {}
  Closer(const Closer&) = delete;
  Closer& operator=(const Closer&) = delete;
  ~Closer();

  // Begins its thread: nothing else works before.
  void Start();
  // REQUIRES: it is not asked already; the endpoint lives until Await() has returned.
  void Ask(Endpoint& endpoint, Direction direction, std::uint32_t after_us);
  bool is_asked() const { return asked_; }
  // Blocks until it has closed. REQUIRES: is_asked().
  const Closing& Await();

 private:
  void Work();
  void Turn();

  ActorSlot& slot_;
  bool asked_ = false;
  Endpoint* endpoint_ = nullptr;
  std::int64_t at_ns_ = 0;
  Closing closing_;
  std::atomic<std::uint32_t> turn_ = 0;  // odd: the thread's; even: the actor's
  std::atomic<bool> ends_ = false;
  std::thread thread_;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_ACTORS_CLOSER_H_

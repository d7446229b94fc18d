// Guest: one actor's endpoint of a channel that is no longer the one under its name, or soon will
// not be (handover.h). It sends and receives there, with short deadlines, from before its owner
// ends until a while after, and then gives it back; whoever leaves last has to be told that the
// others have gone.
//
// A Visit is used by one thread; Guests has one for each, beside the actor's own.
#ifndef IPC_HAMMER_STRESS_ACTORS_GUEST_H_
#define IPC_HAMMER_STRESS_ACTORS_GUEST_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <thread>
#include <vector>

#include "stress/recorder/flight_recorder.h"
#include "transports/transport.h"

namespace ipc_hammer {

enum class OwnerEnd : std::uint8_t { kCloses, kIsKilled, kUnlinks };

// How that owner ends: in an order that the seed chooses.
OwnerEnd EndOf(const Program& program, std::uint32_t owner);

class Visit {
 public:
  Visit(const TransportKind& kind, FlightRecorder& recorder, std::uint32_t actor,
        std::uint32_t owner, std::unique_ptr<Endpoint> endpoint);

  // One call, and a moment of rest where it did not wait.
  void Step();
  // Gives the endpoint back.
  void Leave() { endpoint_.reset(); }

  // A guest's whole visit: until after its owner's end, or not so long.
  void Stay();
  void Pass();

 private:
  // What the last call said: it went on, nothing happened, or the channel has ended.
  enum class Said : std::uint8_t { kOk, kNothing, kEnd };

  Said Call(Deadline deadline);
  Said Send(Deadline deadline);
  Said Receive(Deadline deadline);
  void Judge(std::span<const std::byte> bytes) const;
  bool AwaitPeers() const;
  void ExpectEnd();
  void Quit();
  std::uint32_t RunOf(std::uint32_t owner) const;
  Owner& owner() const { return recorder_.control().owners[owner_]; }

  const TransportKind& kind_;
  FlightRecorder& recorder_;
  const Program program_;
  const std::uint32_t actor_;
  const std::uint32_t owner_;
  const Role role_;
  std::unique_ptr<Endpoint> endpoint_;
  std::vector<std::byte> buffer_;
  std::uint64_t next_ = 0;
  std::minstd_rand random_;
};

// One actor's guests of all owners.
class Guests {
 public:
  Guests() = default;
  Guests(const Guests&) = delete;
  Guests& operator=(const Guests&) = delete;
  ~Guests();

  // Opens the channel of each owner as it comes, and stays there. Errors: those of open.
  Result<void> Come(const TransportKind& kind, FlightRecorder& recorder, std::uint32_t actor,
                    Deadline deadline);

 private:
  std::vector<std::thread> threads_;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_ACTORS_GUEST_H_

// Inspector: what a received payload is, from its bytes alone, and how large payloads have to be so
// that this can be told.
//
// Messages of at least kPayloadHeaderBytes identify themselves. Smaller ones, the empty one among
// them, can only be compared with what is expected next, so where several actors send or receive,
// or priorities change the order, LiftSmallMessages() makes them that large; if the channel's
// messages are smaller than that, they have no identity and are counted only. Byte streams are
// followed by offset: of the only sender, or of each connection, whose sender is whoever its bytes
// match; runs of bytes have no identity, only intact or not. Where every endpoint of a sender has a
// connection of its own, each begins its stream at a place of its own (StreamStart), because what
// was sent before may still be on its way.
//
// Threads: one receiver has one inspector. Allocates when a new connection shows up, else never.
#ifndef IPC_HAMMER_STRESS_ACTORS_INSPECTOR_H_
#define IPC_HAMMER_STRESS_ACTORS_INSPECTOR_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "properties/history/history.h"
#include "properties/program/program.h"
#include "transports/transport.h"

namespace ipc_hammer {

// The actors that take part in one direction of a program: who sends to, and who receives as
// `receiver_role`.
struct Traffic {
  std::vector<std::uint32_t> senders;
  std::uint32_t receivers = 0;
  bool one_priority = true;
  bool senders_reopen = false;
  bool receivers_reopen = false;
};
Traffic TrafficTo(Role receiver_role, const Program& program);

// Where the stream of an actor's endpoint begins that it opens after `opened` others.
std::uint64_t StreamStart(std::uint32_t opened);

// Whether the receiver of such a send can tell which message it is.
bool HasIdentity(const Program& program, const Traits& traits, const Operation& send);

// Makes every message large enough to be told apart by its receiver.
void LiftSmallMessages(Program& program, const Traits& traits);

class Inspector {
 public:
  Inspector(const Program& program, const Traits& traits, std::uint32_t receiver);

  // Fills in identified, id and intact of a successful receive's outcome.
  void Inspect(std::span<const std::byte> bytes, const Received& received, Outcome& outcome);

 private:
  // One connection's stream: the senders whose bytes it can be, and where each would stand.
  struct Stream {
    std::uint64_t consumed = 0;
    std::vector<MessageId> candidates;  // producer, and the offset at which the stream began
  };

  void InspectMessage(std::span<const std::byte> bytes, Outcome& outcome);
  void InspectStream(std::span<const std::byte> bytes, const Received& received, Outcome& outcome);
  Stream& StreamOf(std::uint32_t source);
  void Narrow(std::span<const std::byte> bytes, Stream& stream) const;
  std::vector<MessageId> PossibleStarts(const Program& program, const Traits& traits) const;

  Shape shape_;
  std::uint32_t run_;
  std::uint32_t actors_;
  bool streams_told_apart_;
  std::vector<std::uint32_t> senders_;
  std::uint64_t next_small_ = 0;  // the next message's sequence, where order is known
  bool small_expected_ = false;
  std::vector<MessageId> starts_;  // of all streams that there can be
  std::vector<Stream> streams_;    // by source
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_ACTORS_INSPECTOR_H_

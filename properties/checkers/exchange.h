// Exchange: a history seen as messages that went from sends to receives. It pairs each receive with
// its send and splits what was exchanged into lanes, so that the judges see one queue at a time.
//
// A lane is what one receive may take from: everything that producers send to consumers, and for
// duplex kinds what consumers answer, to each connection or, without connections, to all producers.
// A reply belongs to the producer that received it, or else to the one its sender had last received
// from; where neither is known it is in no lane.
#ifndef IPC_HAMMER_PROPERTIES_CHECKERS_EXCHANGE_H_
#define IPC_HAMMER_PROPERTIES_CHECKERS_EXCHANGE_H_

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "properties/checkers/checkers.h"

namespace ipc_hammer {

// What every judge looks at.
struct Case {
  const Program& program;
  const Traits& traits;
  const History& history;
  const CheckOptions& options;
};

using EventIndex = std::uint32_t;
inline constexpr EventIndex kNoEventIndex = ~EventIndex{0};

// An identified message that was sent, or received from a send that never ended.
struct Message {
  EventIndex send = kNoEventIndex;
  EventIndex receive = kNoEventIndex;  // kNoEventIndex: not delivered
  std::uint32_t sender = 0;
  std::uint32_t endpoint = 0;  // how often the sender had opened another one before
  std::uint32_t priority = 0;
  // Copies of the events' times, because the judges sort and sweep them. Not delivered: never.
  std::int64_t send_start = 0;
  std::int64_t send_end = 0;
  std::int64_t receive_start = Event::kNeverEnded;
  std::int64_t receive_end = Event::kNeverEnded;

  bool delivered() const { return receive != kNoEventIndex; }
};

struct Lane {
  std::vector<Message> messages;
  // Without identity: tokens, runs of bytes, messages shorter than a header.
  std::vector<EventIndex> anonymous_sends;     // reported as sent
  std::vector<EventIndex> anonymous_receives;  // succeeded
  std::vector<EventIndex> corrupt_receives;    // took a message that nobody recognises
  // Never ended, and not known to be delivered; or an answer that may be for somebody else.
  std::vector<EventIndex> pending_sends;
  std::vector<EventIndex> pending_receives;  // never ended
  std::vector<EventIndex> refusals;          // sends that said full (would_block, timed_out)
  std::vector<EventIndex> empties;           // receives that said empty (would_block, timed_out)
  std::vector<EventIndex> ends;              // receives that said peer_closed
  bool forward = true;                       // producers -> consumers

  // When the lane may have lost what was queued because no receiver had it open: from the first
  // such moment, and up to the end of the last. None: kNeverEnded and the lowest time.
  std::int64_t abandoned_from = Event::kNeverEnded;
  std::int64_t abandoned_to = std::numeric_limits<std::int64_t>::min();
  std::int64_t last_receive_end = std::numeric_limits<std::int64_t>::min();
};

struct Exchange {
  std::vector<Lane> lanes;
  using Pair = std::pair<EventIndex, EventIndex>;
  std::vector<Pair> duplicates;        // the first receive of a message, and another one
  std::vector<Pair> failed_delivered;  // a send that failed, and the receive of its message
  std::vector<Pair> misdelivered;      // the send of a reply, and its receive by another producer
  std::vector<EventIndex> invented;    // receives of a message that nobody sent
  std::vector<EventIndex> corrupt;     // receives whose bytes are not right
};

Exchange MakeExchange(const Case& subject);

// The priority and the payload's size that a send was asked for: from the program where the event
// belongs to one of its operations, else from what was recorded.
std::uint32_t AskedPriority(const Case& subject, const Event& send);
std::uint32_t AskedSize(const Case& subject, const Event& send);

// An injected fault made the operation fail as it did. Interruptions and short transfers never
// explain a failure: they must change nothing.
bool FaultExplains(const Case& subject, const Event& event);

// "p0#17": the message of that event. "5 bytes of p0" where it has no identity.
std::string MessageName(const Case& subject, const Event& event);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_CHECKERS_EXCHANGE_H_

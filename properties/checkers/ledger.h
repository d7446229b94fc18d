// Ledger: the streaming form of accounting and order, for full speed, where no history is kept.
// Every actor writes its own ledger, one entry a message; when all have ended, JudgeLedgers
// compares what the producers sent with what the consumers received.
//
// Exact and in bounded memory: sequences of a producer fall into kBuckets buckets, whose width
// doubles when they no longer fit. A bucket has a count and a fingerprint (the sum of a mixed value
// of each sequence), so two sides agree in a bucket only if they saw the same messages the same
// number of times, but for a chance of 2^-64. A mismatch is told to the width of a bucket; a single
// consumer's first gap, step back and corrupt message are remembered to the message.
//
// A plain value without pointers: zeroed memory, for example shared memory, is an empty ledger,
// and nothing is allocated. One actor writes, others read when it has ended. The writer may be
// killed at any instruction: each entry is applied from a redo note that Recover() applies again.
#ifndef IPC_HAMMER_PROPERTIES_CHECKERS_LEDGER_H_
#define IPC_HAMMER_PROPERTIES_CHECKERS_LEDGER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "properties/program/payload.h"
#include "properties/program/program.h"
#include "properties/rules/rule.h"

namespace ipc_hammer {

// The messages of one producer, as one actor saw them.
struct LedgerLane {
  static constexpr std::size_t kBuckets = 32;
  struct Bucket {
    std::uint64_t count;
    std::uint64_t fingerprint;
    friend bool operator==(const Bucket&, const Bucket&) = default;
  };
  std::uint64_t next;       // one above the highest sequence so far
  std::uint64_t gaps;       // steps of more than one
  std::uint64_t first_gap;  // the first sequence that was left out. Meaningless without gaps
  std::uint64_t backward;   // messages that came after a later one, or again
  std::uint64_t first_backward;
  std::uint32_t width_log2;  // of a bucket
  std::uint32_t reserved;
  std::array<Bucket, kBuckets> buckets;

  std::uint64_t count() const;
  static std::uint64_t Fingerprint(std::uint64_t sequence);
};

class Ledger {
 public:
  // Before a call: a kill from now on leaves the message in flight, which may or may not have gone.
  void BeginSend(std::uint64_t sequence);
  void BeginReceive();
  // After it: it failed, or which message it was.
  void Failed();
  void Sent(MessageId id) { Enter(id); }
  void Received(MessageId id) { Enter(id); }  // identified and intact
  void ReceivedCorrupt(std::uint64_t size_bytes);

  // Completes the entry that a kill has cut. REQUIRES: the writer has ended. Idempotent.
  void Recover();

  const LedgerLane& lane(std::uint32_t producer) const { return lanes_[producer]; }
  bool sending() const { return call_ == kSending; }
  bool receiving() const { return call_ == kReceiving; }
  std::uint64_t in_flight() const { return in_flight_; }  // the sequence, when sending()
  std::uint64_t corrupt() const { return corrupt_; }
  std::uint64_t corrupt_size_bytes() const { return corrupt_size_bytes_; }  // of the first
  std::uint64_t unknown() const { return unknown_; }  // messages of actors that do not exist

 private:
  static constexpr std::uint32_t kIdle = 0;  // so that zeroed memory is an empty ledger
  static constexpr std::uint32_t kSending = 1;
  static constexpr std::uint32_t kReceiving = 2;

  // Where an entry leaves its lane: applied twice it is as if once.
  struct Redo {
    std::uint32_t valid;
    std::uint32_t producer;
    std::uint64_t bucket;
    LedgerLane::Bucket content;
    std::uint64_t next;
    std::uint64_t gaps;
    std::uint64_t first_gap;
    std::uint64_t backward;
    std::uint64_t first_backward;
  };

  void Enter(MessageId id);
  void Apply();
  void Widen(LedgerLane& lane, std::uint64_t sequence);

  std::uint32_t call_;
  std::uint32_t spare_valid_;  // `spare_` is to replace the lane of spare_producer_
  std::uint64_t in_flight_;
  std::uint64_t corrupt_;
  std::uint64_t corrupt_size_bytes_;
  std::uint64_t unknown_;
  std::uint64_t spare_producer_;
  Redo redo_;
  LedgerLane spare_;
  std::array<LedgerLane, kActorsMax> lanes_;
};
static_assert(std::is_trivially_copyable_v<Ledger> &&
              std::is_trivially_default_constructible_v<Ledger>);

struct LedgerOptions {
  bool drained = true;  // what was sent and not received is lost
  bool ordered = true;  // messages of one producer come in the order of their sequences
};

// Whether a receiver meets the messages of each producer in the order of their sequences: not where
// priorities come first, nor where a producer has another queue each time it opens the channel.
bool KeepsSequences(const Program& program, const Traits& traits);

// `sent[i]` is what actor i sent (only its lane i is looked at), `received` one ledger for each
// receiver, all of them recovered. A ledger that ended sending or receiving explains one message.
// Reasons speak of actors by the program's names. Rules: no-loss, no-duplicate, no-invention,
// order, integrity. Event indices are Violation::kNoEvent.
std::vector<Violation> JudgeLedgers(const Program& program, std::span<const Ledger* const> sent,
                                    std::span<const Ledger* const> received,
                                    const LedgerOptions& options);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_CHECKERS_LEDGER_H_

// Checkers: judge the complete history of a concurrent run, of threads or of processes, by what the
// kind's traits promise. The model (properties/model) judges sequential runs more strictly; here
// operations overlap, so a violation is only what no order of the overlapping operations explains.
//
// Times: operation a is before b if a ended before b started; equal times overlap. An operation
// that never ended (kPending: killed, or hanging) may or may not have had its effect.
//
// What is judged, one file each:
//   exchange    pairs each receive with its send, splits duplex kinds by direction and connection
//   accounting  integrity, no-loss, no-duplicate, no-invention, boundaries of identified messages
//   counts      the same for what has no identity: tokens, bytes, messages too short for a header
//   order       FIFO of the whole queue, among equal priorities, or per producer
//   priority    a higher priority that was surely inside is not passed over
//   answers     "empty", "full" and "end of file" are said only when they can be true
//   opens       a closed endpoint can be opened again
//   closes      a closed direction is closed, and only that one
//   timing      never early, never far past the deadline
//
// How exact: for a queue with distinct messages order, invention, duplicate and the empty answers
// together are all that can go wrong (Henzinger, Sezgin, Vafeiadis, "Aspect-oriented
// linearizability proofs", 2013), so an unbounded FIFO is judged exactly. Pending receives, full
// answers, priorities and tokens are judged by necessary conditions: what is reported is always
// wrong, but some wrong histories pass. Of small random ones checkers_agreement_test measures 0 %
// with pending receives, 3.9 % with a capacity of 2, 1.6 % with priorities and 1.3 % of tokens.
//
// Thread-safe; keeps nothing. O(n log n) for n events.
#ifndef IPC_HAMMER_PROPERTIES_CHECKERS_CHECKERS_H_
#define IPC_HAMMER_PROPERTIES_CHECKERS_CHECKERS_H_

#include <cstdint>
#include <vector>

#include "properties/history/history.h"
#include "properties/program/program.h"
#include "properties/rules/rule.h"
#include "transports/traits.h"

namespace ipc_hammer {

struct CheckOptions {
  // Consumers received until nothing was left, so what was not delivered is lost. (Messages whose
  // send began after the last receive ended are never called lost.) Only producers -> consumers:
  // a lost reply shows by a wrong empty answer.
  bool drained = true;
  // Actors that died by SIGKILL. Each may have taken the one message in flight with it, and what
  // was queued may vanish when no receiver is left, unless the kind keeps it.
  std::vector<std::uint32_t> killed = {};
  // Times are CLOCK_MONOTONIC. False: they are a counter, and `timing` is not judged.
  bool clocked = true;
  // How late a call may end after its deadline, and how long a message may wait for a blocked
  // receiver. Generous, because the machine may be busy: shorter delays are for benchmarks.
  std::int64_t slack_ns = 2'000'000'000;
  // A watchdog looked at the calls while they lasted, and knows who was kept from the processor:
  // none is called late afterwards.
  bool watched = false;
};

// All that is wrong, the most telling rule first; of each rule the first few in the order of
// discovery, the first of them saying how many more there are.
// REQUIRES: every Event::actor < program.actors(). Events may come in any order as long as those
// of one actor are in the order of their starts.
std::vector<Violation> CheckHistory(const Program& program, const Traits& traits,
                                    const History& history, const CheckOptions& options = {});

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_CHECKERS_CHECKERS_H_

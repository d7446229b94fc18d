#include "properties/checkers/accounting.h"

#include "properties/program/text.h"
#include "transports/error.h"

namespace ipc_hammer {
namespace {

void CheckReceives(const Case& subject, const Exchange& exchange, Report& report) {
  const auto name = [&](EventIndex i) { return MessageName(subject, subject.history[i]); };
  const auto actor = [&](EventIndex i) {
    return ActorName(subject.program, subject.history[i].actor);
  };
  for (const EventIndex i : exchange.corrupt) {
    const Outcome& outcome = subject.history[i].outcome;
    report.Add(Rule::kIntegrity, i, "{} received {} bytes {}", actor(i), outcome.size_bytes,
               outcome.identified ? "of " + name(i) + " that are not what was sent"
                                  : "that are not what any actor sent");
  }
  for (const EventIndex i : exchange.invented) {
    report.Add(Rule::kNoInvention, i, "{} received {}, which nobody sent", actor(i), name(i));
  }
  for (const auto& [send, receive] : exchange.failed_delivered) {
    report.Add(Rule::kNoInvention, receive, "{} received {}, whose send had failed with {}",
               actor(receive), name(receive), ToString(subject.history[send].outcome.error));
  }
  for (const auto& [send, receive] : exchange.misdelivered) {
    report.Add(Rule::kNoInvention, receive, "{} received {}, which was an answer to another actor",
               actor(receive), name(receive));
  }
  for (const auto& [first, again] : exchange.duplicates) {
    report.Add(Rule::kNoDuplicate, again, "{} received {}, which {} had received before",
               actor(again), name(again), actor(first));
  }
}

void CheckMessage(const Case& subject, const Message& message, Report& report) {
  const Event& send = subject.history[message.send];
  const std::uint32_t asked = AskedSize(subject, send);
  if (send.outcome.ok() && send.outcome.size_bytes != asked) {
    report.Add(Rule::kBoundaries, message.send, "send took {} of the {} bytes of {}",
               send.outcome.size_bytes, asked, MessageName(subject, send));
  }
  if (!message.delivered()) return;
  const Event& receive = subject.history[message.receive];
  if (message.receive_end < message.send_start) {
    report.Add(Rule::kNoInvention, message.receive, "{} received {} before its send began",
               ActorName(subject.program, receive.actor), MessageName(subject, send));
  }
  if (receive.outcome.size_bytes != asked) {
    report.Add(Rule::kBoundaries, message.receive, "{} was sent with {} bytes and received with {}",
               MessageName(subject, send), asked, receive.outcome.size_bytes);
  }
  if (subject.traits.priorities > 1 && receive.outcome.priority != message.priority) {
    report.Add(Rule::kOrder, message.receive, "{} was sent with priority {} and received with {}",
               MessageName(subject, send), message.priority, receive.outcome.priority);
  }
}

}  // namespace

void CheckAccounting(const Case& subject, const Exchange& exchange, Report& report) {
  CheckReceives(subject, exchange, report);
  for (const Lane& lane : exchange.lanes) {
    for (const Message& message : lane.messages) CheckMessage(subject, message, report);
  }
}

}  // namespace ipc_hammer

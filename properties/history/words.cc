#include "properties/history/words.h"

#include <fmt/format.h>

#include <iterator>

#include "properties/program/text.h"

namespace ipc_hammer {
namespace {

const Operation* OperationOf(const Program& program, const Event& event) {
  if (event.operation_index >= program.operations.size()) return nullptr;
  const Operation& operation = program.operations[event.operation_index];
  return operation.action == event.action ? &operation : nullptr;
}

std::string TimeoutText(std::uint32_t timeout_us) {
  if (timeout_us == kTimeoutNow) return "now";
  if (timeout_us == kTimeoutNever) return "never";
  return fmt::format("for {}", DurationText(std::int64_t{timeout_us} * 1000));
}

bool Transfers(Action action) {
  return action == Action::kSend || action == Action::kReceive || action == Action::kDrain;
}

}  // namespace

std::string CallText(const Program& program, const Event& event) {
  std::string text(ToString(event.action));
  const auto out = std::back_inserter(text);
  const Operation* const operation = OperationOf(program, event);
  if (event.action == Action::kKill) {
    if (operation != nullptr) fmt::format_to(out, " {}", ActorName(program, operation->target));
    return text;
  }
  if (event.action == Action::kSend && operation != nullptr) {
    fmt::format_to(out, " {}B", operation->size_bytes);
    if (operation->priority != 0) fmt::format_to(out, " prio {}", operation->priority);
  }
  if (Transfers(event.action) || event.action == Action::kOpen) {
    fmt::format_to(out, " {}", TimeoutText(event.timeout_us));
  }
  return text;
}

std::string OutcomeText(const Program& program, const Event& event) {
  const Outcome& outcome = event.outcome;
  if (outcome.state == Outcome::State::kPending) return "never ended";
  const Operation* const operation = OperationOf(program, event);
  std::string text(outcome.ok() ? "ok" : ToString(outcome.error));
  const auto out = std::back_inserter(text);
  if (outcome.ok() && outcome.source_ended) {
    fmt::format_to(out, " end of connection {}", outcome.source);
  } else if (outcome.ok() && Transfers(event.action)) {
    if (outcome.identified) {
      fmt::format_to(out, " {}#{}", ActorName(program, outcome.id.producer), outcome.id.sequence);
    }
    const bool whole = operation != nullptr && operation->size_bytes == outcome.size_bytes;
    if (event.action != Action::kSend || !whole) {
      fmt::format_to(out, " {}B", outcome.size_bytes);
      if (outcome.priority != 0) fmt::format_to(out, " prio {}", outcome.priority);
    }
    if (event.action != Action::kSend && !outcome.intact) text += " CORRUPT";
  }
  if (outcome.fault_fired) {
    fmt::format_to(out, " fault {}",
                   operation == nullptr ? "fired" : ToString(operation->fault.kind));
  }
  return text;
}

std::string DurationText(std::int64_t ns) {
  if (ns < 1'000) return fmt::format("{}ns", ns);
  const auto value = static_cast<double>(ns);
  if (ns < 1'000'000) return fmt::format("{:.3g}us", value / 1e3);
  if (ns < 1'000'000'000) return fmt::format("{:.3g}ms", value / 1e6);
  return fmt::format("{:.4g}s", value / 1e9);
}

}  // namespace ipc_hammer

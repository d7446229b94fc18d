#include "properties/program/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <iterator>
#include <optional>
#include <vector>

namespace ipc_hammer {
namespace {

constexpr std::string_view kFirstLine = "ipc_hammer program 1";
constexpr std::array<std::string_view, kActionCount> kActions = {
    "send", "receive", "drain", "close_send", "close_receive", "close", "open", "kill"};
constexpr std::array<std::string_view, kFaultKindCount> kFaults = {
    "none", "eintr", "eagain", "short", "emfile", "enomem", "enospc", "kill"};

std::string TimeoutText(std::uint32_t timeout_us) {
  if (timeout_us == kTimeoutNow) return "now";
  if (timeout_us == kTimeoutNever) return "never";
  return fmt::format("for {}us", timeout_us);
}

template <std::size_t N>
std::optional<std::size_t> IndexOf(const std::array<std::string_view, N>& names,
                                   std::string_view name) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == name) return i;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> ParseNumber(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

// The words of one line, taken from the front; what() of the first thing that was wrong.
class Line {
 public:
  explicit Line(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r";
    for (std::size_t at = text.find_first_not_of(kBlank); at != text.npos;) {
      const std::size_t end = std::min(text.find_first_of(kBlank, at), text.size());
      words_.push_back(text.substr(at, end - at));
      at = text.find_first_not_of(kBlank, end);
    }
  }

  bool empty() const { return next_ == words_.size(); }
  bool failed() const { return !what_.empty(); }
  const std::string& what() const { return what_; }
  std::string_view Peek() const { return empty() ? std::string_view() : words_[next_]; }
  std::string_view Next() { return empty() ? std::string_view() : words_[next_++]; }
  bool Skip(std::string_view word) {
    if (Peek() != word) return false;
    ++next_;
    return true;
  }
  void Wrong(std::string what) {
    if (what_.empty()) what_ = std::move(what);
  }
  std::uint32_t Number(std::string_view of, std::string_view unit = "") {
    std::string_view word = Next();
    std::string_view digits = word;
    if (digits.ends_with(unit)) digits.remove_suffix(unit.size());
    const auto value = ParseNumber(digits);
    if (!value) Wrong(fmt::format("'{}' is no number for {}", word, of));
    return value.value_or(0);
  }

 private:
  std::vector<std::string_view> words_;
  std::size_t next_ = 0;
  std::string what_;
};

std::uint8_t ParseActor(Line& line, const Program& program) {
  const std::string_view word = line.Next();
  const auto number = ParseNumber(word.empty() ? word : word.substr(1));
  const bool producer = word.starts_with('p'), consumer = word.starts_with('c');
  const std::uint32_t limit = producer ? program.producers : consumer ? program.consumers : 0;
  if (!number || *number >= limit) {
    line.Wrong(fmt::format("there is no actor '{}'", word));
    return 0;
  }
  return static_cast<std::uint8_t>(producer ? *number : program.producers + *number);
}

void ParseFault(Line& line, Fault& fault) {
  const std::string_view word = line.Next();
  const std::size_t at = word.find('@');
  const auto kind = IndexOf(kFaults, word.substr(0, at));
  const auto nth = at == word.npos ? std::nullopt : ParseNumber(word.substr(at + 1));
  if (!kind || !nth || *nth == 0 || *nth > 255) {
    return line.Wrong(fmt::format("'{}' is no fault (KIND@1 .. KIND@255)", word));
  }
  fault = {static_cast<FaultKind>(*kind), static_cast<std::uint8_t>(*nth)};
}

void ParseClauses(Line& line, Operation& op) {
  while (!line.empty() && !line.failed()) {
    const std::string_view word = line.Next();
    if (word == "now") {
      op.timeout_us = kTimeoutNow;
    } else if (word == "never") {
      op.timeout_us = kTimeoutNever;
    } else if (word == "for" || word == "after") {
      op.timeout_us = line.Number(word, "us");
    } else if (word == "priority") {
      op.priority = line.Number(word);
    } else if (word == "times") {
      op.repeat = line.Number(word);
    } else if (word == "fault") {
      ParseFault(line, op.fault);
    } else if (word == "closed" && line.Skip("after")) {
      op.closed_after_us = line.Number("closed after", "us");
    } else {
      line.Wrong(fmt::format("'{}' is not understood", word));
    }
  }
}

Operation ParseOperation(Line& line, const Program& program) {
  Operation op;
  op.actor = ParseActor(line, program);
  const std::string_view word = line.Next();
  const auto action = IndexOf(kActions, word);
  if (!action) line.Wrong(fmt::format("'{}' is no action", word));
  op.action = static_cast<Action>(action.value_or(0));
  if (op.action == Action::kSend || op.action == Action::kReceive) {
    op.size_bytes = line.Number(word);
  }
  if (op.action == Action::kKill) op.target = ParseActor(line, program);
  ParseClauses(line, op);
  return op;
}

std::uint32_t* AdversityNamed(std::string_view name, Program& program) {
  for (const AdversityField& known : kAdversityFields) {
    if (known.name == name) return &(program.adversities.*known.field);
  }
  return nullptr;
}

// True if the line was one of the program's settings.
bool ParseSetting(Line& line, Program& program) {
  const std::string_view word = line.Peek();
  std::uint32_t* number = word == "capacity"       ? &program.capacity_messages
                          : word == "message_size" ? &program.message_size_bytes
                          : word == "producers"    ? &program.producers
                          : word == "consumers"    ? &program.consumers
                          : word == "seed"         ? &program.seed
                                                   : AdversityNamed(word, program);
  if (word != "kind" && number == nullptr) return false;
  line.Next();
  if (number == nullptr) {
    program.kind = line.Next();
    if (program.kind.empty()) line.Wrong("the kind's name is missing");
  } else {
    *number = line.Number(word);
  }
  if (program.actors() > kActorsMax) line.Wrong(fmt::format("more than {} actors", kActorsMax));
  if (!line.empty()) line.Wrong(fmt::format("'{}' is too much", line.Peek()));
  return true;
}

void ParseLine(Line& line, Program& program) {
  if (program.operations.empty() && ParseSetting(line, program)) return;
  if (program.operations.size() == kOperationsMax) {
    return line.Wrong(fmt::format("more than {} operations", kOperationsMax));
  }
  program.operations.push_back(ParseOperation(line, program));
}

}  // namespace

std::string_view ToString(Action action) { return kActions[static_cast<std::size_t>(action)]; }
std::string_view ToString(FaultKind kind) { return kFaults[static_cast<std::size_t>(kind)]; }

std::string ActorName(const Program& program, std::uint32_t actor) {
  return actor < program.producers ? fmt::format("p{}", actor)
                                   : fmt::format("c{}", actor - program.producers);
}

std::string ToText(const Program& program, const Operation& op) {
  std::string text = fmt::format("{} {}", ActorName(program, op.actor), ToString(op.action));
  const auto out = std::back_inserter(text);
  const bool data = op.action == Action::kSend || op.action == Action::kReceive;
  if (data) fmt::format_to(out, " {}", op.size_bytes);
  if (op.action == Action::kKill) {
    fmt::format_to(out, " {} after {}us", ActorName(program, op.target), op.timeout_us);
  } else if (data || op.action == Action::kDrain || op.action == Action::kOpen) {
    fmt::format_to(out, " {}", TimeoutText(op.timeout_us));
  } else if (op.timeout_us != kTimeoutNow) {
    fmt::format_to(out, " after {}us", op.timeout_us);
  }
  if (op.priority != 0) fmt::format_to(out, " priority {}", op.priority);
  if (op.repeat != 1) fmt::format_to(out, " times {}", op.repeat);
  if (op.fault.kind != FaultKind::kNone) {
    fmt::format_to(out, " fault {}@{}", ToString(op.fault.kind), op.fault.nth_call);
  }
  if (op.closed_after_us != kNeverClosed) {
    fmt::format_to(out, " closed after {}us", op.closed_after_us);
  }
  return text;
}

std::string ToText(const Program& program) {
  std::string text = fmt::format(
      "{}\nkind {}\ncapacity {}\nmessage_size {}\nproducers {}\nconsumers {}\nseed {}\n",
      kFirstLine, program.kind, program.capacity_messages, program.message_size_bytes,
      program.producers, program.consumers, program.seed);
  for (const AdversityField& known : kAdversityFields) {
    const std::uint32_t value = program.adversities.*known.field;
    if (value != 0) fmt::format_to(std::back_inserter(text), "{} {}\n", known.name, value);
  }
  for (const Operation& op : program.operations) text.append(ToText(program, op)).push_back('\n');
  return text;
}

std::expected<Program, std::string> ParseProgram(std::string_view text) {
  Program program;
  bool first = true;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view content = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    Line line(content);
    if (line.empty() || line.Peek().starts_with('#')) continue;
    if (first) {
      if (content != kFirstLine) line.Wrong(fmt::format("the first line is not '{}'", kFirstLine));
      first = false;
    } else {
      ParseLine(line, program);
    }
    if (line.failed()) return std::unexpected(fmt::format("line {}: {}", number, line.what()));
  }
  if (first) return std::unexpected(std::string("an empty program"));
  if (program.kind.empty()) return std::unexpected(std::string("the program names no kind"));
  if (program.producers == 0 || program.consumers == 0) {
    return std::unexpected(std::string("a program needs a producer and a consumer"));
  }
  return program;
}

}  // namespace ipc_hammer

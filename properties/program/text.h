// The text form of a program: what a person reads, edits and replays.
//
//   ipc_hammer program 1
//   kind posix_mq
//   capacity 4
//   message_size 256
//   producers 2
//   consumers 1
//   seed 77
//   p0 send 17 priority 3 now
//   c0 receive 0 for 2000us
//   p1 send 64 never times 1000 fault eintr@2
//   c0 drain never
//   c0 receive 0 never times 3 closed after 120us
//   c0 kill p0 after 250us
//   p1 close after 40us
//
// Empty lines and lines that begin with # are skipped.
#ifndef IPC_HAMMER_PROPERTIES_PROGRAM_TEXT_H_
#define IPC_HAMMER_PROPERTIES_PROGRAM_TEXT_H_

#include <expected>
#include <string>
#include <string_view>

#include "properties/program/program.h"

namespace ipc_hammer {

std::string ToText(const Program& program);
std::string ToText(const Program& program, const Operation& operation);  // one line, no newline
std::string ActorName(const Program& program, std::uint32_t actor);      // "p0", "c1"
std::string_view ToString(Action action);
std::string_view ToString(FaultKind kind);

// The inverse. On failure: one line that names the line number and what is wrong with it.
// Parse(ToText(p)) == p for every program within the limits of program.h.
std::expected<Program, std::string> ParseProgram(std::string_view text);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_PROGRAM_TEXT_H_

// ProgramWorker: runs programs one after another in a forked child, so that a crash, a sanitizer's
// report or a hang is a verdict like any other and whoever asks goes on.
//
// The child runs each program with the sequential runner between two censuses (and, with
// LeakSanitizer, between two looks at the heap). It is made at the first program and kept as long
// as nothing is left behind; after a leak, a crash or a hang the next program gets a fresh one, so
// that what a broken program left cannot blame another.
//
// One thread; REQUIRES at each fork: no other thread of the project's. Ownership: the worker ends
// its child. A child that cannot be made is a verdict of the rule `limits` about this machine.
#ifndef IPC_HAMMER_PROPERTIES_BATTERY_PROGRAM_WORKER_H_
#define IPC_HAMMER_PROPERTIES_BATTERY_PROGRAM_WORKER_H_

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "properties/history/history.h"
#include "properties/program/program.h"
#include "properties/rules/rule.h"
#include "properties/sandbox/sandbox_report.h"
#include "transports/transport.h"

namespace ipc_hammer {

struct Verdict {
  std::optional<Violation> violation;
  bool refused = false;  // the machine's limits did not let the channel be made
  History history;       // empty where the child died
  std::string census;    // what was left behind
  std::string log;       // what the child wrote to standard error
};

class ProgramWorker {
 public:
  // More than the longest program takes under a sanitizer on a loaded machine.
  static constexpr std::chrono::milliseconds kPatience{20'000};

  // A program that does not end within `patience` breaks the rule no-hang.
  ProgramWorker(TransportKind kind, ChannelName name, SandboxReport sandbox,
                std::chrono::milliseconds patience = kPatience);
  ~ProgramWorker();
  ProgramWorker(const ProgramWorker&) = delete;
  ProgramWorker& operator=(const ProgramWorker&) = delete;

  // REQUIRES: Validate(program, kind.traits).
  Verdict Run(const Program& program);

 private:
  struct Shared;

  bool Start();
  void End();
  [[noreturn]] void Work(int requests);
  std::optional<Violation> Ask(const Program& program);
  Violation Died(const std::string& log);
  std::string TakeLog() const;

  const TransportKind kind_;
  const ChannelName name_;
  const SandboxReport sandbox_;
  const std::chrono::milliseconds patience_;
  Shared* const shared_;  // null where there is no memory for it
  pid_t child_ = 0;
  int requests_ = -1;    // one byte for each program and each answer
  int log_ = -1;         // the child's standard error
  off_t log_begin_ = 0;  // where the last program's part begins
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_BATTERY_PROGRAM_WORKER_H_

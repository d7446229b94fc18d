// The sequential runner plays all actors of a program in one thread, with operations that never
// block: deterministic, tens of thousands of programs a second. The model judges each outcome as it
// comes. Used by the fuzz targets and by RapidCheck.
//
// Timeouts of operations are taken as `now`; kKill and process faults are skipped (they belong to
// the process runner); system-call faults are injected. Not thread-safe; keep one for a whole
// fuzzing run, it reuses its memory.
#ifndef IPC_HAMMER_PROPERTIES_RUNNER_SEQUENTIAL_RUNNER_H_
#define IPC_HAMMER_PROPERTIES_RUNNER_SEQUENTIAL_RUNNER_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "properties/history/history.h"
#include "properties/model/model.h"
#include "properties/program/program.h"
#include "properties/rules/rule.h"
#include "transports/transport.h"

namespace ipc_hammer {

class SequentialRunner {
 public:
  // `name` is where channels are made; every run uses it again, so what a run leaves behind under
  // it is seen by the next create.
  SequentialRunner(TransportKind kind, ChannelName name);
  ~SequentialRunner();
  SequentialRunner(const SequentialRunner&) = delete;
  SequentialRunner& operator=(const SequentialRunner&) = delete;

  // Creates the channel, plays the program, receives what is left, closes, unlinks. Returns the
  // first broken rule. REQUIRES: Validate(program, kind.traits).
  // A channel that cannot be created because of the machine's limits (kNoSpace, kPermission) is no
  // violation: the run is counted in refused().
  std::optional<Violation> Run(const Program& program);

  const History& history() const { return history_; }  // of the last run
  const Model& model() const { return model_; }        // its state at the end of the last run
  std::size_t refused() const { return refused_; }
  std::string_view refusal() const { return refusal_; }  // the last one's error, one line

 private:
  std::optional<Violation> Fail(Rule rule, const char* what, const Error& error);
  std::optional<Violation> SetUp(const Program& program);
  std::optional<Violation> TearDown();
  std::optional<Violation> PlayAll(const Program& program);
  std::optional<Violation> Perform(const Program& program, const Operation& operation,
                                   std::size_t index);
  std::optional<Violation> Once(const Program& program, const Operation& operation,
                                std::size_t index);
  std::optional<Violation> Drain(const Program& program, const Operation& operation,
                                 std::size_t index);
  std::optional<Violation> DrainAll(const Program& program);
  bool SendHadFailed(MessageId id) const;
  Deadline Patience() const;  // now, or long enough for what is owed
  Outcome Execute(const Program& program, const Operation& operation);
  Outcome Send(const Program& program, const Operation& operation);
  Outcome Receive(const Program& program, const Operation& operation);
  Outcome Close(const Operation& operation);
  Outcome Open(const Program& program, const Operation& operation);

  TransportKind kind_;
  ChannelName name_;
  Model model_;
  std::unique_ptr<Channel> channel_;
  std::vector<std::unique_ptr<Endpoint>> endpoints_;
  std::vector<std::byte> send_buffer_;
  std::vector<std::byte> receive_buffer_;
  std::size_t received_bytes_ = 0;  // of receive_buffer_, by the last receive
  bool patient_ = false;            // the operation waits for what an asynchronous kind owes
  std::int64_t clock_ = 0;          // counts the starts and ends of operations
  History history_;
  std::size_t refused_ = 0;
  std::string refusal_;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_RUNNER_SEQUENTIAL_RUNNER_H_

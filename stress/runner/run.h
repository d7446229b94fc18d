// Run: one execution of a program by the process runner, from the census before to the one after.
//
// Used by process_runner.cc only, once. One thread. Owns every process, the channel (where the
// runner creates it) and the recorder.
#ifndef IPC_HAMMER_STRESS_RUNNER_RUN_H_
#define IPC_HAMMER_STRESS_RUNNER_RUN_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "properties/census/census.h"
#include "stress/process/child_process.h"
#include "stress/recorder/flight_recorder.h"
#include "stress/runner/adversary.h"
#include "stress/runner/process_runner.h"
#include "stress/runner/watchdog.h"

namespace ipc_hammer {

// How often the runner looks at its children when nobody rings.
inline constexpr std::chrono::milliseconds kTick{5};
// And where the program kills some, for nobody rings for the dead.
inline constexpr std::chrono::microseconds kTickIfKilled{500};

// What the machine refuses is no verdict on the transport.
inline bool IsMachinesLimit(Errc code) {
  return code == Errc::kNoSpace || code == Errc::kPermission;
}

// How a process ended, and which rule that breaks by what it had said (settle_deaths.cc).
Rule RuleOfDeath(int wait_status, const std::string& errors);
std::string Ending(int wait_status);
std::string LastLine(std::string text);

class Run {
 public:
  Run(const TransportKind& kind, Program program, const ProcessOptions& options);
  RunReport Execute();

 private:
  // A process, and the actors that it plays.
  struct Host {
    ChildProcess process;
    std::vector<std::uint32_t> actors;
    bool settled = false;  // its death has been looked at
  };

  // Why the run does not go on as the program says.
  enum class Broken : std::uint8_t { kNo, kYes, kStuck, kStopped };

  bool SetUp();
  bool Spawn();
  bool SpawnOne(const std::function<Result<ChildProcess>()>& start,
                std::vector<std::uint32_t> actors);
  bool AwaitReady();
  void Watch();
  void Tick();
  void LookAround();
  void TellProgress();
  void KillAsAsked();
  void Harass();
  void SettleDeaths();
  void Settle(Host& host);
  void JudgeDeath(const Host& host);
  void JudgeRefusal(std::uint32_t actor);
  bool KilledByProgram(const Host& host) const;
  void LookAtWatchdog();
  bool SomebodyReports();
  bool AllAtLeast(ActorState state) const;

  void TearDown();
  void ReapAll();
  void KillAll();
  void Probe(Rule rule, std::string_view what, const std::function<int()>& body);
  void RemoveLeftovers();
  void Sum();
  void Judge();
  void JudgeHistory();
  void JudgeLedger();
  void JudgeCounts();
  void Keep(std::vector<Violation> violations);
  void JudgeSlots();
  void JudgeCensus();
  bool Drained() const;
  bool NothingMayBeLeft() const;

  void Violate(Rule rule, std::string reason);
  void Refuse(std::string why);
  std::string Name(std::uint32_t actor) const;

  const TransportKind& kind_;
  Program program_;
  const ProcessOptions& options_;
  CensusScope scope_;
  ChannelName name_;
  Census before_;
  std::optional<FlightRecorder> recorder_;
  std::optional<Watchdog> watchdog_;
  Adversary adversary_;
  std::chrono::nanoseconds tick_;
  std::unique_ptr<Channel> channel_;
  std::vector<Host> hosts_;
  std::vector<std::uint32_t> killed_;
  bool creator_killed_ = false;
  Broken broken_ = Broken::kNo;
  std::int64_t go_ns_ = 0;
  std::int64_t told_ns_ = 0;
  std::int64_t reporting_since_ns_ = 0;
  RunReport report_;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_RUNNER_RUN_H_

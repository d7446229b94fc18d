// The process runner executes a program with actors that race: threads of this process, forked
// relatives, or strangers that are exec'ed and know only the channel's name. It watches them, kills
// those whom the program kills, lets a fresh process probe what they left, and judges the history.
//
// Processes: every process it starts dies with the runner (PDEATHSIG), is killed by its process id
// and reaped before RunProcesses returns. Relatives and strangers need a caller without other
// threads, because a fork copies only the calling one; kThreads starts its threads here.
// Ownership: the channel, the recorder and the names below `folder` belong to the run and are gone
// when it returns; what remains is reported as no-leak.
// Errors: a broken rule is a Violation. What the machine refuses (descriptors, memory, queue quota,
// permission) is `refused`: no verdict.
#ifndef IPC_HAMMER_STRESS_RUNNER_PROCESS_RUNNER_H_
#define IPC_HAMMER_STRESS_RUNNER_PROCESS_RUNNER_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "properties/findings/finding.h"
#include "properties/history/history.h"
#include "properties/program/program.h"
#include "properties/rules/rule.h"
#include "properties/sandbox/sandbox_report.h"
#include "transports/transport.h"

namespace ipc_hammer {

// How far a run is, for people: told about five times a second, from the runner's thread.
struct Progress {
  double seconds = 0;            // since the actors were started
  std::uint64_t operations = 0;  // ended, of all actors
  std::uint64_t messages = 0;    // received
  std::uint64_t bytes = 0;       // received
  std::uint32_t running = 0;     // actors that have not finished
};

struct ProcessOptions {
  Mode mode = Mode::kThreads;  // kThreads, kRelatives or kStrangers
  // Watchdog: nobody makes progress for so long although somebody should.
  std::chrono::nanoseconds hang_after = std::chrono::seconds(10);
  // Where file names are made and strangers find the channel; must exist. "/tmp" where empty.
  std::string folder;
  // What EnterSandbox() said; the census before and after the run counts within it. The default
  // counts names by a prefix that is this run's own.
  SandboxReport sandbox;
  // Record every event with its times and judge the whole history, as long as an actor has at most
  // kHistoryEventsMax of them. Otherwise only the last events are kept, for people.
  bool keep_history = true;
  std::function<void(const Progress&)> on_progress;
  // Set by anybody (a signal handler): the run ends at once, all actors are killed and reaped, and
  // nothing is judged.
  std::atomic<bool>* stop = nullptr;
};

struct RunReport {
  History history;  // by start time; the last events of each actor where not all were kept
  std::vector<Violation> violations;
  std::uint64_t operations = 0;
  std::uint64_t messages = 0;  // received
  std::uint64_t bytes = 0;     // received
  double seconds = 0;          // from the start line to the last actor's end
  std::string census;          // the difference, if anything was left behind
  std::string log;  // hang report: where each actor stands; deaths; what actors wrote to stderr
  bool history_judged = false;  // every event was kept; otherwise the ledgers were judged
  bool stopped = false;         // by ProcessOptions::stop
  bool refused = false;         // the machine's limits: no verdict
  std::string refusal;          // one line
};

// Beyond these an actor's events are not all kept, and no history is judged.
inline constexpr std::uint32_t kHistoryEventsMax = 200'000;

// REQUIRES: Validate(program, kind.traits), and that the mode is within traits.reach.
RunReport RunProcesses(const TransportKind& kind, const Program& program,
                       const ProcessOptions& options);

// Whether actors in this mode can share a channel of such a kind.
bool Reaches(const Traits& traits, Mode mode);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_RUNNER_PROCESS_RUNNER_H_

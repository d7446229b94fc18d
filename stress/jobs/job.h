// Job: what one supervised child process of the hammer is asked to do, as plain data, and the page
// of shared memory in which it tells how far it is.
//
// Transports crash, hang and corrupt their process; so everything that runs one is a job in a
// process of its own. The page survives it: from the page the supervisor knows which program or
// conformance case was running when the process died, and makes the finding that the dead process
// could not.
#ifndef IPC_HAMMER_STRESS_JOBS_JOB_H_
#define IPC_HAMMER_STRESS_JOBS_JOB_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "properties/findings/finding.h"
#include "properties/program/program.h"
#include "stress/jobs/judged_rules.h"
#include "stress/scenarios/scenario.h"
#include "transports/transport.h"

namespace ipc_hammer {

struct Job {
  enum class What : std::uint8_t {
    kPrograms,   // generated programs in the sequential runner
    kScenarios,  // scenarios in the process runner, modes and scenarios in turn
    kCases,      // conformance cases, all of them in an order of the seed, again and again; those
                 // that take long come last
    kProgram,    // the one program of `program`, once, shown rather than written
    kCase,       // the same with the one case of `cases`
  };
  What what = What::kPrograms;
  std::string kind;
  std::uint64_t seed = 1;                // the first one; each further round has the next
  std::uint64_t first_round = 0;         // where to begin
  double seconds = 0;                    // stop after so long; 0: not bounded
  std::uint64_t rounds = 0;              // stop after so many; 0: not bounded
  std::string findings;                  // folder in which findings are written
  std::vector<std::string> scenarios;    // kScenarios
  std::vector<std::string> adversities;  // kScenarios: those that a program may have, as of Beset
  std::vector<Mode> modes;               // kScenarios; kProgram: the first
  ScenarioOptions options;               // kScenarios; its seed is not used
  std::string program;                   // kProgram: text form
  std::vector<std::string> cases;        // kCases, kCase: names, each of which applies to the kind
  std::vector<std::uint32_t> left_out;   // kCases: those into `cases` that ended a process before
  std::uint64_t events_shown = 200;      // kProgram: of the history, around where the rule broke
  bool in_debugger = false;  // never sent to a process: nobody is in a hurry, a stop is no hang
};

std::string ToJson(const Job& job);
std::expected<Job, std::string> JobFromJson(std::string_view text);

// Whether it is a replay of one failure.
bool IsReplay(const Job& job);

// The program or case that is run next, from so little that a few stores tell it.
struct Position {
  std::uint64_t seed = 0;
  std::uint32_t scenario = 0;  // into Job::scenarios
  Mode mode = Mode::kSequential;
  std::uint32_t case_index = 0;  // into Job::cases
};

// Which position round `round` of the job has.
Position PositionOf(const Job& job, std::uint64_t round);

// The program at a position; of a case only the kind. REQUIRES: the job's names are known, the
// scenario applies.
Program ProgramAt(const Job& job, const TransportKind& kind, const Position& position);

// A finding of what runs at a position. `program` is ProgramAt()'s. The reason names the case.
Finding FindingAt(const Job& job, const Program& program, const Position& position,
                  const Violation& violation);

// Whether the scenario of that position makes sense for the kind in that mode, or the case of that
// position is not left out.
bool AppliesAt(const Job& job, const TransportKind& kind, const Position& position);

// Shared between a job's process and its supervisor. Written by the job alone; zero at the start.
struct JobPage {
  std::atomic<std::uint64_t> beat;        // changes as long as there is progress
  std::atomic<std::uint64_t> rounds;      // programs or cases ended
  std::atomic<std::uint64_t> cases;       // different ones begun
  std::atomic<std::uint64_t> operations;  // of those programs
  std::atomic<std::uint64_t> messages;    // received
  std::atomic<std::uint64_t> bytes;       // received
  std::atomic<std::uint64_t> refused;     // rounds that the machine's limits kept from running
  std::atomic<std::uint64_t> violations;  // seen, whether or not a finding was written
  std::array<std::atomic<std::uint64_t>, kRules> judged;  // rounds that judged each rule
  std::atomic<std::uint64_t> round;                       // the one that is running
  std::atomic<bool> running;   // false before the first round and after the last
  std::atomic<bool> finished;  // the job ended by itself
  std::atomic<bool> not_isolated;
  std::array<char, 256> why_not_isolated;  // written before `not_isolated`
  std::array<char, 256> refusal;           // written before `refused`
};

// How a job's process is called: the same binary with this argument. The page is inherited as
// kPageDescriptor, the job's JSON as kJobDescriptor.
inline constexpr std::string_view kJobArgument = "--ipc-hammer-job";
inline constexpr int kPageDescriptor = 3;
inline constexpr int kJobDescriptor = 4;

// A job's process prints ReplayLine() for each finding; the supervisor collects these lines, and
// those for one that could not be written:
inline constexpr std::string_view kFindingLostPrefix = "lost finding: ";

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_JOBS_JOB_H_

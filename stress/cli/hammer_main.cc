#include "stress/cli/hammer_main.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "stress/actors/actor_main.h"
#include "stress/cli/campaign.h"
#include "stress/cli/catalogue.h"
#include "stress/cli/census.h"
#include "stress/cli/fail.h"
#include "stress/cli/faults.h"
#include "stress/cli/minimise.h"
#include "stress/cli/options.h"
#include "stress/cli/replay.h"
#include "stress/cli/run.h"
#include "stress/cli/show.h"
#include "stress/cli/traits.h"
#include "stress/jobs/job_main.h"
#include "stress/jobs/print.h"

namespace ipc_hammer {
namespace {

int Dispatch(const CommandLine& line) {
  switch (line.verb) {
    case Verb::kList:
      return PrintKinds(line.json);
    case Verb::kRules:
      return PrintRules();
    case Verb::kScenarios:
      return PrintScenarios();
    case Verb::kAdversities:
      return PrintAdversities();
    case Verb::kCases:
      return PrintCases();
    case Verb::kRun:
      return RunCommand(line);
    case Verb::kCampaign:
      return CampaignCommand(line);
    case Verb::kReplay:
      return ReplayCommand(line);
    case Verb::kMinimise:
      return MinimiseCommand(line);
    case Verb::kShow:
      return ShowCommand(line);
    case Verb::kCensus:
      return CensusCommand(line);
    case Verb::kTraits:
      return TraitsCommand(line);
    case Verb::kFaults:
      return FaultsCommand(line);
  }
  return kRefusedStatus;
}

// A table that did not reach its file must not look like success. A reader that went away has seen
// what it wanted.
int CheckOutput(int status) {
  const bool failed = std::fflush(stdout) != 0 || std::ferror(stdout) != 0;
  if (!failed || errno == EPIPE) return status;
  return FailWith(std::string("standard output: ") + std::strerror(errno));
}

}  // namespace

int HammerMain(int argc, char** argv) {
  if (IsActorInvocation(argc, argv)) return ActorMain(argc, argv);
  if (IsJobInvocation(argc, argv)) return JobMain();
  std::signal(SIGPIPE, SIG_DFL);  // a parent may have left it ignored
  const auto line = ParseCommandLine(argc, argv);
  if (!line && line.error().status != 0) return FailWith(line.error().text);
  if (!line) Print(stdout, "{}", line.error().text);
  return CheckOutput(line ? Dispatch(*line) : 0);
}

}  // namespace ipc_hammer

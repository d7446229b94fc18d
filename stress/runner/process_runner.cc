#include "stress/runner/process_runner.h"

#include "stress/actors/inspector.h"
#include "stress/runner/run.h"

namespace ipc_hammer {

bool Reaches(const Traits& traits, Mode mode) {
  switch (mode) {
    case Mode::kSequential:
    case Mode::kThreads:
      return true;
    case Mode::kRelatives:
      return traits.reach >= Reach::kRelatives;
    case Mode::kStrangers:
      return traits.reach >= Reach::kStrangers;
    case Mode::kConformance:
      return false;  // its cases are no programs
  }
  return false;
}

RunReport RunProcesses(const TransportKind& kind, const Program& program,
                       const ProcessOptions& options) {
  Program prepared = program;
  LiftSmallMessages(prepared, kind.traits);
  return Run(kind, std::move(prepared), options).Execute();
}

}  // namespace ipc_hammer

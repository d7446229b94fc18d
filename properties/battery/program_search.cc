#include "properties/battery/program_search.h"

#include <rapidcheck.h>

#include <sstream>
#include <utility>

#include "properties/generators/program_gen.h"
#include "transports/deadline.h"

namespace ipc_hammer {
namespace {

// One property under test.
class Trial {
 public:
  Trial(const TransportKind& kind, ProgramWorker& worker, const SearchOptions& options)
      : gen_(ProgramGen(kind, options.shape)), worker_(worker), options_(options) {}

  // RapidCheck's property: false if the program breaks a rule. The last program that did is the
  // simplest one, because shrinking goes on from it.
  bool Holds() {
    if (result_.finding && shrink_until_.HasPassed()) return true;
    const Program program = *gen_;
    Verdict verdict = worker_.Run(program);
    result_.tried += 1;
    result_.refused += verdict.refused;
    if (!verdict.violation) return true;
    // Shrinking stays with the rule that was found broken; another one is another finding.
    if (result_.finding && result_.finding->violation.rule != verdict.violation->rule) return true;
    if (!result_.finding) shrink_until_ = Deadline::After(options_.shrinking_max);
    Keep(program, std::move(verdict));
    return false;
  }

  SearchResult Run() {
    rc::detail::TestParams params;
    params.seed = options_.seed;
    params.maxSuccess = options_.programs;
    rc::detail::TestMetadata metadata;
    metadata.id = metadata.description = options_.name;
    const auto outcome =
        rc::detail::checkTestable([this] { return Holds(); }, std::move(metadata), params);
    std::ostringstream report;
    rc::detail::printResultMessage(outcome, report);
    result_.report = report.str();
    return std::move(result_);
  }

 private:
  void Keep(const Program& program, Verdict verdict) {
    Finding finding;
    finding.program = program;
    finding.mode = Mode::kSequential;
    finding.violation = *std::move(verdict.violation);
    finding.history = std::move(verdict.history);
    finding.census = std::move(verdict.census);
    finding.log = std::move(verdict.log);
    result_.finding = std::move(finding);
  }

  const rc::Gen<Program> gen_;
  ProgramWorker& worker_;
  const SearchOptions& options_;
  Deadline shrink_until_ = Deadline::Never();
  SearchResult result_;
};

}  // namespace

SearchResult SearchForBrokenRule(const TransportKind& kind, ProgramWorker& worker,
                                 const SearchOptions& options) {
  return Trial(kind, worker, options).Run();
}

}  // namespace ipc_hammer

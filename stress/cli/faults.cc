#include "stress/cli/faults.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <expected>
#include <string>
#include <vector>

#include "properties/conformance/faulted_life.h"
#include "properties/sandbox/sandbox.h"
#include "properties/testing/test_sandbox.h"
#include "stress/cli/fail.h"
#include "stress/cli/kind_names.h"
#include "stress/cli/table.h"
#include "stress/jobs/print.h"

namespace ipc_hammer {
namespace {

constexpr std::array kFaults = {FaultKind::kInterrupt,   FaultKind::kSpurious, FaultKind::kShort,
                                FaultKind::kDescriptors, FaultKind::kMemory,   FaultKind::kSpace};

struct Points {
  int all = 0;
  int in_cases = 0;
};

// Fault 0 never strikes: the operation counts the calls that it fits.
std::expected<int, std::string> CountOf(const FaultedOperation& operation,
                                        const TransportKind& kind, FaultKind fault) {
  FaultReport report;
  const std::string said = operation.live(kind, {fault, 0}, report);
  if (said != "ok") {
    return std::unexpected(fmt::format("{} of {}: {}", operation.name, kind.name, said));
  }
  return report.calls_fitting;
}

// Until a channel has been made, EAGAIN has a meaning of its own: a lock that is held, a backlog
// that is full. No case strikes there.
bool IsInCases(const FaultedOperation& operation, FaultKind fault) {
  const bool makes = &operation == &kCreation || &operation == &kOpening;
  return fault != FaultKind::kSpurious || !makes;
}

std::expected<Points, std::string> PointsOf(const FaultedOperation& operation,
                                            const TransportKind& kind) {
  Points points;
  for (const FaultKind fault : kFaults) {
    const auto count = CountOf(operation, kind, fault);
    if (!count) return std::unexpected(count.error());
    points.all += *count;
    if (IsInCases(operation, fault)) points.in_cases += *count;
  }
  return points;
}

std::expected<std::vector<std::string>, std::string> Row(const TransportKind& kind, Points& total) {
  std::vector<std::string> row = {kind.name};
  Points of_kind;
  for (const FaultedOperation* operation : kFaultedOperations) {
    if (!operation->applies(kind.traits)) {
      row.emplace_back("-");
      continue;
    }
    const auto points = PointsOf(*operation, kind);
    if (!points) return std::unexpected(points.error());
    row.push_back(fmt::format("{}", points->all));
    of_kind.all += points->all;
    of_kind.in_cases += points->in_cases;
  }
  row.push_back(fmt::format("{}", of_kind.all));
  row.push_back(fmt::format("{}", of_kind.in_cases));
  total.all += of_kind.all;
  total.in_cases += of_kind.in_cases;
  return row;
}

std::vector<std::string> Headings() {
  std::vector<std::string> headings = {"KIND"};
  for (const FaultedOperation* operation : kFaultedOperations) {
    std::string heading = fmt::format(">{}", operation->name);
    std::ranges::transform(heading, heading.begin(),
                           [](unsigned char c) { return std::toupper(c); });
    headings.push_back(heading);
  }
  headings.emplace_back(">POINTS");
  headings.emplace_back(">IN CASES");
  return headings;
}

}  // namespace

int FaultsCommand(const CommandLine& line) {
  const auto kinds = KindsNamed(line.kinds);
  if (!kinds) return FailWith(kinds.error());
  std::fflush(nullptr);  // or both processes of the sandbox would print what is not yet printed
  SetTestSandbox(EnterSandbox());
  Table table(Headings());
  Points total;
  for (const TransportKind* kind : *kinds) {
    const auto row = Row(*kind, total);
    if (!row) return FailWith(row.error());
    table.Add(*row);
  }
  Print(stdout, "{}", table.ToText());
  Print(stdout, "total: {} points, {} in cases\n", total.all, total.in_cases);
  return 0;
}

}  // namespace ipc_hammer

#include "stress/jobs/fuzz_task.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

#include "properties/findings/files.h"
#include "properties/findings/finding.h"
#include "properties/program/codec.h"
#include "stress/jobs/death.h"
#include "stress/jobs/fuzzer_status.h"
#include "stress/jobs/job.h"
#include "stress/jobs/printed_lines.h"
#include "stress/jobs/sanitizer_environment.h"
#include "transports/deadline.h"

namespace ipc_hammer {
namespace {

// One execution takes well below a millisecond; libFuzzer's own limit would be 20 minutes.
constexpr int kTimeoutSeconds = 10;
constexpr std::int64_t kOverdueNs = 30'000'000'000;
constexpr std::size_t kPrintedBytesMax = std::size_t{1} << 20;
// A curve of more points than that is no smoother to the eye.
constexpr double kGrowthPoints = 200;

constexpr std::string_view kArtifactMark = "Test unit written to ";
constexpr std::string_view kExecutionsMark = "stat::number_of_executed_units: ";

std::uint64_t NumberAt(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
  std::uint64_t number = 0;
  std::from_chars(text.data() + begin, text.data() + text.size(), number);
  return number;
}

}  // namespace

FuzzTask::FuzzTask(const TransportKind& kind, FuzzSettings settings)
    : kind_(kind), settings_(std::move(settings)), rules_(RulesOfAnyProgram(kind.traits)) {}

void FuzzTask::Start(double seconds) {
  // libFuzzer takes 0 as for ever.
  const int whole_seconds = std::max(1, static_cast<int>(std::floor(seconds)));
  SupervisedCommand command = {
      .path = settings_.binary,
      .arguments = {fmt::format("-max_total_time={}", whole_seconds),
                    fmt::format("-timeout={}", kTimeoutSeconds),
                    fmt::format("-seed={}", settings_.seed),
                    fmt::format("-artifact_prefix={}/", settings_.scratch), "-print_final_stats=1",
                    "-reload=0", settings_.scratch},
      .environment = SanitizerEnvironment(),
      .descriptors = {}};
  command.environment.push_back("IPC_HAMMER_FINDINGS=" + settings_.findings);
  auto started = SupervisedProcess::Start(command);
  if (!started) tally_.not_run = started.error();
  if (started) process_.emplace(*std::move(started));
  growth_step_seconds_ = whole_seconds / kGrowthPoints;
  started_ns_ = MonotonicNs();
  overdue_ns_ = started_ns_ + std::int64_t{whole_seconds} * 1'000'000'000 + kOverdueNs;
}

bool FuzzTask::Poll() {
  if (!process_) return true;
  const bool ended = process_->HasEnded();
  tally_.seconds = static_cast<double>(MonotonicNs() - started_ns_) / 1e9;
  CollectPrinted();
  for (std::size_t i = 0; i < kRules; ++i) {
    tally_.judged[i] = rules_.test(i) ? tally_.executions : 0;
  }
  if (ended) {
    Conclude();
  } else if (!stopping_ && MonotonicNs() > overdue_ns_) {
    hung_ = true;
    process_->Kill();
  }
  return ended;
}

void FuzzTask::CollectPrinted() {
  for (const std::string& line : NewLines(*process_, read_bytes_)) ReadLine(line);
}

void FuzzTask::ReadLine(const std::string& line) {
  const auto after = [&line](std::string_view mark) -> std::optional<std::string> {
    const std::size_t position = line.find(mark);
    if (position == std::string::npos) return std::nullopt;
    return line.substr(position + mark.size());
  };
  if (line.starts_with('#')) {
    tally_.executions = std::max(tally_.executions, NumberAt(std::string_view(line).substr(1)));
    ReadReached(line);
  }
  if (const auto executions = after(kExecutionsMark)) tally_.executions = NumberAt(*executions);
  if (const auto path = after(ReplayLinePrefix())) tally_.findings.push_back(*path);
  if (const auto path = after(kArtifactMark)) artifact_ = *path;
  if (line.starts_with("sandbox: NOT isolated")) tally_.not_isolated = line;
}

// Of the points within one step the last stays.
void FuzzTask::ReadReached(std::string_view line) {
  auto reached = ReachedIn(line);
  if (!reached) return;
  reached->seconds = tally_.seconds;
  std::vector<Reached>& growth = tally_.growth;
  const bool within_step =
      growth.size() > 1 &&
      growth.back().seconds - growth[growth.size() - 2].seconds < growth_step_seconds_;
  if (within_step) growth.pop_back();
  growth.push_back(*reached);
}

void FuzzTask::Conclude() {
  const int status = process_->status();
  if (status != 0 && !stopping_ && tally_.findings.empty()) RecordDeath();
  process_.reset();
}

void FuzzTask::RecordDeath() {
  const std::string printed = process_->PrintedLast(kPrintedBytesMax);
  const auto bytes = artifact_.empty() ? std::unexpected(std::string()) : ReadWholeFile(artifact_);
  if (!bytes && !hung_) {
    tally_.not_run = DescribeStatus(process_->status()) + " without an input";
    if (!printed.empty()) tally_.not_run += ": " + printed.substr(0, printed.find('\n'));
    return;
  }
  Finding finding;
  finding.target = settings_.target;
  finding.violation = DeathViolation(process_->status(), printed, hung_);
  if (bytes) finding.input.assign(bytes->begin(), bytes->end());
  finding.program = Decode(finding.input, kind_);
  finding.log = printed;
  const auto path = WriteFinding(finding, settings_.findings);
  if (path) tally_.findings.push_back(*path);
  if (!path) tally_.lost.push_back(path.error());
}

void FuzzTask::Terminate() {
  stopping_ = true;
  if (process_) process_->Terminate();
}

void FuzzTask::Kill() {
  stopping_ = true;
  if (process_) process_->Kill();
}

}  // namespace ipc_hammer

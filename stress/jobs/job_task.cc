#include "stress/jobs/job_task.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include "properties/conformance/case.h"
#include "properties/hammered_kinds.h"
#include "stress/jobs/death.h"
#include "stress/jobs/printed_lines.h"
#include "stress/jobs/sanitizer_environment.h"
#include "transports/deadline.h"

namespace ipc_hammer {
namespace {

// Longer than the process runner's own watchdog, which has more to say.
constexpr std::int64_t kHangNs = 30'000'000'000;
// A case ends itself after its patience, and has more to say as well.
constexpr std::int64_t kCaseGraceNs = 10'000'000'000;
// What is kept of a report.
constexpr std::size_t kPrintedBytesMax = std::size_t{1} << 20;

int MakePage() {
  const int descriptor = memfd_create("page", MFD_CLOEXEC);
  if (descriptor < 0) return -1;
  if (ftruncate(descriptor, sizeof(JobPage)) == 0) return descriptor;
  close(descriptor);
  return -1;
}

JobPage* MapPage(int descriptor) {
  void* const page =
      mmap(nullptr, sizeof(JobPage), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  return page == MAP_FAILED ? nullptr : new (page) JobPage();
}

int MakeJobFile(const std::string& json) {
  const int descriptor = memfd_create("job", MFD_CLOEXEC);
  const ssize_t size = static_cast<ssize_t>(json.size());
  if (descriptor < 0) return -1;
  if (pwrite(descriptor, json.data(), json.size(), 0) == size) return descriptor;
  close(descriptor);
  return -1;
}

}  // namespace

JobTask::JobTask(Job job, std::string label)
    : job_(std::move(job)), label_(std::move(label)), rounds_max_(job_.rounds) {
  tally_.cases_all = job_.cases.size();
}

JobTask::~JobTask() {
  process_.reset();
  if (page_ != nullptr) munmap(page_, sizeof(JobPage));
  if (page_descriptor_ >= 0) close(page_descriptor_);
}

void JobTask::Start(double seconds) {
  if (seconds > 0) job_.seconds = seconds;
  seconds_ = job_.seconds;
  page_descriptor_ = MakePage();
  page_ = page_descriptor_ < 0 ? nullptr : MapPage(page_descriptor_);
  started_ns_ = MonotonicNs();
  if (page_ == nullptr) {
    tally_.not_run = fmt::format("no shared page: {}", std::strerror(errno));
  } else {
    Launch();
  }
}

void JobTask::Launch() {
  read_bytes_ = 0;
  rounds_before_ = page_->rounds.load();
  page_->running.store(false);
  page_->finished.store(false);
  last_beat_ns_ = MonotonicNs();
  const int job = MakeJobFile(ToJson(job_));
  if (job < 0) {
    tally_.not_run = fmt::format("no job file: {}", std::strerror(errno));
    return;
  }
  auto started = SupervisedProcess::Start({.path = "/proc/self/exe",
                                           .arguments = {std::string(kJobArgument)},
                                           .environment = SanitizerEnvironment(),
                                           .descriptors = {page_descriptor_, job}});
  if (started) process_.emplace(*std::move(started));
  if (!started) tally_.not_run = started.error();
  close(job);
}

bool JobTask::Poll() {
  if (!process_) return true;
  const bool ended = process_->HasEnded();
  tally_.seconds = static_cast<double>(MonotonicNs() - started_ns_) / 1e9;
  tally_.executions = page_->rounds.load(std::memory_order_relaxed);
  tally_.cases = page_->cases.load(std::memory_order_relaxed);
  tally_.messages = page_->messages.load(std::memory_order_relaxed);
  tally_.bytes = page_->bytes.load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < kRules; ++i) {
    tally_.judged[i] = page_->judged[i].load(std::memory_order_relaxed);
  }
  tally_.refused = page_->refused.load(std::memory_order_relaxed);
  if (page_->not_isolated.load()) tally_.not_isolated = page_->why_not_isolated.data();
  CollectPrinted();
  if (ended) {
    Conclude();
    if (LeavesOutAndGoesOn()) Launch();
  } else if (!stopping_ && Hangs()) {
    hung_ = true;
    process_->Kill();
  }
  return !process_;
}

bool JobTask::Hangs() {
  const std::uint64_t beat = page_->beat.load(std::memory_order_relaxed);
  if (beat != last_beat_) last_beat_ns_ = MonotonicNs();
  last_beat_ = beat;
  const std::int64_t patience_ns =
      job_.cases.empty() ? kHangNs
                         : std::chrono::nanoseconds(CasePatience()).count() + kCaseGraceNs;
  return MonotonicNs() - last_beat_ns_ > patience_ns;
}

void JobTask::CollectPrinted() {
  for (const std::string& line : NewLines(*process_, read_bytes_)) {
    if (line.starts_with(ReplayLinePrefix())) {
      TakeFinding(line.substr(ReplayLinePrefix().size()));
    }
    if (line.starts_with(kFindingLostPrefix)) {
      tally_.lost.push_back(line.substr(kFindingLostPrefix.size()));
    }
  }
}

// The same case may fail again in the process that goes on.
void JobTask::TakeFinding(const std::string& path) {
  if (std::ranges::find(tally_.findings, path) == tally_.findings.end()) {
    tally_.findings.push_back(path);
  }
}

void JobTask::Conclude() {
  const bool finished = page_->finished.load() && process_->status() == 0;
  printed_ = process_->PrintedLast(kPrintedBytesMax);
  failed_ = page_->violations.load() != 0;
  if (!finished && !(stopping_ && process_->was_killed())) {
    RecordDeath();
  }
  if (tally_.refused != 0 && tally_.refused >= tally_.executions) {
    tally_.not_run = page_->refusal.data();
  } else if (tally_.refused != 0) {
    tally_.note = fmt::format("{} of {} refused: {}", tally_.refused, tally_.executions,
                              page_->refusal.data());
  }
  process_.reset();
}

void JobTask::RecordDeath() {
  if (!page_->finished.load() && !page_->running.load() && page_->rounds.load() == rounds_before_) {
    // It never came to a program or case: nothing can be said about the transport.
    tally_.not_run = DescribeStatus(process_->status()) + " before the first program";
    return;
  }
  failed_ = true;
  const TransportKind& kind = *FindHammeredKind(job_.kind);
  const Position position = PositionOf(job_, page_->round.load());
  const Violation death = Death(position);
  Finding finding = FindingAt(job_, ProgramAt(job_, kind, position), position, death);
  finding.log = printed_;
  if (job_.what == Job::What::kCases) job_.left_out.push_back(position.case_index);
  if (IsReplay(job_)) {
    printed_.insert(
        0, fmt::format("{}: {}\n", ToString(finding.violation.rule), finding.violation.reason));
    return;
  }
  const auto path = WriteFinding(finding, job_.findings);
  if (path) TakeFinding(*path);
  if (!path) tally_.lost.push_back(path.error());
}

Violation JobTask::Death(const Position& position) const {
  const bool was_guarded =
      !job_.cases.empty() &&
      printed_.find(HangReport(job_.cases[position.case_index], job_.kind)) != std::string::npos;
  if (!was_guarded) return DeathViolation(process_->status(), printed_, hung_);
  return {Rule::kNoHang, fmt::format("it did not end within {} s", CasePatience().count()),
          Violation::kNoEvent};
}

// After the death of a process: the other cases have what is left of the seconds and rounds.
bool JobTask::LeavesOutAndGoesOn() {
  if (job_.left_out.size() == deaths_ || stopping_) return false;
  deaths_ = job_.left_out.size();
  hung_ = false;
  const std::uint64_t rounds = page_->rounds.load() + deaths_;
  const double seconds_left = seconds_ - tally_.seconds;
  if (rounds_max_ != 0 && rounds >= rounds_max_) return false;
  if (seconds_ > 0 && seconds_left <= 0) return false;
  job_.first_round = page_->round.load() + 1;
  job_.rounds = rounds_max_ == 0 ? 0 : rounds_max_ - rounds;
  if (seconds_ > 0) job_.seconds = seconds_left;
  return deaths_ < job_.cases.size();
}

void JobTask::Terminate() {
  stopping_ = true;
  if (process_) process_->Terminate();
}

void JobTask::Kill() {
  stopping_ = true;
  if (process_) process_->Kill();
}

}  // namespace ipc_hammer

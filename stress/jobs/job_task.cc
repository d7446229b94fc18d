#include "stress/jobs/job_task.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include "properties/hammered_kinds.h"
#include "stress/jobs/death.h"
#include "stress/jobs/printed_lines.h"
#include "stress/jobs/sanitizer_environment.h"
#include "transports/deadline.h"

namespace ipc_hammer {
namespace {

// Longer than the process runner's own watchdog, which has more to say.
constexpr std::int64_t kHangNs = 30'000'000'000;
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

JobTask::JobTask(Job job, std::string label) : job_(std::move(job)), label_(std::move(label)) {}

JobTask::~JobTask() {
  process_.reset();
  if (page_ != nullptr) munmap(page_, sizeof(JobPage));
}

void JobTask::Start(double seconds) {
  if (seconds > 0) job_.seconds = seconds;
  const int page = MakePage();
  const int job = MakeJobFile(ToJson(job_));
  page_ = page < 0 ? nullptr : MapPage(page);
  if (page_ == nullptr || job < 0) {
    tally_.not_run = fmt::format("no shared page: {}", std::strerror(errno));
  } else {
    auto started = SupervisedProcess::Start({.path = "/proc/self/exe",
                                             .arguments = {std::string(kJobArgument)},
                                             .environment = SanitizerEnvironment(),
                                             .descriptors = {page, job}});
    if (started) process_.emplace(*std::move(started));
    if (!started) tally_.not_run = started.error();
  }
  if (page >= 0) close(page);
  if (job >= 0) close(job);
  started_ns_ = last_beat_ns_ = MonotonicNs();
}

bool JobTask::Poll() {
  if (!process_) return true;
  const bool ended = process_->HasEnded();
  tally_.seconds = static_cast<double>(MonotonicNs() - started_ns_) / 1e9;
  tally_.executions = page_->rounds.load(std::memory_order_relaxed);
  tally_.messages = page_->messages.load(std::memory_order_relaxed);
  tally_.bytes = page_->bytes.load(std::memory_order_relaxed);
  tally_.refused = page_->refused.load(std::memory_order_relaxed);
  if (page_->not_isolated.load()) tally_.not_isolated = page_->why_not_isolated.data();
  CollectPrinted();
  if (ended) {
    Conclude();
  } else if (!stopping_ && Hangs()) {
    hung_ = true;
    process_->Kill();
  }
  return ended;
}

bool JobTask::Hangs() {
  const std::uint64_t beat = page_->beat.load(std::memory_order_relaxed);
  if (beat != last_beat_) last_beat_ns_ = MonotonicNs();
  last_beat_ = beat;
  return MonotonicNs() - last_beat_ns_ > kHangNs;
}

void JobTask::CollectPrinted() {
  for (const std::string& line : NewLines(*process_, read_bytes_)) {
    if (line.starts_with(kFindingLinePrefix)) {
      tally_.findings.push_back(line.substr(kFindingLinePrefix.size()));
    }
    if (line.starts_with(kFindingLostPrefix)) {
      tally_.lost.push_back(line.substr(kFindingLostPrefix.size()));
    }
  }
}

void JobTask::Conclude() {
  const bool finished = page_->finished.load() && process_->status() == 0;
  printed_ = process_->PrintedLast(kPrintedBytesMax);
  failed_ = page_->violations.load() != 0;
  if (!finished && !(stopping_ && process_->was_killed())) RecordDeath(hung_);
  if (tally_.refused != 0 && tally_.refused >= tally_.executions) {
    tally_.not_run = page_->refusal.data();
  } else if (tally_.refused != 0) {
    tally_.note = fmt::format("{} of {} refused: {}", tally_.refused, tally_.executions,
                              page_->refusal.data());
  }
  process_.reset();
}

void JobTask::RecordDeath(bool hung) {
  if (!page_->finished.load() && !page_->running.load() && page_->rounds.load() == 0) {
    // It never came to a program: nothing can be said about the transport.
    tally_.not_run = DescribeStatus(process_->status()) + " before the first program";
    return;
  }
  failed_ = true;
  const TransportKind& kind = *FindHammeredKind(job_.kind);
  const Position position = PositionOf(job_, page_->round.load());
  Finding finding;
  finding.program = ProgramAt(job_, kind, position);
  finding.mode = position.mode;
  finding.violation = DeathViolation(process_->status(), printed_, hung);
  finding.log = printed_;
  if (!job_.scenarios.empty()) finding.scenario = job_.scenarios[position.scenario];
  if (job_.what == Job::What::kProgram) {
    printed_.insert(
        0, fmt::format("{}: {}\n", ToString(finding.violation.rule), finding.violation.reason));
    return;
  }
  const auto path = WriteFinding(finding, job_.findings);
  if (path) tally_.findings.push_back(*path);
  if (!path) tally_.lost.push_back(path.error());
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

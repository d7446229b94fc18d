#include "stress/jobs/job_main.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "properties/findings/files.h"
#include "properties/hammered_kinds.h"
#include "properties/sandbox/sandbox.h"
#include "properties/testing/test_sandbox.h"
#include "stress/jobs/job.h"
#include "stress/jobs/job_run.h"
#include "stress/jobs/print.h"

namespace ipc_hammer {
namespace {

std::atomic<bool> stop_requested{false};

void OnStopSignal(int) { stop_requested.store(true, std::memory_order_relaxed); }

// Asked to stop, a job ends its program and cleans up; without SA_RESTART a wait returns at once.
void HandleStopSignals() {
  struct sigaction action = {};
  action.sa_handler = OnStopSignal;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
}

JobPage* MapPage() {
  void* const page =
      mmap(nullptr, sizeof(JobPage), PROT_READ | PROT_WRITE, MAP_SHARED, kPageDescriptor, 0);
  if (page == MAP_FAILED) return nullptr;
  close(kPageDescriptor);
  return static_cast<JobPage*>(page);
}

std::expected<Job, std::string> ReadJob() {
  const auto text = ReadWholeDescriptor(kJobDescriptor, "job");
  if (!text) return std::unexpected(text.error());
  close(kJobDescriptor);
  return JobFromJson(*text);
}

int Refuse(std::string_view why) {
  Print(stderr, "hammer: {} is for the hammer's own use: {}\n", kJobArgument, why);
  return kJobUnreadable;
}

[[noreturn]] void EndAtOnce() {
  std::fflush(nullptr);
  _exit(0);
}

}  // namespace

std::expected<bool, std::string> RunJobHere(const Job& job) {
  JobPage page = {};
  const SandboxReport sandbox = EnterSandbox();
  SetTestSandbox(sandbox);
  JobRun(job, *FindHammeredKind(job.kind), sandbox, page, stop_requested).Run();
  if (page.refused.load() != 0) return std::unexpected(page.refusal.data());
  return page.violations.load() != 0;
}

bool IsJobInvocation(int argc, char** argv) { return argc == 2 && argv[1] == kJobArgument; }

int JobMain() {
  JobPage* const page = MapPage();
  const auto job = ReadJob();
  if (page == nullptr) return Refuse("no page");
  if (!job) return Refuse(job.error());
  const TransportKind* kind = FindHammeredKind(job->kind);
  if (kind == nullptr) return Refuse("unknown kind");
  HandleStopSignals();
  const SandboxReport sandbox = EnterSandbox();
  if (!sandbox.isolated) {
    std::strncpy(page->why_not_isolated.data(), sandbox.reason.c_str(),
                 page->why_not_isolated.size() - 1);
    page->not_isolated.store(true);
  }
  SetTestSandbox(sandbox);
  JobRun(*job, *kind, sandbox, *page, stop_requested).Run();
  page->finished.store(true);
  // What a case lost was told with the case: at the end LeakSanitizer would blame the last one.
  if (!job->cases.empty()) EndAtOnce();
  return 0;
}

}  // namespace ipc_hammer

// The end of a run: a newcomer probes what the killed left, everybody leaves, and nothing stays.
#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

#include "stress/runner/probe.h"
#include "stress/runner/run.h"

namespace ipc_hammer {
namespace {

// What outlives a dead actor for longer is left behind. A sanitizer's symbolizer takes its time.
constexpr std::chrono::milliseconds kGroupsEndWithin{5000};

// A process that has finished still has a census to take, and a sanitizer's look at its memory.
constexpr std::chrono::nanoseconds kEndsWithin = std::chrono::seconds(10);

}  // namespace

void Run::TearDown() {
  if (!recorder_) return;
  const bool whole = broken_ == Broken::kNo && !report_.refused && report_.violations.empty();
  if (whole && !killed_.empty() && !creator_killed_ && CanProbeSurvivor(kind_)) {
    Probe(Rule::kSurviveKill, "a newcomer on the channel",
          [&] { return ProbeSurvivor(kind_, program_, name_); });
  }
  if (whole && killed_.empty() && program_.adversities.owners() != 0 && CanProbeSurvivor(kind_)) {
    Probe(Rule::kRestart, "a newcomer on the channel after others under its name",
          [&] { return ProbeSurvivor(kind_, program_, name_); });
  }
  recorder_->Enter(Phase::kEnd);
  if (whole) {
    ReapAll();
  } else {
    KillAll();
  }
  channel_.reset();
  if (creator_killed_ && broken_ != Broken::kStopped && !report_.refused) {
    Probe(Rule::kRestart, "a new channel under the dead creator's name",
          [&] { return ProbeRestart(kind_, program_, name_); });
  }
  if (broken_ != Broken::kNo || !report_.violations.empty()) return RemoveLeftovers();
  hosts_.clear();  // their descriptors are ours
  if (!report_.refused) JudgeCensus();
}

// Everybody has finished: all that is left is to give back and to leave.
void Run::ReapAll() {
  const Deadline deadline = Deadline::After(std::max(options_.hang_after, kEndsWithin));
  const auto alive = [](const Host& host) { return host.process.alive(); };
  for (auto host = hosts_.begin(); broken_ == Broken::kNo;) {
    host = std::find_if(host, hosts_.end(), alive);
    if (host == hosts_.end()) break;
    host->process.AwaitEnd(Deadline::After(kTick));
    LookAround();
    KillAsAsked();
    if (!deadline.HasPassed()) continue;
    // Where a kill may leave the channel stuck, giving the endpoint back may hang as well.
    if (killed_.empty() || kind_.traits.survives_kill) {
      Violate(Rule::kNoHang, "an actor has finished and its process does not end");
    }
    report_.log += watchdog_->Report(MonotonicNs());
    broken_ = Broken::kYes;
  }
  KillAll();
}

void Run::KillAll() {
  for (Host& host : hosts_) host.process.Kill();
  for (Host& host : hosts_) {
    host.process.End();
    host.settled = true;
  }
  const bool any_died =
      std::ranges::any_of(hosts_, [](const Host& host) { return host.process.wait_status() != 0; });
  if (!any_died) return;
  const Deadline deadline = Deadline::After(kGroupsEndWithin);
  for (const Host& host : hosts_) host.process.AwaitGroup(deadline);
}

void Run::Probe(Rule rule, std::string_view what, const std::function<int()>& body) {
  std::fflush(nullptr);
  auto probe = ChildProcess::Fork([&] {
    channel_.reset();
    return body();
  });
  if (!probe) return Refuse(fmt::format("starting a probe: {}", ToString(probe.error())));
  const Deadline deadline = Deadline::After(options_.hang_after + std::chrono::seconds(2));
  probe->AwaitEnd(deadline);
  if (probe->alive()) {
    probe->End();
    return Violate(rule, fmt::format("{} hangs", what));
  }
  const int status = probe->wait_status();
  const std::string errors = probe->Errors();
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  report_.log += errors;
  if (WIFEXITED(status) && WEXITSTATUS(status) == kExitRefused) return Refuse(LastLine(errors));
  const bool broken = WIFEXITED(status) && WEXITSTATUS(status) == kExitBroken;
  Violate(broken ? rule : RuleOfDeath(status, errors),
          broken ? fmt::format("{}: {}", what, LastLine(errors))
                 : fmt::format("{} {}", what, Ending(status)));
}

// After a run that was cut short its creator may have been killed by us.
void Run::RemoveLeftovers() {
  if (kind_.unlink) static_cast<void>(kind_.unlink(name_));
}

}  // namespace ipc_hammer

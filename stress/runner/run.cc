#include "stress/runner/run.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <numeric>
#include <utility>

#include "properties/program/text.h"
#include "stress/runner/actor_argument.h"
#include "stress/runner/host.h"
#include "stress/runner/probe.h"

namespace ipc_hammer {
namespace {

// How often the runner looks at its children when nobody rings.
constexpr std::chrono::milliseconds kTick{5};
constexpr std::int64_t kTellEveryNs = 200'000'000;
constexpr std::int64_t kReportMaxNs = 60'000'000'000;
// Of runs whose whole history is not kept: the last events, for people.
constexpr std::uint32_t kLastEvents = 1024;
// Empty answers, closes and the like, beyond the messages.
constexpr std::uint32_t kSpareEvents = 4096;

bool Kills(const Operation& op) {
  return op.action == Action::kKill || op.fault.kind == FaultKind::kKill;
}

// The most events that one actor of this program has.
std::uint64_t EventsOf(const Program& program) {
  std::vector<std::uint64_t> events(program.actors());
  std::uint64_t sends = 0;
  for (const Operation& op : program.operations) {
    events[op.actor] += op.repeat;
    if (op.action == Action::kSend) sends += op.repeat;
  }
  for (const Operation& op : program.operations) {
    if (op.action == Action::kDrain) events[op.actor] += sends;
  }
  return std::ranges::max(events) + kSpareEvents;
}

std::uint32_t RingEvents(const Program& program, bool keep_history) {
  const std::uint64_t events = EventsOf(program);
  return keep_history && events <= kHistoryEventsMax ? static_cast<std::uint32_t>(events)
                                                     : kLastEvents;
}

// Whom the strangers rely on. Any of them may be the creator where somebody will be killed, so that
// a dead creator is met as well.
std::uint32_t CreatorOf(const Program& program, const Traits& traits, Mode mode) {
  if (mode != Mode::kStrangers) return ControlBlock::kRunnerCreates;
  if (traits.consumer_is_creator) return program.producers;
  if (std::ranges::none_of(program.operations, Kills)) return ControlBlock::kRunnerCreates;
  const std::uint32_t chosen = program.seed % (program.actors() + 1);
  return chosen == program.actors() ? ControlBlock::kRunnerCreates : chosen;
}

bool IsMachinesLimit(Errc code) { return code == Errc::kNoSpace || code == Errc::kPermission; }

// Which rule a death breaks, by what the process said and how it ended.
Rule RuleOfDeath(int wait_status, const std::string& errors) {
  const auto said = [&](std::string_view text) { return errors.find(text) != std::string::npos; };
  if (said("ThreadSanitizer: data race")) return Rule::kNoRace;
  if (WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGPIPE) return Rule::kClose;
  const bool leak = WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == kExitLeak;
  return leak || said("LeakSanitizer: detected") ? Rule::kNoLeak : Rule::kNoCrash;
}

std::string Ending(int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    return fmt::format("died by signal {} ({})", WTERMSIG(wait_status),
                       strsignal(WTERMSIG(wait_status)));
  }
  return fmt::format("ended with status {}", WEXITSTATUS(wait_status));
}

std::string LastLine(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

}  // namespace

Run::Run(const TransportKind& kind, Program program, const ProcessOptions& options)
    : kind_(kind),
      program_(std::move(program)),
      options_(options),
      scope_(ScopeOf(options.sandbox)) {
  static int runs = 0;
  name_.text = fmt::format("{}hammer{}x{}", options.sandbox.name_prefix, getpid(), ++runs);
  name_.folder = options.folder.empty() ? "/tmp" : options.folder;
  if (!scope_.isolated && scope_.name_prefix.empty()) scope_.name_prefix = name_.text;
  if (!scope_.isolated && scope_.scratch_folder.empty()) scope_.scratch_folder = name_.folder;
}

RunReport Run::Execute() {
  std::fflush(nullptr);  // what is buffered must not be written by a child as well
  if (SetUp() && Spawn() && AwaitReady()) Watch();
  TearDown();
  if (recorder_) {
    Sum();
    if (!report_.refused && !report_.stopped) Judge();
  }
  return std::move(report_);
}

bool Run::SetUp() {
  const RecorderOptions recorder{
      .name = name_,
      .ring_events = RingEvents(program_, options_.keep_history),
      .creator = CreatorOf(program_, kind_.traits, options_.mode),
      .keep_history = options_.keep_history && EventsOf(program_) <= kHistoryEventsMax};
  auto created = FlightRecorder::Create(program_, recorder);
  if (!created) {
    Refuse(fmt::format("the flight recorder: {}", ToString(created.error())));
    return false;
  }
  recorder_.emplace(*std::move(created));
  watchdog_.emplace(*recorder_, program_, kind_.traits, options_.hang_after);
  before_ = TakeCensus(scope_);
  if (options_.mode == Mode::kThreads || recorder.creator != ControlBlock::kRunnerCreates) {
    return true;
  }
  auto channel = kind_.create(name_, program_.options());
  if (!channel) {
    const std::string why = fmt::format("create: {}", ToString(channel.error()));
    IsMachinesLimit(channel.error().code) ? Refuse(why) : Violate(Rule::kLimits, why);
    return false;
  }
  channel_ = *std::move(channel);
  recorder_->Enter(Phase::kCreated);
  return true;
}

bool Run::Spawn() {
  std::vector<std::uint32_t> all(program_.actors());
  std::iota(all.begin(), all.end(), 0U);
  if (options_.mode == Mode::kThreads) {
    return SpawnOne(
        [&] { return ChildProcess::Fork([&] { return HostThreads(kind_, *recorder_, scope_); }); },
        all);
  }
  // Consumers first: a producer's connection needs somebody who listens.
  std::ranges::rotate(all, all.begin() + program_.producers);
  for (const std::uint32_t actor : all) {
    const bool started = SpawnOne(
        [&] {
          if (options_.mode == Mode::kRelatives) {
            return ChildProcess::Fork(
                [&] { return HostRelative(channel_, kind_, *recorder_, actor); });
          }
          return ChildProcess::Exec(
              {std::string(kActorArgument), std::to_string(recorder_->fd()), std::to_string(actor)},
              recorder_->fd());
        },
        {actor});
    if (!started) return false;
  }
  return true;
}

bool Run::SpawnOne(const std::function<Result<ChildProcess>()>& start,
                   std::vector<std::uint32_t> actors) {
  auto process = start();
  if (!process) {
    Refuse(fmt::format("starting an actor: {}", ToString(process.error())));
    return false;
  }
  hosts_.push_back({*std::move(process), std::move(actors)});
  return true;
}

bool Run::AllAtLeast(ActorState state) const {
  for (std::uint32_t actor = 0; actor < program_.actors(); ++actor) {
    if (recorder_->slot(actor).state.load(std::memory_order_acquire) < state) return false;
  }
  return true;
}

bool Run::AwaitReady() {
  const Deadline deadline = Deadline::After(kAttachTimeout + options_.hang_after);
  while (broken_ == Broken::kNo && !AllAtLeast(ActorState::kReady)) {
    Tick();
    if (!deadline.HasPassed()) continue;
    Violate(Rule::kNoHang, "an actor did not get its endpoint");
    report_.log += watchdog_->Report(MonotonicNs());
    broken_ = Broken::kYes;
  }
  return broken_ == Broken::kNo;
}

void Run::Watch() {
  if (channel_ != nullptr) channel_->Detach();
  go_ns_ = MonotonicNs();
  recorder_->Enter(Phase::kGo);
  while (broken_ == Broken::kNo && !AllAtLeast(ActorState::kFinished)) {
    Tick();
    KillAsAsked();
    LookAtWatchdog();
    TellProgress();
  }
  report_.seconds = static_cast<double>(MonotonicNs() - go_ns_) / 1e9;
}

void Run::Tick() {
  recorder_->AwaitDoorbell(Deadline::After(kTick));
  SettleDeaths();
  if (options_.stop != nullptr && options_.stop->load()) {
    report_.stopped = true;
    broken_ = Broken::kStopped;
  }
}

void Run::TellProgress() {
  const std::int64_t now_ns = MonotonicNs();
  if (!options_.on_progress || now_ns - told_ns_ < kTellEveryNs) return;
  told_ns_ = now_ns;
  Sum();
  Progress progress{.seconds = static_cast<double>(now_ns - go_ns_) / 1e9,
                    .operations = report_.operations,
                    .messages = report_.messages,
                    .bytes = report_.bytes};
  for (std::uint32_t actor = 0; actor < program_.actors(); ++actor) {
    if (recorder_->slot(actor).state.load() < ActorState::kFinished) ++progress.running;
  }
  options_.on_progress(progress);
}

void Run::KillAsAsked() {
  if (options_.mode == Mode::kThreads) return;  // a process is killed, never a thread
  for (Host& host : hosts_) {
    const std::int64_t at_ns =
        recorder_->control().kills[host.actors.front()].at_ns.load(std::memory_order_acquire);
    if (at_ns == 0 || host.process.killed_by_us()) continue;
    const std::int64_t left_ns = at_ns - MonotonicNs();
    if (left_ns > std::chrono::nanoseconds(kTick).count()) continue;
    if (left_ns > 0) usleep(static_cast<useconds_t>(left_ns / 1000));
    host.process.Kill();
  }
}

void Run::LookAtWatchdog() {
  const std::int64_t now_ns = MonotonicNs();
  const Watchdog::Verdict verdict = watchdog_->Look(now_ns);
  if (verdict == Watchdog::Verdict::kMoves || broken_ != Broken::kNo) return;
  if (SomebodyReports() && now_ns - reporting_since_ns_ < kReportMaxNs) {
    return watchdog_->Forget();
  }
  report_.log += watchdog_->Report(now_ns);
  broken_ = verdict == Watchdog::Verdict::kBroken ? Broken::kYes : Broken::kStuck;
  if (broken_ == Broken::kStuck) report_.log += "every actor waits for what nobody will do\n";
  for (Violation violation : watchdog_->violations()) {
    const bool stuck = violation.rule == Rule::kNoHang || violation.rule == Rule::kDeadline;
    if (!killed_.empty() && stuck) {
      if (!kind_.traits.survives_kill) continue;  // it may stand still, says the kind
      if (violation.rule == Rule::kNoHang) violation.rule = Rule::kSurviveKill;
    }
    report_.violations.push_back(std::move(violation));
  }
}

// A sanitizer's report takes a while; what stands still meanwhile is the consequence.
bool Run::SomebodyReports() {
  const bool reports = std::ranges::any_of(hosts_, [](const Host& host) {
    return host.process.alive() && host.process.Errors().find("Sanitizer") != std::string::npos;
  });
  if (reports && reporting_since_ns_ == 0) reporting_since_ns_ = MonotonicNs();
  return reports;
}

void Run::SettleDeaths() {
  for (Host& host : hosts_) {
    host.process.Poll();
    if (!host.process.alive() && !host.settled) Settle(host);
  }
}

void Run::Settle(Host& host) {
  host.settled = true;
  const bool expected = KilledByProgram(host);
  bool refused = false;
  for (const std::uint32_t actor : host.actors) {
    ActorSlot& slot = recorder_->slot(actor);
    if (slot.refused.load(std::memory_order_acquire)) {
      JudgeRefusal(actor);
      refused = true;
    }
    if (expected) killed_.push_back(actor);
    if (expected && recorder_->control().creator == actor) creator_killed_ = true;
    if (slot.state.load(std::memory_order_acquire) < ActorState::kFinished) {
      slot.done_sending.store(true, std::memory_order_release);
      slot.state.store(ActorState::kDead, std::memory_order_release);
    }
  }
  if (!expected && !refused) JudgeDeath(host);
}

bool Run::KilledByProgram(const Host& host) const {
  const int status = host.process.wait_status();
  if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) return false;
  if (host.process.killed_by_us()) return true;
  const std::uint32_t at =
      recorder_->slot(host.actors.front()).operation_index.load(std::memory_order_relaxed);
  return at < program_.operations.size() && program_.operations[at].fault.kind == FaultKind::kKill;
}

void Run::JudgeRefusal(std::uint32_t actor) {
  const ActorSlot& slot = recorder_->slot(actor);
  const Error error{.code = slot.refusal.load(std::memory_order_relaxed),
                    .sys_errno = slot.refusal_errno.load(std::memory_order_relaxed),
                    .call = "getting an endpoint"};
  const std::string why = fmt::format("{}: {}", Name(actor), ToString(error));
  broken_ = Broken::kYes;
  IsMachinesLimit(error.code) ? Refuse(why) : Violate(Rule::kLimits, why);
}

void Run::JudgeDeath(const Host& host) {
  const int status = host.process.wait_status();
  const std::string errors = host.process.Errors();
  if (!errors.empty()) report_.log += fmt::format("{} said:\n{}\n", Name(host.actors[0]), errors);
  const bool sanitizer = errors.find("Sanitizer: ") != std::string::npos ||
                         errors.find("runtime error: ") != std::string::npos;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && !sanitizer) return;
  broken_ = Broken::kYes;
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
    return Refuse("an actor was killed by somebody else, perhaps for want of memory");
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == kExitRefused) {
    return Refuse(fmt::format("an actor could not begin: {}", LastLine(errors)));
  }
  Violate(RuleOfDeath(status, errors),
          fmt::format("the process of {}{} {}", Name(host.actors[0]),
                      host.actors.size() > 1 ? " and the others" : "", Ending(status)));
}

void Run::TearDown() {
  if (!recorder_) return;
  const bool whole = broken_ == Broken::kNo && !report_.refused && report_.violations.empty();
  if (whole && !killed_.empty() && !creator_killed_ && CanProbeSurvivor(kind_)) {
    Probe(Rule::kSurviveKill, "a newcomer on the channel",
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
  const Deadline deadline = Deadline::After(options_.hang_after);
  const auto alive = [](const Host& host) { return host.process.alive(); };
  while (std::ranges::any_of(hosts_, alive) && broken_ == Broken::kNo) {
    Tick();
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
}

void Run::Probe(Rule rule, std::string_view what, const std::function<int()>& body) {
  std::fflush(nullptr);
  auto probe = ChildProcess::Fork([&] {
    channel_.reset();
    return body();
  });
  if (!probe) return Refuse(fmt::format("starting a probe: {}", ToString(probe.error())));
  const Deadline deadline = Deadline::After(options_.hang_after + std::chrono::seconds(2));
  while (probe->alive() && !deadline.HasPassed()) {
    recorder_->AwaitDoorbell(Deadline::After(kTick));
    probe->Poll();
  }
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

void Run::Violate(Rule rule, std::string reason) {
  report_.violations.push_back({rule, std::move(reason), Violation::kNoEvent});
}

void Run::Refuse(std::string why) {
  if (!report_.refused) report_.refusal = std::move(why);
  report_.refused = true;
}

std::string Run::Name(std::uint32_t actor) const { return ActorName(program_, actor); }

}  // namespace ipc_hammer

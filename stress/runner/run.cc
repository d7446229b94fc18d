#include "stress/runner/run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <numeric>
#include <utility>

#include "properties/program/text.h"
#include "stress/actors/actor_argument.h"
#include "stress/actors/contact.h"
#include "stress/actors/host.h"

namespace ipc_hammer {
namespace {

constexpr std::int64_t kTellEveryNs = 200'000'000;
constexpr std::int64_t kReportMaxNs = 60'000'000'000;
// Of runs whose whole history is not kept: the last events, for people.
constexpr std::uint32_t kLastEvents = 1024;
// Empty answers, closes and the like, beyond the messages.
constexpr std::uint32_t kSpareEvents = 4096;

std::chrono::nanoseconds TickOf(const Program& program, const Adversary& adversary) {
  std::chrono::nanoseconds tick = kTick;
  if (HasKills(program)) tick = kTickIfKilled;
  const std::chrono::nanoseconds wanted = adversary.every();
  return wanted > wanted.zero() ? std::min(tick, wanted) : tick;
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
// a dead creator is met as well; one of them is where the others do not wait for the channel.
std::uint32_t CreatorOf(const Program& program, const Traits& traits, Mode mode) {
  if (mode != Mode::kStrangers) return ControlBlock::kRunnerCreates;
  if (traits.consumer_is_creator) return program.producers;
  const bool first = program.adversities.rehearsals == 0 && program.adversities.owners() == 0;
  if (!first) return program.seed % program.actors();
  if (!HasKills(program)) return ControlBlock::kRunnerCreates;
  const std::uint32_t chosen = program.seed % (program.actors() + 1);
  return chosen == program.actors() ? ControlBlock::kRunnerCreates : chosen;
}

}  // namespace

Run::Run(const TransportKind& kind, Program program, const ProcessOptions& options)
    : kind_(kind),
      program_(std::move(program)),
      options_(options),
      scope_(ScopeOf(options.sandbox)),
      adversary_(program_),
      tick_(TickOf(program_, adversary_)) {
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
    Harass();
    LookAtWatchdog();
    TellProgress();
  }
  adversary_.LetGo();
  report_.seconds = static_cast<double>(MonotonicNs() - go_ns_) / 1e9;
}

void Run::Tick() {
  recorder_->AwaitDoorbell(Deadline::After(tick_));
  LookAround();
}

void Run::LookAround() {
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

// Those that perform: somebody who has finished is about to leave and to be counted.
void Run::Harass() {
  if (adversary_.every() == adversary_.every().zero()) return;
  std::vector<Victim> victims;
  for (Host& host : hosts_) {
    for (const std::uint32_t actor : host.actors) {
      const ActorSlot& slot = recorder_->slot(actor);
      if (slot.state.load(std::memory_order_acquire) != ActorState::kRunning) continue;
      victims.push_back({&host.process, slot.tid.load(std::memory_order_relaxed)});
    }
  }
  adversary_.Act(MonotonicNs(), victims);
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

void Run::Violate(Rule rule, std::string reason) {
  report_.violations.push_back({rule, std::move(reason), Violation::kNoEvent});
}

void Run::Refuse(std::string why) {
  if (!report_.refused) report_.refusal = std::move(why);
  report_.refused = true;
}

std::string Run::Name(std::uint32_t actor) const { return ActorName(program_, actor); }

}  // namespace ipc_hammer

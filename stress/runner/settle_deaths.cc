// Actors whose processes have ended: whether the program had them killed, the machine refused them,
// or the transport broke a rule.
#include <fmt/format.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include <string_view>
#include <utility>

#include "stress/runner/run.h"

namespace ipc_hammer {

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
  if (recorder_->control().complaint.state.load() != 0) return;  // which tells why
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

}  // namespace ipc_hammer

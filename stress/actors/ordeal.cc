#include "stress/actors/ordeal.h"

#include <sched.h>

#include <chrono>

#include "properties/faults/syscall_faults.h"

namespace ipc_hammer {
namespace {

// Readings of the wall clock that are still right: the first deadlines are computed from them.
constexpr int kTrueReadings = 2;

// `cpus` of those that the process may use, from one that the seed chooses.
void ShareProcessors(std::uint32_t cpus, std::uint32_t seed) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  const auto all = static_cast<std::uint32_t>(CPU_COUNT(&allowed));
  if (all <= cpus) return;
  cpu_set_t chosen;
  CPU_ZERO(&chosen);
  std::uint32_t nth = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed)) continue;
    if ((nth++ + all - seed % all) % all < cpus) CPU_SET(cpu, &chosen);
  }
  sched_setaffinity(0, sizeof chosen, &chosen);
}

// Without SA_RESTART: what can be interrupted says EINTR (signal(7)).
void TakeInterruptions() {
  struct sigaction action{};
  action.sa_handler = [](int) {};
  sigaction(kOrdealSignal, &action, nullptr);
}

}  // namespace

Ordeal::Ordeal(const Program& program)
    : pause_us_(program.adversities.pause_us),
      rest_us_(program.adversities.rest_us),
      seed_(program.seed) {
  const Adversities& adversities = program.adversities;
  if (adversities.cpus != 0) ShareProcessors(adversities.cpus, program.seed);
  if (adversities.signal_us != 0) TakeInterruptions();
  const std::chrono::seconds ahead{adversities.clock_ahead_s}, back{adversities.clock_back_s};
  if (ahead != back) clock_.emplace(ahead - back, kTrueReadings);
}

Preemption Ordeal::Enter(std::uint32_t actor) const {
  const std::uint64_t seed = std::uint64_t{seed_} << 8 | actor;
  if (pause_us_ != 0) PauseCalls(pause_us_, seed);
  return {rest_us_, seed};
}

}  // namespace ipc_hammer

#include "stress/jobs/pool.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <map>

#include "transports/deadline.h"

namespace ipc_hammer {
namespace {

constexpr std::int64_t kTickNs = 100'000'000;
// In seconds: the least that a task is given, and what one that is beyond its share may still take.
constexpr double kShareMin = 0.1;
constexpr double kOverstay = 10;
// For a job to clean up after SIGTERM before it is killed.
constexpr std::int64_t kGraceNs = 2'000'000'000;
// The same where somebody waits for nothing but the exit status.
constexpr std::int64_t kGraceWhenEnoughNs = 300'000'000;

std::atomic<int> stop_signal{0};

void OnSignal(int number) {
  int none = 0;
  stop_signal.compare_exchange_strong(none, number);
}

// Handles the stopping signals as long as it lives. They are blocked except while the pool sleeps,
// so none can come between a look at the flag and the sleep.
class StopSignals {
 public:
  StopSignals() {
    stop_signal.store(0);
    sigset_t numbers;
    sigemptyset(&numbers);
    for (std::size_t i = 0; i < kNumbers.size(); ++i) {
      struct sigaction action = {};
      action.sa_handler = OnSignal;
      sigaction(kNumbers[i], &action, &before_[i]);
      sigaddset(&numbers, kNumbers[i]);
    }
    sigaddset(&numbers, SIGCHLD);  // wakes the sleep; ignored otherwise
    struct sigaction wake = {};
    wake.sa_handler = [](int) {};
    sigaction(SIGCHLD, &wake, &child_before_);
    sigprocmask(SIG_BLOCK, &numbers, &mask_before_);
  }
  ~StopSignals() {
    sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
    for (std::size_t i = 0; i < kNumbers.size(); ++i) sigaction(kNumbers[i], &before_[i], nullptr);
    sigaction(SIGCHLD, &child_before_, nullptr);
  }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  void Sleep() const {
    const timespec tick = {0, kTickNs};
    ppoll(nullptr, 0, &tick, &mask_before_);
  }

 private:
  static constexpr std::array kNumbers = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
  std::array<struct sigaction, kNumbers.size()> before_;
  struct sigaction child_before_;
  sigset_t mask_before_;
};

class Pool {
 public:
  Pool(std::span<const std::unique_ptr<Task>> tasks, const PoolOptions& options)
      : tasks_(tasks), options_(options) {}

  int Run() {
    while (next_ < tasks_.size() || !running_.empty()) {
      if (stop_signal.load() != 0) {
        Stop(kGraceNs);
        break;
      }
      if (options_.is_enough && options_.is_enough()) {
        Stop(kGraceWhenEnoughNs);
        break;
      }
      StartMore();
      Step();
    }
    return stop_signal.load();
  }

 private:
  double Used() const { return static_cast<double>(MonotonicNs() - started_ns_) / 1e9; }

  // The seconds that are left are shared by the tasks that are left, by their weights: one that
  // ends early, because it has found something, leaves its time to the others. One that runs has
  // what is left of its share; one that is beyond it is in the middle of a long case.
  double ShareOfNext() const {
    if (options_.seconds <= 0) return 0;
    const double used = Used(), left = options_.seconds - used;
    double free = left * static_cast<double>(options_.side_by_side);
    for (const auto& [task, until] : until_) {
      free -= std::min(left, until > used ? until - used : kOverstay);
    }
    double weights = 0;
    for (std::size_t i = next_; i < tasks_.size(); ++i) weights += tasks_[i]->Weight();
    return std::max(kShareMin, std::min(left, free * tasks_[next_]->Weight() / weights));
  }

  void StartMore() {
    while (running_.size() < options_.side_by_side && next_ < tasks_.size()) {
      const double share = ShareOfNext();
      running_.push_back(tasks_[next_++].get());
      running_.back()->Start(share);
      until_[running_.back()] = Used() + share;
    }
  }

  void Step() {
    signals_.Sleep();
    PollAll();
    if (options_.on_tick) options_.on_tick(running_, ended_);
  }

  void PollAll() {
    std::erase_if(running_, [this](Task* task) {
      if (!task->Poll()) return false;
      ++ended_;
      until_.erase(task);
      if (options_.on_end) options_.on_end(*task);
      return true;
    });
  }

  void Stop(std::int64_t grace_ns) {
    for (Task* task : running_) task->Terminate();
    const std::int64_t until = MonotonicNs() + grace_ns;
    while (!running_.empty()) {
      if (MonotonicNs() > until) {
        for (Task* task : running_) task->Kill();
      }
      signals_.Sleep();
      PollAll();
    }
  }

  std::span<const std::unique_ptr<Task>> tasks_;
  const PoolOptions& options_;
  const std::int64_t started_ns_ = MonotonicNs();
  StopSignals signals_;
  std::vector<Task*> running_;
  std::map<const Task*, double> until_;  // the end of each running one's share, in seconds
  std::size_t next_ = 0;
  std::size_t ended_ = 0;
};

}  // namespace

int RunPool(std::span<const std::unique_ptr<Task>> tasks, const PoolOptions& options) {
  return Pool(tasks, options).Run();
}

}  // namespace ipc_hammer

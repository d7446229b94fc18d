// Two threads that the kernel or the C library keeps apart: under ThreadSanitizer each of these
// tests would end in a report of a race, were the calls not wrapped.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <string>
#include <thread>

namespace {

// Tells another thread that something is done, and nothing that ThreadSanitizer takes for an order.
class Flag {
 public:
  void Raise() { raised_.store(true, std::memory_order_relaxed); }
  void Await() const {
    while (!raised_.load(std::memory_order_relaxed)) sched_yield();
  }

 private:
  std::atomic<bool> raised_ = false;
};

// Smaller than a page: of whole pages ThreadSanitizer forgets what it knew.
constexpr std::size_t kBytes = 64;

class Segment {
 public:
  Segment() : id_(shmget(IPC_PRIVATE, kBytes, 0600)) {}
  ~Segment() { shmctl(id_, IPC_RMID, nullptr); }
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  char* Attach() const { return static_cast<char*>(shmat(id_, nullptr, 0)); }

 private:
  const int id_;
};

template <typename Detach>
void ExpectNoRaceAtOneAddress(Detach detach) {
  const Segment first;
  const Segment second;
  Flag detached;
  std::atomic<char*> was_at = nullptr;
  std::thread thread([&] {
    char* const data = first.Attach();
    data[0] = 'x';
    was_at.store(data, std::memory_order_relaxed);
    EXPECT_EQ(detach(data), 0);
    detached.Raise();
  });
  detached.Await();
  char* const data = second.Attach();
  // The kernel's habit, without which this test is about nothing.
  EXPECT_EQ(data, was_at.load(std::memory_order_relaxed));
  data[0] = 'y';
  EXPECT_EQ(shmdt(data), 0);
  thread.join();
}

TEST(TsanOrder, ASegmentComesAfterTheDetachedOneAtItsAddress) {
  ExpectNoRaceAtOneAddress([](const void* data) { return shmdt(data); });
}

TEST(TsanOrder, ASegmentComesAfterTheUnmappedOneAtItsAddress) {
  ExpectNoRaceAtOneAddress([](void* data) { return munmap(data, kBytes); });
}

TEST(TsanOrder, TheTableOfNamedSemaphoresIsTheLibrarysAffair) {
  const std::string name = "/ipc_hammer_tsan_order_" + std::to_string(getpid());
  Flag opened;
  std::atomic<sem_t*> semaphore = nullptr;
  std::thread thread([&] {
    semaphore.store(sem_open(name.c_str(), O_CREAT | O_EXCL, 0600, 0), std::memory_order_relaxed);
    opened.Raise();
  });
  opened.Await();
  ASSERT_NE(semaphore.load(std::memory_order_relaxed), SEM_FAILED);
  EXPECT_EQ(sem_close(semaphore.load(std::memory_order_relaxed)), 0);
  EXPECT_EQ(sem_unlink(name.c_str()), 0);
  thread.join();
}

}  // namespace

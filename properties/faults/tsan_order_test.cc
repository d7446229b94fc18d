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

  char* AttachAt(void* where) const {
    void* const data = shmat(id_, where, 0);
    return data == where ? static_cast<char*>(data) : nullptr;
  }

 private:
  const int id_;
};

// An address in the middle of much that is free: whatever else is mapped meanwhile comes close to
// what is there already.
void* LonelyAddress() {
  constexpr std::size_t kRoom = std::size_t{1} << 30;
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  char* const room = static_cast<char*>(mmap(nullptr, kRoom, PROT_NONE, kFlags, -1, 0));
  munmap(room, kRoom);
  return room + kRoom / 2;
}

template <typename Detach>
void ExpectNoRaceAtOneAddress(Detach detach) {
  void* const where = LonelyAddress();
  const Segment first;
  const Segment second;
  Flag detached;
  std::thread thread([&] {
    char* const data = first.AttachAt(where);
    EXPECT_NE(data, nullptr);
    if (data != nullptr) {
      data[0] = 'x';
      EXPECT_EQ(detach(data), 0);
    }
    detached.Raise();
  });
  detached.Await();
  char* const data = second.AttachAt(where);
  EXPECT_NE(data, nullptr);
  if (data == nullptr) return thread.join();
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

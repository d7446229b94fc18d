#include "transports/shared_memory/lock_free/spsc_ring.h"

#include <bit>
#include <new>

#include "transports/sys/deadlines.h"

namespace ipc_hammer {
namespace {

constexpr std::uint32_t kProcessFence = 1;  // a flag of the preamble
constexpr std::size_t kSizeFieldBytes = 4;

constexpr std::size_t kFacts[] = {sizeof(SpscHeader),
                                  offsetof(SpscHeader, sent),
                                  offsetof(SpscHeader, received),
                                  offsetof(SpscHeader, not_empty),
                                  offsetof(SpscHeader, not_full),
                                  sizeof(RingPreamble),
                                  kSizeFieldBytes,
                                  std::endian::native == std::endian::little ? 1 : 2};
constexpr RingFormat kFormat = {.magic = 0x6373'7073'5f63'7069,  // "ipc_spsc", little endian
                                .layout = LayoutHash(kFacts),
                                .header_bytes = sizeof(SpscHeader),
                                .slot_head_bytes = kSizeFieldBytes,
                                .slot_align_bytes = 8,
                                .flags_known = kProcessFence};

// A peer that is at work needs less than a microsecond for a message: looking so often is cheaper
// than a sleep.
constexpr int kLooksBeforeSleep = 2000;

static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "a lock would not be shared");

}  // namespace

Result<RingPreamble> SpscRing::PreambleFor(std::size_t capacity, std::size_t message_bytes_max) {
  return MakeRingPreamble(kFormat, capacity, message_bytes_max,
                          RegisterForProcessFences() ? kProcessFence : 0);
}

Result<SpscRing> SpscRing::Create(int fd, const RingPreamble& preamble) {
  Result<Mapping> mapping = Mapping::Shared(fd, preamble.size_bytes);
  if (!mapping) return std::unexpected(mapping.error());
  SpscHeader* header = new (mapping->data()) SpscHeader{};
  header->preamble = preamble;
  return SpscRing(*std::move(mapping), preamble);
}

Result<SpscRing> SpscRing::Open(int fd, std::uint64_t size_bytes) {
  const Result<RingPreamble> preamble = ReadRingPreamble(kFormat, fd, size_bytes);
  if (!preamble) return std::unexpected(preamble.error());
  if ((preamble->flags & kProcessFence) != 0 && !RegisterForProcessFences()) {
    return Fail(Errc::kSystem, "membarrier");
  }
  Result<Mapping> mapping = Mapping::Shared(fd, preamble->size_bytes);
  if (!mapping) return std::unexpected(mapping.error());
  return SpscRing(*std::move(mapping), *preamble);
}

bool SpscRing::has_process_fence() const { return (preamble_.flags & kProcessFence) != 0; }

SpscSide::SpscSide(std::shared_ptr<const SpscRing> ring, Role role)
    : ring_(std::move(ring)),
      capacity_(ring_->preamble().capacity),
      message_bytes_max_(ring_->preamble().message_bytes_max),
      has_process_fence_(ring_->has_process_fence()),
      slot_stride_(ring_->preamble().slot_stride),
      slots_end_(ring_->slots() + capacity_ * slot_stride_),
      mine_(role == Role::kProducer ? ring_->header().sent : ring_->header().received),
      theirs_(role == Role::kProducer ? ring_->header().received : ring_->header().sent),
      sleeps_(role == Role::kProducer ? ring_->header().not_full : ring_->header().not_empty),
      wakes_(role == Role::kProducer ? ring_->header().not_empty : ring_->header().not_full),
      ahead_(role == Role::kProducer ? capacity_ : 0),
      done_(mine_.load(std::memory_order_acquire)),
      limit_(done_),
      slot_(ring_->slots() + (done_ % capacity_) * slot_stride_) {}

void SpscSide::Close() {
  if (is_closed_.exchange(true, std::memory_order_relaxed)) return;
  sleeps_.fetch_add(2, std::memory_order_release);  // the mark stays
  FutexWake(sleeps_, kWakeAll);
}

void SpscSide::Fence() const {
  if (has_process_fence_) ProcessFence();
}

Result<void> SpscSide::AwaitSlot(Deadline deadline) {
  if (is_closed_.load(std::memory_order_relaxed)) return Fail(Errc::kClosed, "ring");
  Look look = LookAtPeer();
  for (int i = 0; i < kLooksBeforeSleep && look == Look::kNotYet && !deadline.is_now(); ++i) {
    look = LookAtPeer();
  }
  if (look == Look::kNotYet && !deadline.is_now()) return SleepUntilPeer(deadline);
  if (look == Look::kNotYet) {
    Fence();
    look = LookAtPeer();
  }
  if (look == Look::kCorrupt) return Fail(Errc::kCorrupt, "ring counts");
  if (look == Look::kNotYet) return Fail(Errc::kWouldBlock, "ring");
  return {};
}

Result<void> SpscSide::SleepUntilPeer(Deadline deadline) {
  for (bool was_last = false;;) {
    const std::uint32_t mark = sleeps_.fetch_or(kMark, std::memory_order_seq_cst) | kMark;
    // Either our mark came after the closer's change of the word, and then we see what it set
    // before, or the change came after our mark, and then the word is not `mark` any more.
    if (is_closed_.load(std::memory_order_relaxed)) return Fail(Errc::kClosed, "ring");
    Fence();
    const Look look = LookAtPeer();
    if (look != Look::kNotYet || was_last) {
      std::uint32_t unchanged = mark;  // a mark that stays costs the other side a wake-up
      sleeps_.compare_exchange_strong(unchanged, mark + 1, std::memory_order_relaxed);
      if (look == Look::kThere) return {};
      if (look == Look::kCorrupt) return Fail(Errc::kCorrupt, "ring counts");
      return Fail(Errc::kTimedOut, "ring");
    }
    const bool is_last = EndsWithin(deadline, kSpscSlice);
    const Result<void> woken =
        FutexWait(sleeps_, mark, is_last ? deadline : Deadline::After(kSpscSlice));
    if (!woken && woken.error().code != Errc::kTimedOut) return woken;
    was_last = !woken && is_last;
  }
}

}  // namespace ipc_hammer

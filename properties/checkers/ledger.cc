#include "properties/checkers/ledger.h"

#include <atomic>
#include <utility>

namespace ipc_hammer {
namespace {

// A kill ends the writer between two instructions and everything it has stored stays, so only the
// compiler has to keep the order of these stores.
template <typename T>
void Publish(T& flag, T value) {
  std::atomic_signal_fence(std::memory_order_seq_cst);
  std::atomic_ref(flag).store(value, std::memory_order_relaxed);
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

}  // namespace

// The finalizer of splitmix64 (Vigna, 2015).
std::uint64_t LedgerLane::Fingerprint(std::uint64_t sequence) {
  std::uint64_t x = sequence + 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

std::uint64_t LedgerLane::count() const {
  std::uint64_t all = 0;
  for (const Bucket& bucket : buckets) all += bucket.count;
  return all;
}

void Ledger::BeginSend(std::uint64_t sequence) {
  in_flight_ = sequence;
  Publish(call_, kSending);
}

void Ledger::BeginReceive() { Publish(call_, kReceiving); }

void Ledger::Failed() { Publish(call_, kIdle); }

void Ledger::ReceivedCorrupt(std::uint64_t size_bytes) {
  if (corrupt_ == 0) corrupt_size_bytes_ = size_bytes;
  Publish(corrupt_, corrupt_ + 1);
  Publish(call_, kIdle);
}

void Ledger::Enter(MessageId id) {
  if (id.producer >= lanes_.size()) {
    Publish(unknown_, unknown_ + 1);
    return Publish(call_, kIdle);
  }
  LedgerLane& lane = lanes_[id.producer];
  if (id.sequence >> lane.width_log2 >= LedgerLane::kBuckets) Widen(lane, id.sequence);
  redo_.producer = id.producer;
  redo_.bucket = id.sequence >> lane.width_log2;
  const LedgerLane::Bucket& bucket = lane.buckets[redo_.bucket];
  redo_.content = {bucket.count + 1, bucket.fingerprint + LedgerLane::Fingerprint(id.sequence)};
  const bool back = id.sequence < lane.next;
  const bool gap = id.sequence > lane.next;
  redo_.next = back ? lane.next : id.sequence + 1;
  redo_.gaps = lane.gaps + (gap ? 1 : 0);
  redo_.first_gap = gap && lane.gaps == 0 ? lane.next : lane.first_gap;
  redo_.backward = lane.backward + (back ? 1 : 0);
  redo_.first_backward = back && lane.backward == 0 ? id.sequence : lane.first_backward;
  Publish(redo_.valid, 1U);
  Apply();
}

void Ledger::Apply() {
  LedgerLane& lane = lanes_[redo_.producer];
  lane.buckets[redo_.bucket] = redo_.content;
  lane.next = redo_.next;
  lane.gaps = redo_.gaps;
  lane.first_gap = redo_.first_gap;
  lane.backward = redo_.backward;
  lane.first_backward = redo_.first_backward;
  Publish(call_, kIdle);
  Publish(redo_.valid, 0U);
}

// Rare: the lane is rebuilt beside itself and then replaced.
void Ledger::Widen(LedgerLane& lane, std::uint64_t sequence) {
  spare_ = lane;
  while (sequence >> spare_.width_log2 >= LedgerLane::kBuckets) {
    for (std::size_t i = 0; i < LedgerLane::kBuckets / 2; ++i) {
      const LedgerLane::Bucket& even = spare_.buckets[2 * i];
      const LedgerLane::Bucket& odd = spare_.buckets[2 * i + 1];
      spare_.buckets[i] = {even.count + odd.count, even.fingerprint + odd.fingerprint};
    }
    for (std::size_t i = LedgerLane::kBuckets / 2; i < LedgerLane::kBuckets; ++i) {
      spare_.buckets[i] = {};
    }
    ++spare_.width_log2;
  }
  spare_producer_ = static_cast<std::uint64_t>(&lane - lanes_.data());
  Publish(spare_valid_, 1U);
  lane = spare_;
  Publish(spare_valid_, 0U);
}

void Ledger::Recover() {
  if (std::exchange(spare_valid_, 0U) != 0) lanes_[spare_producer_] = spare_;
  if (redo_.valid != 0) Apply();
}

}  // namespace ipc_hammer

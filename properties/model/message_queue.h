// MessageQueue: what the model believes to be queued in one direction, in the order of sending.
// Not thread-safe; keeps its memory when cleared.
#ifndef IPC_HAMMER_PROPERTIES_MODEL_MESSAGE_QUEUE_H_
#define IPC_HAMMER_PROPERTIES_MODEL_MESSAGE_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "properties/program/payload.h"

namespace ipc_hammer {

struct QueuedMessage {
  MessageId id;  // streams: sequence is the offset of the first byte that is left
  std::uint32_t size_bytes = 0;
  std::uint32_t priority = 0;
  bool droppable = false;  // it may never arrive, and that is no loss
  std::uint32_t way = 0;   // which endpoint it was sent through
};

class MessageQueue {
 public:
  void Clear() {
    items_.clear();
    head_ = bytes_ = owed_ = 0;
  }
  void Push(const QueuedMessage& message) {
    items_.push_back(message);
    bytes_ += message.size_bytes;
    owed_ += message.droppable ? 0 : 1;
  }
  bool empty() const { return head_ == items_.size(); }
  // None of them has to arrive any more.
  void MayAllBeDropped() {
    for (std::size_t i = head_; i < items_.size(); ++i) items_[i].droppable = true;
    owed_ = 0;
  }
  std::size_t messages() const { return items_.size() - head_; }
  std::size_t bytes() const { return bytes_; }
  std::size_t owed() const { return owed_; }  // messages that have to arrive
  std::span<const QueuedMessage> items() const { return std::span(items_).subspan(head_); }

  // The index of the message that has to come next: the first of the highest priority.
  // REQUIRES: !empty().
  std::size_t Next(bool by_priority) const {
    std::size_t best = 0;
    for (std::size_t i = 1; by_priority && i < messages(); ++i) {
      if (items()[i].priority > items()[best].priority) best = i;
    }
    return best;
  }

  // REQUIRES: index < messages().
  void Remove(std::size_t index) {
    bytes_ -= items()[index].size_bytes;
    owed_ -= items()[index].droppable ? 0 : 1;
    if (index == 0) {
      ++head_;
    } else {
      items_.erase(items_.begin() + static_cast<std::ptrdiff_t>(head_ + index));
    }
    if (empty()) Clear();
  }

  // Streams: takes `n` bytes off the front. REQUIRES: n <= bytes().
  void TakeBytes(std::size_t n) {
    bytes_ -= n;
    while (n > 0) {
      QueuedMessage& front = items_[head_];
      const auto taken = static_cast<std::uint32_t>(n < front.size_bytes ? n : front.size_bytes);
      front.size_bytes -= taken;
      front.id.sequence += taken;
      n -= taken;
      if (front.size_bytes != 0) continue;
      owed_ -= front.droppable ? 0 : 1;
      ++head_;
    }
    if (empty()) Clear();
  }

 private:
  std::vector<QueuedMessage> items_;
  std::size_t head_ = 0;  // items before it have been received
  std::size_t bytes_ = 0;
  std::size_t owed_ = 0;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_MODEL_MESSAGE_QUEUE_H_

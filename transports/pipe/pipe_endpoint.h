// The two ends of a pipe as endpoints. What holds for them is said in pipe.h.
//
// Ownership: an endpoint owns its descriptor, which must be non-blocking. Closing the direction
// closes the descriptor, once no thread is inside a system call on it.
#ifndef IPC_HAMMER_TRANSPORTS_PIPE_PIPE_ENDPOINT_H_
#define IPC_HAMMER_TRANSPORTS_PIPE_PIPE_ENDPOINT_H_

#include "transports/framing/stream_endpoint.h"
#include "transports/sys/file_descriptor.h"
#include "transports/sys/gate.h"

namespace ipc_hammer {

inline constexpr std::uint32_t kPipeProducersMax = 16;

inline constexpr std::size_t kPipeSlots = 16;        // PIPE_DEF_BUFFERS of the kernel
inline constexpr std::size_t kPipeSlotBytes = 4096;  // at least: one page
// One slot partly read, seven full pairs, and the sixteenth slot not yet begun but for one byte.
inline constexpr std::size_t kPipeFloorBytes = 1 + (kPipeSlots / 2 - 1) * (kPipeSlotBytes + 1) + 1;

// Whether a pipe, by one of its ends, has all those slots. Errors: kNoSpace (the system gives
// less), kSystem.
Result<void> CheckPipeSlots(int end);

class PipeProducer : public StreamEndpoint {
 public:
  explicit PipeProducer(FileDescriptor end) : end_(std::move(end)) {}

  Result<std::size_t> Send(std::span<const std::byte> payload, std::uint32_t priority,
                           Deadline deadline) override;
  Result<Received> Receive(std::span<std::byte> buffer, Deadline deadline) override;
  Result<void> CloseDirection(Direction direction) override;

  bool HasRoom(std::uint32_t peer, std::size_t bytes, std::size_t writes) override;
  Result<std::uint32_t> FirstPeer() override { return 0; }
  Result<std::size_t> SendTo(std::uint32_t peer, std::span<const std::byte> payload,
                             Deadline deadline) override;

 private:
  Gate gate_;
  FileDescriptor end_;
};

class PipeConsumer : public Endpoint {
 public:
  explicit PipeConsumer(FileDescriptor end) : end_(std::move(end)) {}

  Result<std::size_t> Send(std::span<const std::byte> payload, std::uint32_t priority,
                           Deadline deadline) override;
  Result<Received> Receive(std::span<std::byte> buffer, Deadline deadline) override;
  Result<void> CloseDirection(Direction direction) override;

 protected:
  // What it means that the pipe is empty and nobody can write: kPeerClosed here. A kind whose
  // writers may come and go answers false (nobody has come yet: wait) or true (somebody has come
  // meanwhile: read again). REQUIRES: the caller is inside Receive.
  virtual Result<bool> AtNoWriter();

  FileDescriptor end_;  // may be replaced in AtNoWriter

 private:
  Gate gate_;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_PIPE_PIPE_ENDPOINT_H_

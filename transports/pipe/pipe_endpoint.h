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

inline constexpr std::size_t kPipeSlots = 16;        // PIPE_DEF_BUFFERS of the kernel
inline constexpr std::size_t kPipeSlotBytes = 4096;  // at least: one page

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

 private:
  Gate gate_;
  FileDescriptor end_;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_PIPE_PIPE_ENDPOINT_H_

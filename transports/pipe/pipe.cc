#include "transports/pipe/pipe.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <array>

#include "transports/pipe/pipe_endpoint.h"
#include "transports/sys/channel_name.h"
#include "transports/sys/file_descriptor.h"

namespace ipc_hammer {
namespace {

constexpr Traits kTraits = {
    .shape = Shape::kBytes,
    .reach = Reach::kRelatives,
    .order = Order::kFifo,
    .producers_max = kPipeProducersMax,
    .consumers_max = 1,
    .end_of_file = EndOfFile::kPersistent,
    .send_needs_consumer = true,
    .floor_messages = kPipeFloorBytes,  // a Send is at least one byte, so bytes decide
    .floor_bytes = kPipeFloorBytes,
    .atomic_write_max = PIPE_BUF,
    .message_size_max = std::size_t{16} << 20,
    .mechanism = MechanismFamily::kPipe,
};

class PipeChannel : public Channel {
 public:
  PipeChannel(FileDescriptor read_end, FileDescriptor write_end)
      : read_end_(std::move(read_end)), write_end_(std::move(write_end)) {}

  Result<std::unique_ptr<Endpoint>> Attach(Role role, Deadline) override {
    const bool produces = role == Role::kProducer;
    std::uint32_t& attached = produces ? producers_ : consumers_;
    if (attached == (produces ? kTraits.producers_max : kTraits.consumers_max)) {
      return Fail(Errc::kInvalidArgument, "too many endpoints of that role");
    }
    if (!read_end_.is_open()) return Fail(Errc::kInvalidArgument, "attach after detach");
    Result<FileDescriptor> end = (produces ? write_end_ : read_end_).Duplicate();
    if (!end) return std::unexpected(end.error());
    ++attached;
    if (produces) return std::make_unique<PipeProducer>(*std::move(end));
    return std::make_unique<PipeConsumer>(*std::move(end));
  }

  void Detach() override {
    read_end_.Close();
    write_end_.Close();
  }

  Result<void> Unlink() override { return {}; }

 private:
  FileDescriptor read_end_;
  FileDescriptor write_end_;
  std::uint32_t producers_ = 0;
  std::uint32_t consumers_ = 0;
};

Result<std::unique_ptr<Channel>> CreatePipe(const ChannelName& name, const Options& options) {
  if (!IsChannelName(name.text)) return Fail(Errc::kInvalidArgument, "channel name");
  if (options.message_size_bytes > kTraits.message_size_max) {
    return Fail(Errc::kTooLarge, "message size");
  }
  std::array<int, 2> ends;
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return FailErrno("pipe2");
  FileDescriptor read_end(ends[0]);
  FileDescriptor write_end(ends[1]);
  if (Result<void> enough = CheckPipeSlots(read_end.get()); !enough) {
    return std::unexpected(enough.error());
  }
  return std::make_unique<PipeChannel>(std::move(read_end), std::move(write_end));
}

}  // namespace

TransportKind Pipe() {
  return {.name = "pipe",
          .summary = "pipe(2) as a byte stream, many to one, between relatives",
          .traits = kTraits,
          .create = CreatePipe,
          .open = nullptr,
          .unlink = nullptr};
}

}  // namespace ipc_hammer

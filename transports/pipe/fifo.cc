#include "transports/pipe/fifo.h"

#include <fcntl.h>
#include <limits.h>

#include <memory>
#include <string>
#include <utility>

#include "transports/pipe/fifo_consumer.h"
#include "transports/pipe/fifo_file.h"
#include "transports/pipe/pipe_endpoint.h"
#include "transports/sys/arguments.h"
#include "transports/sys/deadlines.h"
#include "transports/sys/file_descriptor.h"

namespace ipc_hammer {
namespace {

constexpr Traits kTraits = {
    .shape = Shape::kBytes,
    .reach = Reach::kStrangers,
    .order = Order::kFifo,
    .producers_max = kPipeProducersMax,
    .consumers_max = 1,
    .reopens_producer = true,
    .end_of_file = EndOfFile::kOnceEachGap,
    .send_needs_consumer = true,
    .floor_messages = kPipeFloorBytes,  // a Send is at least one byte, so bytes decide
    .floor_bytes = kPipeFloorBytes,
    .atomic_write_max = PIPE_BUF,
    .message_size_max = std::size_t{16} << 20,
    .keeps_roles_single = false,
    .mechanism = MechanismFamily::kFifo,
};

std::string PathOf(const ChannelName& name) { return name.folder + "/" + name.text + ".fifo"; }

// A producer that is counted by its channel for as long as it lives.
class CountedProducer : public PipeProducer {
 public:
  CountedProducer(FileDescriptor end, std::shared_ptr<void> count)
      : PipeProducer(std::move(end)), count_(std::move(count)) {}

 private:
  std::shared_ptr<void> count_;
};

// The writing end, once somebody reads.
template <typename Open>
Result<FileDescriptor> OpenWriter(Deadline deadline, Open open) {
  for (;;) {
    Result<FileDescriptor> end = open();
    if (end || end.error().code != Errc::kWouldBlock) return end;
    if (deadline.HasPassed()) return Fail(deadline.expired(), "open: nobody reads");
    SleepWithin(deadline, kFifoSlice);
  }
}

class FifoChannel : public Channel {
 public:
  FifoChannel(FifoFile file, FileDescriptor reader)
      : file_(std::move(file)), reader_(std::move(reader)) {}

  Result<std::unique_ptr<Endpoint>> Attach(Role role, Deadline deadline) override {
    return role == Role::kConsumer ? AttachConsumer() : AttachProducer(deadline);
  }
  void Detach() override {
    reader_.Close();
    file_.DropInChild();
  }
  Result<void> Unlink() override { return file_.Remove(); }

 private:
  // It shares the channel's own end, which has seen every producer there ever was.
  Result<std::unique_ptr<Endpoint>> AttachConsumer() {
    if (has_consumer_) return Fail(Errc::kInvalidArgument, "too many endpoints of that role");
    if (!reader_.is_open()) return Fail(Errc::kInvalidArgument, "attach after detach");
    Result<FileDescriptor> end = reader_.Duplicate();
    if (!end) return std::unexpected(end.error());
    has_consumer_ = true;
    return std::make_unique<FifoConsumer>(*std::move(end));
  }

  Result<std::unique_ptr<Endpoint>> AttachProducer(Deadline deadline) {
    if (producers_.use_count() > kPipeProducersMax) {
      return Fail(Errc::kInvalidArgument, "too many endpoints of that role");
    }
    Result<FileDescriptor> end =
        OpenWriter(deadline, [this] { return OpenFifoEnd(file_.place(), O_WRONLY); });
    if (!end) return std::unexpected(end.error());
    return std::make_unique<CountedProducer>(*std::move(end), producers_);
  }

  FifoFile file_;
  FileDescriptor reader_;
  bool has_consumer_ = false;
  std::shared_ptr<void> producers_ = std::make_shared<char>();  // one reference for each of ours
};

Result<std::unique_ptr<Channel>> Create(const ChannelName& name, const Options& options) {
  if (Result<void> checked = CheckArguments(name, options, kTraits); !checked) {
    return std::unexpected(checked.error());
  }
  Result<FifoFile> file = FifoFile::Make(PathOf(name), options.mode);
  if (!file) return std::unexpected(file.error());
  Result<FileDescriptor> reader = OpenFifoEnd(file->place(), O_RDONLY);
  if (!reader) return std::unexpected(reader.error());
  if (Result<void> enough = CheckPipeSlots(reader->get()); !enough) {
    return std::unexpected(enough.error());
  }
  return std::make_unique<FifoChannel>(*std::move(file), *std::move(reader));
}

Result<std::unique_ptr<Endpoint>> Open(const ChannelName& name, Role role, const Options& options,
                                       Deadline deadline) {
  if (!IsChannelName(name.text)) return Fail(Errc::kInvalidArgument, "channel name");
  const std::string path = PathOf(name);
  const bool produces = role == Role::kProducer;
  // A new look at the name each time: it may lead elsewhere by then.
  const auto open = [&] {
    return OpenFifoByName(path, produces ? O_WRONLY : O_RDONLY, options.mode);
  };
  Result<FileDescriptor> end = produces ? OpenWriter(deadline, open) : open();
  if (!end) return std::unexpected(end.error());
  if (Result<void> enough = CheckPipeSlots(end->get()); !enough) {
    return std::unexpected(enough.error());
  }
  if (produces) return std::make_unique<PipeProducer>(*std::move(end));
  return std::make_unique<FifoConsumer>(*std::move(end));
}

Result<void> Unlink(const ChannelName& name) {
  if (!IsChannelName(name.text)) return Fail(Errc::kInvalidArgument, "channel name");
  return FifoFile::RemoveLeftover(PathOf(name));
}

}  // namespace

TransportKind Fifo() {
  return {.name = "fifo",
          .summary = "named FIFO as a byte stream, many to one",
          .traits = kTraits,
          .create = Create,
          .open = Open,
          .unlink = Unlink};
}

}  // namespace ipc_hammer

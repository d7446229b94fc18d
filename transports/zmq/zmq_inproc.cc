#include "transports/zmq/zmq_inproc.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "transports/sys/arguments.h"
#include "transports/zmq/zmq_consumer.h"
#include "transports/zmq/zmq_limits.h"
#include "transports/zmq/zmq_producer.h"

namespace ipc_hammer {
namespace {

constexpr Traits kTraits = ZmqTraits(Reach::kThreads);

class ZmqInprocChannel : public Channel {
 public:
  ZmqInprocChannel(std::shared_ptr<ZmqContext> context, std::string address, ZmqSocket pull,
                   const Options& options)
      : context_(std::move(context)),
        address_(std::move(address)),
        options_(options),
        pull_(std::move(pull)) {}
  ~ZmqInprocChannel() override { Detach(); }

  Result<std::unique_ptr<Endpoint>> Attach(Role role, Deadline) override {
    if (!context_->is_ours()) return Fail(Errc::kInvalidArgument, "channel of another process");
    return role == Role::kConsumer ? AttachConsumer() : AttachProducer();
  }

  void Detach() override {
    if (pull_ && context_->is_ours()) is_consumer_gone_->store(true);
    pull_.reset();
  }

  Result<void> Unlink() override { return {}; }

 private:
  Result<std::unique_ptr<Endpoint>> AttachConsumer() {
    if (!pull_) return Fail(Errc::kInvalidArgument, "too many endpoints of that role");
    const Result<int> descriptor = pull_->Descriptor();
    if (!descriptor) return std::unexpected(descriptor.error());
    auto consumer = std::make_unique<ZmqConsumer>(*std::move(pull_), *descriptor, is_consumer_gone_,
                                                  options_.message_size_bytes);
    pull_.reset();
    return consumer;
  }

  Result<std::unique_ptr<Endpoint>> AttachProducer() {
    Result<ZmqSocket> socket = MakePush(context_, options_.capacity_messages);
    if (!socket) return std::unexpected(socket.error());
    // An address that nobody holds any more would be taken for a consumer that comes later. Without
    // a connection the first send says that there is none.
    if (!is_consumer_gone_->load()) {
      if (Result<void> connected = socket->Connect(address_); !connected) {
        return std::unexpected(connected.error());
      }
    }
    const Result<int> descriptor = socket->Descriptor();
    if (!descriptor) return std::unexpected(descriptor.error());
    return std::make_unique<ZmqProducer>(
        *std::move(socket), *descriptor,
        ConsumerWatch{.monitor = std::nullopt, .is_gone = is_consumer_gone_},
        options_.message_size_bytes);
  }

  const std::shared_ptr<ZmqContext> context_;
  const std::string address_;
  const Options options_;
  std::optional<ZmqSocket> pull_;  // until it is a consumer's
  const std::shared_ptr<std::atomic<bool>> is_consumer_gone_ =
      std::make_shared<std::atomic<bool>>(false);
};

Result<std::unique_ptr<Channel>> Create(const ChannelName& name, const Options& options) {
  if (Result<void> checked = CheckArguments(name, options, kTraits); !checked) {
    return std::unexpected(checked.error());
  }
  Result<std::shared_ptr<ZmqContext>> context = ZmqContext::New();
  if (!context) return std::unexpected(context.error());
  Result<ZmqSocket> pull =
      MakePull(*context, options.capacity_messages, options.message_size_bytes);
  if (!pull) return std::unexpected(pull.error());
  std::string address = (*context)->FreshAddress();
  if (Result<void> bound = pull->Bind(address); !bound) return std::unexpected(bound.error());
  return std::make_unique<ZmqInprocChannel>(*std::move(context), std::move(address),
                                            *std::move(pull), options);
}

}  // namespace

TransportKind ZmqInproc() {
  return {.name = "zmq_inproc",
          .summary = "ZeroMQ PUSH to PULL between the threads of one process",
          .traits = kTraits,
          .create = Create,
          .open = nullptr,
          .unlink = nullptr};
}

}  // namespace ipc_hammer

#include "transports/socket/listening.h"

#include <sys/socket.h>

#include <memory>
#include <optional>
#include <utility>

#include "transports/socket/payload_rule.h"
#include "transports/socket/socket_file.h"
#include "transports/socket/stream_consumer.h"
#include "transports/socket/stream_producer.h"
#include "transports/socket/stream_socket.h"
#include "transports/sys/arguments.h"
#include "transports/sys/file_descriptor.h"

namespace ipc_hammer {
namespace {

PayloadRule RuleFor(const ListeningKind& kind, const Options& options) {
  return kind.traits.shape == Shape::kBytes ? PayloadRule::Stream()
                                            : PayloadRule::Messages(options.message_size_bytes);
}

class ListeningChannel : public Channel {
 public:
  ListeningChannel(const ListeningKind& kind, PayloadRule rule, const SocketAddress& address,
                   FileDescriptor listener, std::optional<SocketFile> file)
      : kind_(kind),
        rule_(rule),
        address_(address),
        file_(std::move(file)),
        listener_(std::move(listener)) {}

  Result<std::unique_ptr<Endpoint>> Attach(Role role, Deadline deadline) override {
    return role == Role::kConsumer ? AttachConsumer() : AttachProducer(deadline);
  }
  void Detach() override {
    listener_.Close();
    if (file_) file_->DropInChild();
  }
  Result<void> Unlink() override {
    // A name without a file lasts as long as the socket that is bound to it.
    return file_ ? file_->Remove() : Result<void>();
  }

 private:
  Result<std::unique_ptr<Endpoint>> AttachConsumer() {
    if (has_consumer_) return Fail(Errc::kInvalidArgument, "too many endpoints of that role");
    if (!listener_.is_open()) return Fail(Errc::kInvalidArgument, "attach after detach");
    Result<FileDescriptor> listener = listener_.Duplicate();
    if (!listener) return std::unexpected(listener.error());
    has_consumer_ = true;
    return std::make_unique<StreamConsumer>(*kind_.family, *std::move(listener),
                                            kind_.traits.producers_max, rule_);
  }

  Result<std::unique_ptr<Endpoint>> AttachProducer(Deadline deadline) {
    if (producers_.use_count() > kind_.traits.producers_max) {
      return Fail(Errc::kInvalidArgument, "too many endpoints of that role");
    }
    Result<FileDescriptor> socket = ConnectStream(*kind_.family, address_.ref(), deadline);
    if (!socket) {
      const Error& error = socket.error();
      // What has no file to keep its name may be another user's by now.
      const bool gone =
          error.code == Errc::kNotFound || (error.code == Errc::kPermission && !file_);
      return Fail(gone ? Errc::kPeerClosed : error.code, error.call, error.sys_errno);
    }
    return std::make_unique<StreamProducer>(*kind_.family, *std::move(socket), producers_, rule_);
  }

  const ListeningKind kind_;
  const PayloadRule rule_;
  const SocketAddress address_;
  std::optional<SocketFile> file_;
  FileDescriptor listener_;  // closed before the file's name is given free
  bool has_consumer_ = false;
  std::shared_ptr<void> producers_ = std::make_shared<char>();  // one reference for each of ours
};

Result<std::unique_ptr<Channel>> Create(const ListeningKind& kind, const ChannelName& name,
                                        const Options& options) {
  if (Result<void> checked = CheckArguments(name, options, kind.traits); !checked) {
    return std::unexpected(checked.error());
  }
  const Result<SocketAddress> address = kind.names.address(name);
  if (!address) return std::unexpected(address.error());
  Result<FileDescriptor> socket = NewStreamSocket(*kind.family);
  if (!socket) return std::unexpected(socket.error());
  const int backlog = static_cast<int>(kind.traits.producers_max);
  Result<std::optional<SocketFile>> file =
      kind.names.listen(socket->get(), name, options.mode, backlog);
  if (!file) return std::unexpected(file.error());
  return std::make_unique<ListeningChannel>(kind, RuleFor(kind, options), *address,
                                            *std::move(socket), *std::move(file));
}

Result<std::unique_ptr<Endpoint>> Open(const ListeningKind& kind, const ChannelName& name,
                                       Role role, const Options& options, Deadline deadline) {
  if (role == Role::kConsumer) return Fail(Errc::kInvalidArgument, "the creator is the consumer");
  if (Result<void> checked = CheckArguments(name, options, kind.traits); !checked) {
    return std::unexpected(checked.error());
  }
  const Result<SocketAddress> address = kind.names.address(name);
  if (!address) return std::unexpected(address.error());
  Result<FileDescriptor> socket = ConnectStream(*kind.family, address->ref(), deadline);
  if (!socket) return std::unexpected(socket.error());
  return std::make_unique<StreamProducer>(*kind.family, *std::move(socket), nullptr,
                                          RuleFor(kind, options));
}

}  // namespace

TransportKind Listening(const ListeningKind& kind) {
  return {.name = {},
          .summary = {},
          .traits = kind.traits,
          .create = [kind](const ChannelName& name,
                           const Options& options) { return Create(kind, name, options); },
          .open = [kind](const ChannelName& name, Role role, const Options& options,
                         Deadline deadline) { return Open(kind, name, role, options, deadline); },
          .unlink = kind.names.unlink};
}

}  // namespace ipc_hammer

#include "transports/socket/unix_stream.h"

#include <sys/socket.h>

#include <fstream>
#include <memory>
#include <optional>
#include <string>

#include "transports/socket/socket_file.h"
#include "transports/socket/stream_consumer.h"
#include "transports/socket/stream_producer.h"
#include "transports/socket/stream_socket.h"
#include "transports/socket/unix_address.h"
#include "transports/socket/unix_family.h"
#include "transports/sys/file_descriptor.h"

namespace ipc_hammer {
namespace {

constexpr std::uint32_t kProducersMax = 16;
constexpr int kSendBufferBytesMin = 212992;

constexpr Traits kTraits = {
    .shape = Shape::kBytes,
    .reach = Reach::kStrangers,
    .order = Order::kPerProducer,
    .producers_max = kProducersMax,
    .consumers_max = 1,
    .duplex = true,
    .connections = true,
    .consumer_is_creator = true,
    .reopens_producer = true,
    .end_of_file = EndOfFile::kOnceEachGap,
    .send_needs_consumer = true,
    .floor_messages = 64,
    .floor_bytes = std::size_t{64} << 10,
    .message_size_max = std::size_t{16} << 20,
};

using MakeAddress = Result<UnixAddress> (*)(const ChannelName&);

const ConnectionFamily& FamilyOf(const UnixAddress& address) {
  return address.is_abstract() ? kUnixStreamAbstractFamily : kUnixStreamFamily;
}

class UnixStreamChannel : public Channel {
 public:
  UnixStreamChannel(const UnixAddress& address, FileDescriptor listener,
                    std::optional<SocketFile> file)
      : address_(address), file_(std::move(file)), listener_(std::move(listener)) {}

  Result<std::unique_ptr<Endpoint>> Attach(Role role, Deadline deadline) override {
    return role == Role::kConsumer ? AttachConsumer() : AttachProducer(deadline);
  }
  void Detach() override {
    listener_.Close();
    if (file_) file_->DropInChild();
  }
  Result<void> Unlink() override {
    // An abstract name lasts as long as the socket that is bound to it.
    return file_ ? file_->Remove() : Result<void>();
  }

 private:
  Result<std::unique_ptr<Endpoint>> AttachConsumer() {
    if (has_consumer_) return Fail(Errc::kInvalidArgument, "too many endpoints of that role");
    if (!listener_.is_open()) return Fail(Errc::kInvalidArgument, "attach after detach");
    Result<FileDescriptor> listener = listener_.Duplicate();
    if (!listener) return std::unexpected(listener.error());
    has_consumer_ = true;
    return std::make_unique<StreamConsumer>(FamilyOf(address_), *std::move(listener),
                                            kProducersMax);
  }

  Result<std::unique_ptr<Endpoint>> AttachProducer(Deadline deadline) {
    if (producers_.use_count() > kProducersMax) {
      return Fail(Errc::kInvalidArgument, "too many endpoints of that role");
    }
    Result<FileDescriptor> socket = ConnectStream(FamilyOf(address_), address_.ref(), deadline);
    if (!socket) {
      const Error& error = socket.error();
      const bool gone = error.code == Errc::kNotFound;
      return Fail(gone ? Errc::kPeerClosed : error.code, error.call, error.sys_errno);
    }
    return std::make_unique<StreamProducer>(FamilyOf(address_), *std::move(socket), producers_);
  }

  const UnixAddress address_;
  std::optional<SocketFile> file_;
  FileDescriptor listener_;  // closed before the file's name is given free
  bool has_consumer_ = false;
  std::shared_ptr<void> producers_ = std::make_shared<char>();  // one reference for each of ours
};

Result<void> CheckSendBuffer(int socket) {
  int bytes = 0;
  socklen_t size = sizeof(bytes);
  if (::getsockopt(socket, SOL_SOCKET, SO_SNDBUF, &bytes, &size) != 0) {
    return FailErrno("getsockopt");
  }
  if (bytes < kSendBufferBytesMin) return Fail(Errc::kNoSpace, "net.core.wmem_default is too low");
  return {};
}

Result<std::optional<SocketFile>> BindTo(int socket, const UnixAddress& address, mode_t mode) {
  if (address.is_abstract()) {
    if (::bind(socket, address.data(), address.size()) != 0) return FailErrno("bind");
    return std::nullopt;
  }
  Result<SocketFile> file = SocketFile::Bind(socket, address, mode);
  if (!file) return std::unexpected(file.error());
  return *std::move(file);
}

Result<std::unique_ptr<Channel>> CreateAt(MakeAddress make_address, const ChannelName& name,
                                          const Options& options) {
  const Result<UnixAddress> address = make_address(name);
  if (!address) return std::unexpected(address.error());
  if (options.message_size_bytes > kTraits.message_size_max) {
    return Fail(Errc::kTooLarge, "message size");
  }
  Result<FileDescriptor> socket = NewStreamSocket(FamilyOf(*address));
  if (!socket) return std::unexpected(socket.error());
  if (Result<void> enough = CheckSendBuffer(socket->get()); !enough) {
    return std::unexpected(enough.error());
  }
  Result<std::optional<SocketFile>> file = BindTo(socket->get(), *address, options.mode);
  if (!file) return std::unexpected(file.error());
  if (::listen(socket->get(), static_cast<int>(kProducersMax)) != 0) return FailErrno("listen");
  return std::make_unique<UnixStreamChannel>(*address, *std::move(socket), *std::move(file));
}

Result<std::unique_ptr<Endpoint>> OpenAt(MakeAddress make_address, const ChannelName& name,
                                         Role role, Deadline deadline) {
  if (role == Role::kConsumer) return Fail(Errc::kInvalidArgument, "the creator is the consumer");
  const Result<UnixAddress> address = make_address(name);
  if (!address) return std::unexpected(address.error());
  Result<FileDescriptor> socket = ConnectStream(FamilyOf(*address), address->ref(), deadline);
  if (!socket) return std::unexpected(socket.error());
  if (!FamilyOf(*address).is_welcome(socket->get())) {
    return Fail(Errc::kPermission, "listener of another user");
  }
  return std::make_unique<StreamProducer>(FamilyOf(*address), *std::move(socket), nullptr);
}

// Nothing can be left under an abstract name. To look by connecting would be heard by the owner,
// and to look by binding would take the name for a moment, so the kernel's list is read.
Result<void> UnlinkAbstract(const ChannelName& name) {
  const Result<UnixAddress> address = UnixAddress::Abstract(name);
  if (!address) return std::unexpected(address.error());
  std::ifstream sockets("/proc/net/unix");
  if (!sockets) return Fail(Errc::kSystem, "/proc/net/unix");
  const std::string wanted = " @" + address->text();
  for (std::string line; std::getline(sockets, line);) {
    if (line.ends_with(wanted)) return Fail(Errc::kExists, "a living process listens");
  }
  return Fail(Errc::kNotFound, "abstract name");
}

Result<void> UnlinkPath(const ChannelName& name) {
  const Result<UnixAddress> address = UnixAddress::Path(name);
  if (!address) return std::unexpected(address.error());
  return SocketFile::RemoveLeftover(*address);
}

TransportKind KindAt(MakeAddress make_address) {
  TransportKind kind;
  kind.traits = kTraits;
  kind.create = [make_address](const ChannelName& name, const Options& options) {
    return CreateAt(make_address, name, options);
  };
  kind.open = [make_address](const ChannelName& name, Role role, const Options&,
                             Deadline deadline) {
    return OpenAt(make_address, name, role, deadline);
  };
  return kind;
}

}  // namespace

TransportKind UnixStream() {
  TransportKind kind = KindAt(&UnixAddress::Path);
  kind.name = "unix_stream";
  kind.summary = "AF_UNIX stream socket with a socket file, many to one, both ways";
  kind.unlink = UnlinkPath;
  return kind;
}

TransportKind UnixStreamAbstract() {
  TransportKind kind = KindAt(&UnixAddress::Abstract);
  kind.name = "unix_abstract";
  kind.summary = "AF_UNIX stream socket with an abstract name, many to one, both ways";
  kind.unlink = UnlinkAbstract;
  return kind;
}

}  // namespace ipc_hammer

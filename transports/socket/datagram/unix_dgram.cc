#include "transports/socket/datagram/unix_dgram.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "transports/socket/datagram/datagram_endpoint.h"
#include "transports/socket/datagram/datagram_socket.h"
#include "transports/socket/datagram/peer_owner.h"
#include "transports/socket/payload_rule.h"
#include "transports/socket/send_buffer.h"
#include "transports/socket/socket_file.h"
#include "transports/socket/unix_address.h"
#include "transports/socket/unix_name.h"
#include "transports/sys/arguments.h"
#include "transports/sys/file_descriptor.h"
#include "transports/sys/proc_file.h"

namespace ipc_hammer {
namespace {

constexpr int kQueueLengthMin = 10;  // the kernel's default

constexpr Traits kTraits = {
    .shape = Shape::kMessages,
    .reach = Reach::kStrangers,
    .order = Order::kFifo,
    .producers_max = std::numeric_limits<std::uint32_t>::max(),
    .consumers_max = 1,
    .consumer_is_creator = true,
    .reopens_producer = true,
    .end_of_file = EndOfFile::kNever,
    .send_needs_consumer = true,
    .floor_messages = kQueueLengthMin + 1,
    .floor_bytes = kUnixFloorBytes,
    .message_size_max = kUnixMessageSizeMax,
    .mechanism = MechanismFamily::kSocket,
};

Result<FileDescriptor> NewSocket() {
  FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.is_open()) return FailErrno("socket");
  return socket;
}

// A socket has the length that the system has when it is made.
Result<void> CheckQueueLength() {
  const Result<std::string> setting = ReadProcFile("/proc/sys/net/unix/max_dgram_qlen");
  if (!setting) {
    // That it is missing does not mean that the channel was not found.
    const Error& error = setting.error();
    const bool is_missing = error.code == Errc::kNotFound;
    return Fail(is_missing ? Errc::kSystem : error.code, error.call, error.sys_errno);
  }
  int length = 0;
  std::from_chars(setting->data(), setting->data() + setting->size(), length);
  if (length < kQueueLengthMin) return Fail(Errc::kNoSpace, "net.unix.max_dgram_qlen is too low");
  return {};
}

// A producer's socket. Errors: kNotFound, kPermission, kNoSpace, kCorrupt (a socket of another
// type), kSystem.
Result<FileDescriptor> ConnectTo(const UnixAddress& address) {
  Result<FileDescriptor> socket = NewSocket();
  if (!socket) return socket;
  int result = 0;
  do {
    result = ::connect(socket->get(), address.data(), address.size());
  } while (result != 0 && errno == EINTR);
  if (result != 0 && errno == EPROTOTYPE) return Fail(Errc::kCorrupt, "connect", errno);
  if (result != 0) return FailErrno("connect");
  if (!address.is_abstract()) return socket;
  const Result<uid_t> owner = PeerOwner(socket->get());
  if (!owner) return std::unexpected(owner.error());
  if (*owner != ::geteuid()) return Fail(Errc::kPermission, "receiver of another user");
  return socket;
}

class DgramChannel : public Channel {
 public:
  DgramChannel(PayloadRule rule, const UnixAddress& address, FileDescriptor socket,
               std::optional<SocketFile> file)
      : rule_(rule), address_(address), file_(std::move(file)), socket_(std::move(socket)) {}

  Result<std::unique_ptr<Endpoint>> Attach(Role role, Deadline) override {
    return role == Role::kConsumer ? AttachConsumer() : AttachProducer();
  }
  void Detach() override {
    socket_.Close();
    if (file_) file_->DropInChild();
  }
  Result<void> Unlink() override {
    // An abstract name lasts as long as the socket that is bound to it.
    return file_ ? file_->Remove() : Result<void>();
  }

 private:
  Result<std::unique_ptr<Endpoint>> AttachConsumer() {
    if (has_consumer_) return Fail(Errc::kInvalidArgument, "too many endpoints of that role");
    if (!socket_.is_open()) return Fail(Errc::kInvalidArgument, "attach after detach");
    Result<FileDescriptor> socket = socket_.Duplicate();
    if (!socket) return std::unexpected(socket.error());
    has_consumer_ = true;
    const ReceiveOne receive_one =
        address_.is_abstract() ? &ReceiveOwnUsersDatagram : &ReceiveDatagram;
    return std::make_unique<DatagramConsumer>(*std::move(socket), receive_one, rule_);
  }

  Result<std::unique_ptr<Endpoint>> AttachProducer() {
    Result<FileDescriptor> socket = ConnectTo(address_);
    if (!socket) {
      const Error& error = socket.error();
      const bool gone = error.code == Errc::kNotFound;
      return Fail(gone ? Errc::kPeerClosed : error.code, error.call, error.sys_errno);
    }
    return std::make_unique<DatagramProducer>(*std::move(socket), rule_);
  }

  const PayloadRule rule_;
  const UnixAddress address_;
  std::optional<SocketFile> file_;
  FileDescriptor socket_;  // closed before the file's name is given free
  bool has_consumer_ = false;
};

// The receiving socket, not yet bound.
Result<FileDescriptor> NewReceiver(UnixNaming naming) {
  Result<FileDescriptor> socket = NewSocket();
  if (!socket) return socket;
  if (Result<void> enough = CheckSendBuffer(socket->get()); !enough) {
    return std::unexpected(enough.error());
  }
  if (Result<void> enough = CheckQueueLength(); !enough) return std::unexpected(enough.error());
  const int on = 1;
  if (naming == UnixNaming::kAbstract &&
      ::setsockopt(socket->get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) != 0) {
    return FailErrno("setsockopt");
  }
  return socket;
}

Result<std::unique_ptr<Channel>> Create(UnixNaming naming, const ChannelName& name,
                                        const Options& options) {
  if (Result<void> checked = CheckArguments(name, options, kTraits); !checked) {
    return std::unexpected(checked.error());
  }
  const Result<UnixAddress> address = AddressFor(naming, name);
  if (!address) return std::unexpected(address.error());
  Result<FileDescriptor> socket = NewReceiver(naming);
  if (!socket) return std::unexpected(socket.error());
  Result<std::optional<SocketFile>> file = BindTo(socket->get(), *address, options.mode);
  if (!file) return std::unexpected(file.error());
  return std::make_unique<DgramChannel>(PayloadRule::Messages(options.message_size_bytes), *address,
                                        *std::move(socket), *std::move(file));
}

Result<std::unique_ptr<Endpoint>> Open(UnixNaming naming, const ChannelName& name, Role role,
                                       const Options& options) {
  if (role == Role::kConsumer) return Fail(Errc::kInvalidArgument, "the creator is the consumer");
  if (Result<void> checked = CheckArguments(name, options, kTraits); !checked) {
    return std::unexpected(checked.error());
  }
  const Result<UnixAddress> address = AddressFor(naming, name);
  if (!address) return std::unexpected(address.error());
  if (Result<void> own = CheckOwner(*address, options.mode); !own) {
    return std::unexpected(own.error());
  }
  Result<FileDescriptor> socket = ConnectTo(*address);
  if (!socket) return std::unexpected(socket.error());
  return std::make_unique<DatagramProducer>(*std::move(socket),
                                            PayloadRule::Messages(options.message_size_bytes));
}

TransportKind Named(const char* name, const char* summary, UnixNaming naming) {
  return {
      .name = name,
      .summary = summary,
      .traits = kTraits,
      .create = [naming](const ChannelName& channel,
                         const Options& options) { return Create(naming, channel, options); },
      .open = [naming](const ChannelName& channel, Role role, const Options& options,
                       Deadline) { return Open(naming, channel, role, options); },
      .unlink =
          [naming](const ChannelName& channel) { return UnlinkName(naming, SOCK_DGRAM, channel); }};
}

}  // namespace

TransportKind UnixDgram() {
  return Named("unix_dgram", "AF_UNIX datagrams to a socket file, many to one, reliable",
               UnixNaming::kPath);
}

TransportKind UnixDgramAbstract() {
  return Named("unix_dgram_abstract",
               "AF_UNIX datagrams to an abstract name, many to one, reliable",
               UnixNaming::kAbstract);
}

}  // namespace ipc_hammer

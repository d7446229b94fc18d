#include "transports/shared_memory/memfd/shm_memfd.h"

#include <unistd.h>

#include <memory>
#include <utility>

#include "transports/shared_memory/memfd/descriptor_server.h"
#include "transports/shared_memory/memfd/sealed_memfd.h"
#include "transports/shared_memory/message_ring.h"
#include "transports/shared_memory/ring_channel.h"
#include "transports/socket/unix_address.h"
#include "transports/sys/arguments.h"

namespace ipc_hammer {
namespace {

constexpr char kName[] = "shm_memfd";

// As other rings, but for a file that nobody finds once its processes have gone.
constexpr Traits kTraits = [] {
  Traits traits = kRingTraits;
  traits.persistence = Persistence::kProcess;
  return traits;
}();

// The name of a RingChannel: it lasts as long as it is served.
class ServedName {
 public:
  explicit ServedName(std::unique_ptr<DescriptorServer> server)
      : server_(std::move(server)), owner_(getpid()) {}

  Result<void> Remove() {
    if (owner_ != getpid()) return Fail(Errc::kPermission, "only the creator removes the name");
    server_->Stop();
    return {};
  }
  void DropInChild() {
    if (owner_ != getpid()) server_->Stop();
  }

 private:
  std::unique_ptr<DescriptorServer> server_;
  pid_t owner_;
};

Result<std::unique_ptr<Channel>> Create(const ChannelName& name, const Options& options) {
  if (Result<void> checked = CheckArguments(name, options, kTraits); !checked) {
    return std::unexpected(checked.error());
  }
  const Result<RingGeometry> geometry =
      RingGeometryFor(options.capacity_messages, options.message_size_bytes);
  if (!geometry) return std::unexpected(geometry.error());
  const Result<UnixAddress> address = UnixAddress::Abstract(name, kName);
  if (!address) return std::unexpected(address.error());

  Result<FileDescriptor> bound = BindServerName(*address);
  if (!bound) return std::unexpected(bound.error());
  Result<FileDescriptor> file = MakeSealedMemfd(geometry->size_bytes, options.mode);
  if (!file) return std::unexpected(file.error());
  Result<MessageRing> ring = MessageRing::Create(file->get(), *geometry);
  if (!ring) return std::unexpected(ring.error());
  Result<std::unique_ptr<DescriptorServer>> server =
      DescriptorServer::Start(*std::move(bound), *std::move(file), options.mode);
  if (!server) return std::unexpected(server.error());
  return std::make_unique<RingChannel<ServedName>>(ServedName(*std::move(server)),
                                                   std::make_shared<MessageRing>(*std::move(ring)));
}

Result<std::unique_ptr<Endpoint>> Open(const ChannelName& name, Role role, const Options& options,
                                       Deadline deadline) {
  const Result<UnixAddress> address = UnixAddress::Abstract(name, kName);
  if (!address) return std::unexpected(address.error());
  const Result<FileDescriptor> file = FetchDescriptor(*address, options.mode, deadline);
  if (!file) return std::unexpected(file.error());
  const Result<std::uint64_t> size_bytes = CheckSealedMemfd(file->get());
  if (!size_bytes) return std::unexpected(size_bytes.error());
  Result<MessageRing> ring = MessageRing::Open(file->get(), *size_bytes);
  if (!ring) return std::unexpected(ring.error());
  return OpenRingEndpoint(*std::move(ring), role, options);
}

// A name that answers is a living process's, and one that does not is none.
Result<void> Unlink(const ChannelName& name) {
  const Result<UnixAddress> address = UnixAddress::Abstract(name, kName);
  if (!address) return std::unexpected(address.error());
  const Result<FileDescriptor> file = FetchDescriptor(*address, 0600, Deadline::Now());
  if (!file && file.error().code == Errc::kNotFound) return std::unexpected(file.error());
  return Fail(Errc::kExists, "a living process serves the name");
}

}  // namespace

TransportKind ShmMemfd() {
  return {.name = kName,
          .summary = "message ring in a sealed memory file, handed over by SCM_RIGHTS",
          .traits = kTraits,
          .create = Create,
          .open = Open,
          .unlink = Unlink};
}

}  // namespace ipc_hammer

#include "transports/shared_memory/shm_posix.h"

#include <memory>
#include <utility>

#include "transports/shared_memory/message_ring.h"
#include "transports/shared_memory/ring_channel.h"
#include "transports/sys/arguments.h"
#include "transports/sys/shm_file.h"

namespace ipc_hammer {
namespace {

constexpr char kName[] = "shm_posix";

Result<std::unique_ptr<Channel>> Create(const ChannelName& name, const Options& options) {
  Result<void> checked = CheckShmName(name.text);
  if (checked) checked = CheckArguments(name, options, kRingTraits);
  if (!checked) return std::unexpected(checked.error());
  const Result<RingGeometry> geometry =
      RingGeometryFor(options.capacity_messages, options.message_size_bytes);
  if (!geometry) return std::unexpected(geometry.error());

  Result<ShmName> owned = ShmName::Claim(name.text, ShmLockOf(name.text, kName));
  if (!owned) return std::unexpected(owned.error());
  const Result<FileDescriptor> file = MakeShmFile(geometry->size_bytes, options.mode);
  if (!file) return std::unexpected(file.error());
  return PublishRing<MessageRing>(*std::move(owned), *file, *geometry);
}

Result<std::unique_ptr<Endpoint>> Open(const ChannelName& name, Role role, const Options& options,
                                       Deadline) {
  if (Result<void> checked = CheckShmName(name.text); !checked)
    return std::unexpected(checked.error());
  struct stat status;
  const Result<FileDescriptor> file = OpenShmFile(name.text, options.mode, &status);
  if (!file) return std::unexpected(file.error());
  Result<MessageRing> ring =
      MessageRing::Open(file->get(), static_cast<std::uint64_t>(status.st_size));
  if (!ring) return std::unexpected(ring.error());
  return OpenRingEndpoint(*std::move(ring), role, options);
}

Result<void> Unlink(const ChannelName& name) {
  if (Result<void> checked = CheckShmName(name.text); !checked) return checked;
  return RemoveShmLeftover(name.text, ShmLockOf(name.text, kName));
}

}  // namespace

TransportKind ShmPosix() {
  return {.name = kName,
          .summary = "message ring in POSIX shared memory, robust lock, futex waits",
          .traits = kRingTraits,
          .create = Create,
          .open = Open,
          .unlink = Unlink};
}

}  // namespace ipc_hammer

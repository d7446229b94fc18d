#include "transports/shared_memory/sysv/shm_sysv.h"

#include <memory>
#include <utility>

#include "transports/shared_memory/message_ring.h"
#include "transports/shared_memory/ring_channel.h"
#include "transports/shared_memory/sysv/sysv_ring_lock.h"
#include "transports/shared_memory/sysv/sysv_ring_objects.h"
#include "transports/sys/arguments.h"
#include "transports/sys/mapping.h"

namespace ipc_hammer {
namespace {

constexpr char kName[] = "shm_sysv";
constexpr mode_t kOwnersBits = 0600;

Result<MessageRing> OpenRing(int segment, int set) {
  Result<Mapping> mapping = Mapping::Segment(segment);
  if (!mapping) return std::unexpected(mapping.error());
  return MessageRing::Open(*std::move(mapping), SysvRingLock(set));
}

Result<MessageRing> MakeRing(SysvRingObjects& objects, key_t key, const RingGeometry& geometry,
                             mode_t mode) {
  if (Result<void> made = objects.MakeSegment(key, geometry.size_bytes, mode); !made) {
    return std::unexpected(made.error());
  }
  Result<Mapping> mapping = Mapping::Segment(objects.segment());
  if (!mapping) return std::unexpected(mapping.error());
  // Filled before there is a lock, and let go of again: from here on it is used as any opener does.
  MessageRing::Create(*std::move(mapping), geometry, MakeRobustRingLock);
  if (Result<void> made = objects.MakeSet(key, mode); !made) return std::unexpected(made.error());
  return OpenRing(objects.segment(), objects.set());
}

Result<std::unique_ptr<Channel>> Create(const ChannelName& name, const Options& options) {
  if (Result<void> checked = CheckArguments(name, options, kRingTraits); !checked) {
    return std::unexpected(checked.error());
  }
  if ((options.mode & kOwnersBits) != kOwnersBits) {
    return Fail(Errc::kInvalidArgument, "the mode keeps the owner out");
  }
  const Result<RingGeometry> geometry =
      RingGeometryFor(options.capacity_messages, options.message_size_bytes);
  if (!geometry) return std::unexpected(geometry.error());

  Result<SysvOwner> owner = SysvOwner::Claim(kName, name.text);
  if (!owner) return std::unexpected(owner.error());
  const key_t key = SysvKey(kName, name.text);
  const Result<void> removed = RemoveSysvRingLeftover(key);
  if (!removed && removed.error().code != Errc::kNotFound) return std::unexpected(removed.error());
  SysvRingObjects objects(*std::move(owner));
  Result<MessageRing> ring = MakeRing(objects, key, *geometry, options.mode);
  if (!ring) return std::unexpected(ring.error());
  return std::make_unique<RingChannel<SysvRingObjects>>(
      std::move(objects), std::make_shared<MessageRing>(*std::move(ring)));
}

Result<std::unique_ptr<Endpoint>> Open(const ChannelName& name, Role role, const Options& options,
                                       Deadline) {
  if (!IsChannelName(name.text)) return Fail(Errc::kInvalidArgument, "channel name");
  const Result<SysvRingIds> ids = FindSysvRing(SysvKey(kName, name.text), options.mode);
  if (!ids) return std::unexpected(ids.error());
  Result<MessageRing> ring = OpenRing(ids->segment, ids->set);
  if (!ring) return std::unexpected(ring.error());
  return OpenRingEndpoint(*std::move(ring), role, options);
}

Result<void> Unlink(const ChannelName& name) {
  if (!IsChannelName(name.text)) return Fail(Errc::kInvalidArgument, "channel name");
  const Result<SysvOwner> owner = SysvOwner::Claim(kName, name.text);
  if (!owner) return std::unexpected(owner.error());
  return RemoveSysvRingLeftover(SysvKey(kName, name.text));
}

}  // namespace

TransportKind ShmSysv() {
  return {.name = kName,
          .summary = "message ring in System V shared memory, semaphore with SEM_UNDO as its lock",
          .traits = kRingTraits,
          .create = Create,
          .open = Open,
          .unlink = Unlink};
}

}  // namespace ipc_hammer

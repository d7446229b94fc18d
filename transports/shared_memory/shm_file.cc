#include "transports/shared_memory/shm_file.h"

#include <memory>
#include <string>
#include <utility>

#include "transports/shared_memory/message_ring.h"
#include "transports/shared_memory/ring_channel.h"
#include "transports/sys/arguments.h"
#include "transports/sys/named_file.h"

namespace ipc_hammer {
namespace {

// As other rings, but in a file.
constexpr Traits kTraits = [] {
  Traits traits = kRingTraits;
  traits.persistence = Persistence::kFileSystem;
  return traits;
}();

std::string PathOf(const ChannelName& name) { return name.folder + "/" + name.text + ".shm"; }
std::string LockOf(const ChannelName& name) { return PathOf(name) + ".lock"; }

Result<void> CheckName(const ChannelName& name) {
  // A NUL would cut the path short.
  if (!IsChannelName(name.text) || name.folder.find('\0') != std::string::npos) {
    return Fail(Errc::kInvalidArgument, "channel name");
  }
  return {};
}

std::unexpected<Error> FailFolder(const Error& error) {
  const bool no_folder = error.code == Errc::kNotFound;
  return Fail(no_folder ? Errc::kInvalidArgument : error.code, error.call, error.sys_errno);
}

Result<std::unique_ptr<Channel>> Create(const ChannelName& name, const Options& options) {
  Result<void> checked = CheckName(name);
  if (checked) checked = CheckArguments(name, options, kTraits);
  if (!checked) return std::unexpected(checked.error());
  const Result<RingGeometry> geometry =
      RingGeometryFor(options.capacity_messages, options.message_size_bytes);
  if (!geometry) return std::unexpected(geometry.error());

  Result<NamedFile> owned = NamedFile::Claim(PathOf(name), LockOf(name));
  if (!owned) return FailFolder(owned.error());
  const Result<FileDescriptor> file =
      MakeUnnamedFile(name.folder, geometry->size_bytes, options.mode);
  if (!file) return FailFolder(file.error());
  return PublishRing<MessageRing>(*std::move(owned), *file, *geometry);
}

Result<std::unique_ptr<Endpoint>> Open(const ChannelName& name, Role role, const Options& options,
                                       Deadline) {
  if (Result<void> checked = CheckName(name); !checked) return std::unexpected(checked.error());
  struct stat status;
  const Result<FileDescriptor> file = OpenNamedFile(PathOf(name), options.mode, &status);
  if (!file) return std::unexpected(file.error());
  Result<MessageRing> ring =
      MessageRing::Open(file->get(), static_cast<std::uint64_t>(status.st_size));
  if (!ring) return std::unexpected(ring.error());
  return OpenRingEndpoint(*std::move(ring), role, options);
}

Result<void> Unlink(const ChannelName& name) {
  if (Result<void> checked = CheckName(name); !checked) return checked;
  return RemoveFileLeftover(PathOf(name), LockOf(name));
}

}  // namespace

TransportKind ShmFile() {
  return {.name = "shm_file",
          .summary = "message ring in a mapped regular file, robust lock, futex waits",
          .traits = kTraits,
          .create = Create,
          .open = Open,
          .unlink = Unlink};
}

}  // namespace ipc_hammer

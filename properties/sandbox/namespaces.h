// Namespaces: makes a process in new namespaces and furnishes them from the inside.
//
// Used by EnterSandbox only, in single-threaded processes. Sources: namespaces(7),
// user_namespaces(7), mount_namespaces(7), mq_overview(7), netdevice(7).
#ifndef IPC_HAMMER_PROPERTIES_SANDBOX_NAMESPACES_H_
#define IPC_HAMMER_PROPERTIES_SANDBOX_NAMESPACES_H_

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "properties/sandbox/sandbox_report.h"
#include "transports/error.h"

namespace ipc_hammer {

enum class UserNamespace : bool { kKeep, kNew };

// As fork(), with the child as PID 1 of new PID, mount, IPC and network namespaces. The child may
// use system calls and fork(), nothing else: the C library does not know of this fork.
// Errors: kPermission, kNoSpace, kSystem.
Result<pid_t> CloneIntoNamespaces(UserNamespace user);

// In that child: maps the caller's own uid and gid, mounts /dev/shm, scratch, mqueue and proc,
// brings the loopback up, and gives up what an ordinary user would not have. `uid` and `gid` are
// the effective ones before the clone. Fills in the report's places.
Result<void> FurnishNamespaces(UserNamespace user, uid_t uid, gid_t gid,
                               const SandboxOptions& options, SandboxReport& report);

// A uid beside `own` that this process could change to, if there is one.
std::optional<uid_t> FindSecondUid(uid_t own);

// Drops every capability but `keep` (a bit set); 0 drops all.
Result<void> DropCapabilities(std::uint64_t keep);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_SANDBOX_NAMESPACES_H_

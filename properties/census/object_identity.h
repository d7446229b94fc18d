// ObjectIdentity: which object a descriptor or path really is, whatever its name. Two processes
// that believe to share an object can compare; so can one process, before and after a name was
// removed and made again.
//
// A plain value without pointers: it can be sent through a pipe or kept in shared memory. It is
// unique as long as somebody holds the object; the kernel may use an inode number again afterwards.
#ifndef IPC_HAMMER_PROPERTIES_CENSUS_OBJECT_IDENTITY_H_
#define IPC_HAMMER_PROPERTIES_CENSUS_OBJECT_IDENTITY_H_

#include <cstdint>
#include <string>

#include "transports/error.h"

namespace ipc_hammer {

struct ObjectIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  friend bool operator==(const ObjectIdentity&, const ObjectIdentity&) = default;
};

// Errors: kInvalidArgument (not a descriptor), kSystem.
Result<ObjectIdentity> IdentityOf(int descriptor);

// Does not follow a symbolic link at the end. Errors: kNotFound, kPermission, kSystem.
Result<ObjectIdentity> IdentityOfPath(const std::string& path);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_CENSUS_OBJECT_IDENTITY_H_

#include "properties/census/object_identity.h"

#include <sys/stat.h>

namespace ipc_hammer {

Result<ObjectIdentity> IdentityOf(int descriptor) {
  struct stat object;
  if (fstat(descriptor, &object) != 0) return FailErrno("fstat");
  return ObjectIdentity{object.st_dev, object.st_ino};
}

Result<ObjectIdentity> IdentityOfPath(const std::string& path) {
  struct stat object;
  if (lstat(path.c_str(), &object) != 0) return FailErrno("lstat");
  return ObjectIdentity{object.st_dev, object.st_ino};
}

}  // namespace ipc_hammer

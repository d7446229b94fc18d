#include "transports/error.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

namespace ipc_hammer {
namespace {

constexpr std::array<std::string_view, kErrcCount> kNames = {
    "would_block", "timed_out",  "peer_closed", "closed",  "too_large",        "exists",
    "not_found",   "permission", "no_space",    "corrupt", "invalid_argument", "system"};

}  // namespace

Errc ErrcFromErrno(int sys_errno) {
  switch (sys_errno) {
    case EAGAIN:
      return Errc::kWouldBlock;
    case ETIMEDOUT:
      return Errc::kTimedOut;
    case EPIPE:
    case ECONNRESET:
      return Errc::kPeerClosed;
    case EMSGSIZE:
    case EFBIG:
    case EOVERFLOW:
      return Errc::kTooLarge;
    case EEXIST:
    case EADDRINUSE:
      return Errc::kExists;
    case ENOENT:
    case ECONNREFUSED:
      return Errc::kNotFound;
    case EACCES:
    case EPERM:
    case EROFS:
      return Errc::kPermission;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOSPC:
    case ENOBUFS:
    case EDQUOT:
      return Errc::kNoSpace;
    case EINVAL:
    case ENAMETOOLONG:
    case EBADF:
      return Errc::kInvalidArgument;
    default:
      return Errc::kSystem;
  }
}

std::unexpected<Error> FailErrno(const char* call) {
  const int saved = errno;
  return Fail(ErrcFromErrno(saved), call, saved);
}

std::string_view ToString(Errc code) { return kNames[static_cast<std::size_t>(code)]; }

std::optional<Errc> ErrcFromString(std::string_view text) {
  for (int i = 0; i < kErrcCount; ++i) {
    if (kNames[static_cast<std::size_t>(i)] == text) return static_cast<Errc>(i);
  }
  return std::nullopt;
}

std::string ToString(const Error& error) {
  std::string text(ToString(error.code));
  if (*error.call != '\0') text.append(": ").append(error.call);
  if (error.sys_errno != 0) {
    // strerrordesc_np returns a literal and is safe with threads, which strerror is not.
    const char* description = strerrordesc_np(error.sys_errno);
    text.append(": ").append(description != nullptr ? description : "unknown error");
  }
  return text;
}

}  // namespace ipc_hammer

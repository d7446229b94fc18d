#include "transports/sys/tsan_options.h"

#include <cstddef>

// Not linked is null.
extern "C" [[gnu::weak]] const char* ipc_hammer_tsan_options_of_transport();
extern "C" [[gnu::weak]] const char* ipc_hammer_tsan_options_of_target();

extern "C" const char* __tsan_default_options();

namespace {

constexpr std::size_t kOptionsMax = 256;
// No std::array: its functions are instrumented.
constinit char options[kOptionsMax] = {};

// What does not fit is left out as a whole. The runtime is not up yet: no call may be intercepted.
[[clang::disable_sanitizer_instrumentation]] void Add(const char* more) {
  std::size_t at = 0;
  while (options[at] != '\0') ++at;
  const std::size_t begin = at;
  if (at > 0) options[at++] = ':';
  for (; *more != '\0'; ++more) {
    if (at + 1 == kOptionsMax) {
      options[begin] = '\0';
      return;
    }
    options[at++] = *more;
  }
  options[at] = '\0';
}

}  // namespace

extern "C" [[clang::disable_sanitizer_instrumentation]] const char* __tsan_default_options() {
  options[0] = '\0';
  if (ipc_hammer_tsan_options_of_transport != nullptr) Add(ipc_hammer_tsan_options_of_transport());
  if (ipc_hammer_tsan_options_of_target != nullptr) Add(ipc_hammer_tsan_options_of_target());
  return options;
}

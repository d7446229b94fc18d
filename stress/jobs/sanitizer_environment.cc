#include "stress/jobs/sanitizer_environment.h"

#include <unistd.h>

#include <array>
#include <cstdlib>

namespace ipc_hammer {
namespace {

struct Setting {
  const char* name;
  const char* value;
};

constexpr std::array kSettings = {
    Setting{"ASAN_OPTIONS",
            "detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1:"
            "allocator_may_return_null=0"},
    Setting{"UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1"},
    // Without halting, a race is printed and the program that shows it is lost. A forked actor may
    // start threads of its own, as libzmq does.
    Setting{"TSAN_OPTIONS", "halt_on_error=1:second_deadlock_stack=1:die_after_fork=0"},
};

// Debian installs it under a name with the version, where the runtimes do not look.
constexpr const char* kSymbolizer = "/usr/bin/llvm-symbolizer-19";

void AddIfUnset(std::vector<std::string>& variables, const char* name, const char* value) {
  if (std::getenv(name) == nullptr) variables.push_back(std::string(name) + "=" + value);
}

}  // namespace

std::vector<std::string> SanitizerEnvironment() {
  std::vector<std::string> variables;
  for (const Setting& setting : kSettings) AddIfUnset(variables, setting.name, setting.value);
  if (access(kSymbolizer, X_OK) == 0) {
    for (const char* name :
         {"ASAN_SYMBOLIZER_PATH", "UBSAN_SYMBOLIZER_PATH", "TSAN_SYMBOLIZER_PATH"}) {
      AddIfUnset(variables, name, kSymbolizer);
    }
  }
  return variables;
}

}  // namespace ipc_hammer

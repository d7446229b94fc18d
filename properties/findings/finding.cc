#include "properties/findings/finding.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>

namespace ipc_hammer {
namespace {

constexpr std::array<std::string_view, 5> kModeNames = {"sequential", "threads", "relatives",
                                                        "strangers", "conformance"};

// A function's own, for it is used before main.
std::string& Prefix() {
  static std::string prefix = "replay: ci/repro ";
  return prefix;
}

}  // namespace

std::string_view ToString(Mode mode) { return kModeNames[static_cast<std::size_t>(mode)]; }

std::expected<Mode, std::string> ModeFromString(std::string_view text) {
  for (std::size_t i = 0; i < kModeNames.size(); ++i) {
    if (kModeNames[i] == text) return static_cast<Mode>(i);
  }
  return std::unexpected(
      fmt::format("unknown mode '{}' (known: {})", text, fmt::join(kModeNames, ", ")));
}

std::string FindingsFolder() {
  const auto value = [](const char* name) {
    const char* text = std::getenv(name);
    return std::string(text == nullptr ? "" : text);
  };
  if (std::string own = value("IPC_HAMMER_FINDINGS"); !own.empty()) return own;
  // First the user's folder: `bazel run` of a test sets both.
  if (std::string user = value("BUILD_WORKING_DIRECTORY"); !user.empty()) {
    return user + "/findings";
  }
  if (std::string test = value("TEST_UNDECLARED_OUTPUTS_DIR"); !test.empty()) {
    return test + "/findings";
  }
  return "findings";
}

std::string ReplayLine(const std::string& path) { return ReplayLinePrefix() + path; }

const std::string& ReplayLinePrefix() { return Prefix(); }

bool ReplayWith(std::string_view command) {
  Prefix() = fmt::format("replay: {} ", command);
  return true;
}

}  // namespace ipc_hammer

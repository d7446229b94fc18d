#include "properties/findings/finding.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>

namespace ipc_hammer {
namespace {

constexpr std::array<std::string_view, 5> kModeNames = {"sequential", "threads", "relatives",
                                                        "strangers", "conformance"};

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

std::string ReplayLine(const std::string& path) { return "replay: ci/repro " + path; }

}  // namespace ipc_hammer

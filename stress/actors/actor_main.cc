#include "stress/actors/actor_main.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <string_view>

#include "properties/hammered_kinds.h"
#include "stress/actors/actor_argument.h"
#include "stress/actors/host.h"
#include "stress/process/child_process.h"
#include "stress/recorder/flight_recorder.h"

namespace ipc_hammer {
namespace {

int Number(const char* text) {
  const std::string_view digits = text;
  int number = -1;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

}  // namespace

bool IsActorInvocation(int argc, char** argv) { return argc == 4 && argv[1] == kActorArgument; }

int ActorMain(int, char** argv) {
  FileDescriptor file(Number(argv[2]));
  if (!file.is_open() || fcntl(file.get(), F_SETFD, FD_CLOEXEC) != 0) return kExitRefused;
  auto recorder = FlightRecorder::Open(std::move(file));
  if (!recorder) {
    fmt::print(stderr, "{}\n", ToString(recorder.error()));
    return kExitRefused;
  }
  const TransportKind* kind = FindHammeredKind(recorder->control().kind);
  const auto actor = static_cast<std::uint32_t>(Number(argv[3]));
  if (kind == nullptr || actor >= recorder->actors()) {
    fmt::print(stderr, "this program has no kind {} or no actor {}\n", recorder->control().kind,
               argv[3]);
    return kExitRefused;
  }
  return HostStranger(*kind, *recorder, actor);
}

}  // namespace ipc_hammer

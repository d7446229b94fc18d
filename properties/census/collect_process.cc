// What belongs to processes: descriptors, mappings, threads, and the processes themselves.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "properties/census/collect.h"
#include "properties/census/read_folder.h"

namespace ipc_hammer {
namespace {

constexpr unsigned kExiting = 0x4;  // PF_EXITING, in field 9 of stat (proc(5))

template <typename T>
T Number(std::string_view text, int base) {
  T value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

// The octal flags of fdinfo, as far as they are compared.
std::string DescriptorFlags(const std::string& fdinfo) {
  constexpr std::string_view kKey = "flags:";
  const std::size_t at = fdinfo.find(kKey);
  if (at == std::string::npos) return "";
  const std::vector<std::string_view> fields =
      Fields(std::string_view(fdinfo).substr(at + kKey.size()));
  const auto flags = fields.empty() ? 0 : Number<unsigned>(fields[0], 8);
  return fmt::format("{}{}", (flags & O_NONBLOCK) != 0 ? ", nonblocking" : "",
                     (flags & O_CLOEXEC) != 0 ? ", close-on-exec" : "");
}

std::optional<std::string> LinkTarget(const std::string& link) {
  std::array<char, 4096> buffer;
  const ssize_t size = readlink(link.c_str(), buffer.data(), buffer.size());
  if (size < 0) return std::nullopt;  // closed meanwhile
  std::string target(buffer.data(), static_cast<std::size_t>(size));
  struct stat object;
  if (target.starts_with('/') && stat(link.c_str(), &object) == 0) {
    target += fmt::format(" inode {}", object.st_ino);
  }
  return target;
}

// A run of lines of maps that continue one another in memory and in the file: a mapping, which
// mprotect may have cut in pieces.
struct Run {
  std::uint64_t start = 0, end = 0, offset_end = 0;
  std::string object;
  bool shared = false;

  bool Continues(const Run& next) const {
    return next.start == end && next.object == object && next.shared == shared &&
           next.offset_end - (next.end - next.start) == offset_end;
  }
};

// "7f00-7f10 rw-s 00000000 00:01 1034 /memfd:x (deleted)"
std::optional<Run> ParseMapping(std::string_view line) {
  const std::vector<std::string_view> fields = Fields(line);
  if (fields.size() < 6) return std::nullopt;
  const std::string_view path =
      line.substr(static_cast<std::size_t>(fields[5].data() - line.data()));
  const bool shared = fields[1].size() == 4 && fields[1][3] == 's';
  if (!shared && !path.starts_with('/')) return std::nullopt;
  const std::size_t dash = fields[0].find('-');
  Run run;
  run.start = Number<std::uint64_t>(fields[0].substr(0, dash), 16);
  run.end = Number<std::uint64_t>(fields[0].substr(dash + 1), 16);
  run.offset_end = Number<std::uint64_t>(fields[2], 16) + (run.end - run.start);
  run.object = fmt::format("{} inode {}", path, fields[4]);
  run.shared = shared;
  return run;
}

void AddMapping(const Run& run, Census& census) {
  census.items.push_back({CensusKind::kMapping, fmt::format("{:#x}", run.start),
                          fmt::format("{}, {} bytes, {}", run.object, run.end - run.start,
                                      run.shared ? "shared" : "private"),
                          ""});
}

struct Stat {
  std::string name;
  char state = '?';
  pid_t parent = 0;
  unsigned flags = 0;
};

// The name stands in parentheses and may contain anything, so the fields are counted after it.
std::optional<Stat> ReadStat(const std::string& path, Census& census) {
  const std::string text = ReadText(path, census.unknown);
  const std::size_t open = text.find('('), close = text.rfind(')');
  if (open == std::string::npos || close == std::string::npos) return std::nullopt;  // has gone
  const std::vector<std::string_view> fields = Fields(std::string_view(text).substr(close + 1));
  if (fields.size() < 7) return std::nullopt;
  return Stat{text.substr(open + 1, close - open - 1), fields[0][0], Number<pid_t>(fields[1], 10),
              Number<unsigned>(fields[6], 10)};
}

bool IsDead(const Stat& stat) { return stat.state == 'Z' || stat.state == 'X'; }

void AddProcess(pid_t pid, Census& census) {
  const std::optional<Stat> stat = ReadStat(fmt::format("/proc/{}/stat", pid), census);
  if (!stat) return;
  const bool ours = stat->parent == getpid();
  // A dying stranger is its own parent's business, in the end init's.
  if (!ours && (IsDead(*stat) || (stat->flags & kExiting) != 0)) return;
  const CensusKind kind = !ours           ? CensusKind::kOtherProcess
                          : IsDead(*stat) ? CensusKind::kZombie
                                          : CensusKind::kChild;
  census.items.push_back({kind, std::to_string(pid), "", stat->name});
}

std::vector<pid_t> ProcessesOfSandbox(Census& census) {
  std::vector<pid_t> pids;
  for (const std::string& name : ReadFolder("/proc", census.unknown)) {
    const auto pid = Number<pid_t>(name, 10);
    if (pid > 1 && pid != getpid()) pids.push_back(pid);
  }
  return pids;
}

std::vector<pid_t> ChildrenOfAllThreads(Census& census) {
  std::vector<pid_t> pids;
  for (const std::string& thread : ReadFolder("/proc/self/task", census.unknown)) {
    const std::string text =
        ReadText(fmt::format("/proc/self/task/{}/children", thread), census.unknown);
    for (const std::string_view pid : Fields(text)) pids.push_back(Number<pid_t>(pid, 10));
  }
  return pids;
}

}  // namespace

void CollectDescriptors(const std::string& process, Census& census) {
  for (const std::string& number : ReadFolder(process + "/fd", census.unknown)) {
    const std::optional<std::string> target = LinkTarget(process + "/fd/" + number);
    if (!target) continue;
    const std::string fdinfo = ReadText(process + "/fdinfo/" + number, census.unknown);
    census.items.push_back(
        {CensusKind::kDescriptor, number, *target + DescriptorFlags(fdinfo), ""});
  }
}

void CollectMappings(const std::string& process, Census& census) {
  Run run;
  ForEachLine(ReadText(process + "/maps", census.unknown), [&](std::string_view line) {
    const std::optional<Run> next = ParseMapping(line);
    if (!next) return;
    if (run.Continues(*next)) {
      run.end = next->end;
      run.offset_end = next->offset_end;
      return;
    }
    if (run.end != 0) AddMapping(run, census);
    run = *next;
  });
  if (run.end != 0) AddMapping(run, census);
}

void CollectThreads(Census& census) {
  for (const std::string& thread : ReadFolder("/proc/self/task", census.unknown)) {
    const std::optional<Stat> stat =
        ReadStat(fmt::format("/proc/self/task/{}/stat", thread), census);
    // A joined thread is seen exiting for a moment: join waits for its last user instruction only.
    if (!stat || IsDead(*stat) || (stat->flags & kExiting) != 0) continue;
    census.items.push_back({CensusKind::kThread, thread, "", stat->name});
  }
}

void CollectProcesses(const CensusScope& scope, Census& census) {
  const std::vector<pid_t> pids =
      scope.isolated ? ProcessesOfSandbox(census) : ChildrenOfAllThreads(census);
  for (const pid_t pid : pids) AddProcess(pid, census);
}

}  // namespace ipc_hammer

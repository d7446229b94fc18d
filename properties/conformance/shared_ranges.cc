#include "properties/conformance/shared_ranges.h"

#include <charconv>
#include <fstream>
#include <string_view>
#include <utility>

namespace ipc_hammer {
namespace {

// "7f00-7f10 rw-s 00000000 00:1a 42      /dev/shm/ring".
bool Parse(std::string_view line, SharedRange& range) {
  const std::size_t dash = line.find('-');
  const std::size_t space = line.find(' ');
  if (dash == std::string_view::npos || space == std::string_view::npos) return false;
  const std::string_view permissions = line.substr(space + 1, 4);
  if (permissions.size() < 4 || permissions[1] != 'w' || permissions[3] != 's') return false;
  std::uint64_t end = 0;
  std::from_chars(line.data(), line.data() + dash, range.begin, 16);
  std::from_chars(line.data() + dash + 1, line.data() + space, end, 16);
  range.size_bytes = end - range.begin;
  const std::size_t slash = line.find('/');
  if (slash != std::string_view::npos) range.name = line.substr(slash);
  return true;
}

}  // namespace

std::vector<SharedRange> SharedRangesOf(pid_t process) {
  std::vector<SharedRange> ranges;
  std::ifstream maps("/proc/" + std::to_string(process) + "/maps");
  for (std::string line; std::getline(maps, line);) {
    SharedRange range;
    if (Parse(line, range)) ranges.push_back(std::move(range));
  }
  return ranges;
}

}  // namespace ipc_hammer

// Listening TCP ports, bound UDP ports and abstract socket names, from proc/net.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "properties/census/collect.h"
#include "properties/census/read_folder.h"

namespace ipc_hammer {
namespace {

// Columns of /proc/net/tcp and udp: sl local remote st queues timer retransmit uid timeout inode.
constexpr std::size_t kLocal = 1, kState = 3, kInode = 9;
constexpr std::string_view kTcpListen = "0A";
// Columns of /proc/net/unix: num refcount protocol flags type st inode path.
constexpr std::size_t kUnixState = 5, kUnixInode = 6, kUnixPath = 7;
constexpr std::string_view kUnixConnected = "03";  // such a one carries its listener's name

// Whether a descriptor of this process is that socket, or any with an empty inode.
bool HoldsSocket(const Census& census, std::string_view inode) {
  const std::string target =
      inode.empty() ? std::string("socket:[") : fmt::format("socket:[{}]", inode);
  return std::any_of(census.items.begin(), census.items.end(), [&](const CensusItem& item) {
    return item.kind == CensusKind::kDescriptor && item.state.starts_with(target);
  });
}

// "0100007F:1F90": the port is hexadecimal, the address stays as the kernel shows it.
std::string Port(std::string_view local) {
  const std::size_t colon = local.rfind(':');
  const std::string_view digits = local.substr(colon + 1);
  unsigned port = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), port, 16);
  return fmt::format("{} at {}", port, local.substr(0, colon));
}

// Whether this network namespace has any socket of the protocol ("TCP", "UDP6"). The tables of
// ports take milliseconds to read even when they are empty: they are those of the whole machine.
bool InUse(const char* sockstat, std::string_view protocol, Census& census) {
  const std::string text = ReadText(std::string("/proc/self/net/") + sockstat, census.unknown);
  bool in_use = false;
  ForEachLine(text, [&](std::string_view line) {
    const std::vector<std::string_view> fields = Fields(line);
    if (fields.size() < 3 || fields[0].substr(0, fields[0].size() - 1) != protocol) return;
    in_use = fields[1] == "inuse" && fields[2] != "0";
  });
  return in_use;
}

void CollectPorts(const char* table, CensusKind kind, const CensusScope& scope, Census& census) {
  const std::string text = ReadText(fmt::format("/proc/self/net/{}", table), census.unknown);
  bool header = true;
  ForEachLine(text, [&](std::string_view line) {
    const std::vector<std::string_view> fields = Fields(line);
    const bool skip = header || fields.size() <= kInode;
    header = false;
    if (skip || (kind == CensusKind::kTcpPort && fields[kState] != kTcpListen)) return;
    if (!scope.isolated && !HoldsSocket(census, fields[kInode])) return;
    census.items.push_back(
        {kind, fmt::format("{} {} inode {}", table, Port(fields[kLocal]), fields[kInode]), "", ""});
  });
}

void CollectAbstractSockets(const CensusScope& scope, Census& census) {
  const std::string text = ReadText("/proc/self/net/unix", census.unknown);
  ForEachLine(text, [&](std::string_view line) {
    const std::vector<std::string_view> fields = Fields(line);
    if (fields.size() <= kUnixPath || !fields[kUnixPath].starts_with('@')) return;
    if (fields[kUnixState] == kUnixConnected) return;
    const std::string_view name = fields[kUnixPath];
    if (!scope.isolated && !name.substr(1).starts_with(scope.name_prefix)) return;
    census.items.push_back({CensusKind::kAbstractSocket,
                            fmt::format("{} inode {}", name, fields[kUnixInode]), "", ""});
  });
}

}  // namespace

void CollectNetwork(const CensusScope& scope, Census& census) {
  struct Table {
    const char* file;
    const char* sockstat;
    const char* protocol;
    CensusKind kind;
  };
  constexpr std::array<Table, 4> kTables = {{
      {"tcp", "sockstat", "TCP", CensusKind::kTcpPort},
      {"tcp6", "sockstat6", "TCP6", CensusKind::kTcpPort},
      {"udp", "sockstat", "UDP", CensusKind::kUdpPort},
      {"udp6", "sockstat6", "UDP6", CensusKind::kUdpPort},
  }};
  const bool may_hold_ports = scope.isolated || HoldsSocket(census, "");
  for (const Table& table : kTables) {
    if (!may_hold_ports || !InUse(table.sockstat, table.protocol, census)) continue;
    CollectPorts(table.file, table.kind, scope, census);
  }
  CollectAbstractSockets(scope, census);
}

}  // namespace ipc_hammer

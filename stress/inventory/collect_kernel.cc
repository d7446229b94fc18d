// System V objects, abstract sockets and ports: what the kernel lists in tables of its own.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/sem.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "stress/inventory/collect.h"

namespace ipc_hammer {
namespace {

bool IsAlive(pid_t process) { return process > 0 && (kill(process, 0) == 0 || errno == EPERM); }

// A table with a heading line, as rows of words by column name.
std::vector<std::map<std::string, std::string>> ReadTable(const std::string& path,
                                                          Inventory& inventory) {
  std::vector<std::map<std::string, std::string>> rows;
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) {
    inventory.unseen.push_back(fmt::format("{}: {}", path, std::strerror(errno)));
    return rows;
  }
  std::vector<std::string> columns;
  std::istringstream heading(line);
  for (std::string column; heading >> column;) columns.push_back(column);
  while (std::getline(file, line)) {
    std::istringstream words(line);
    auto& row = rows.emplace_back();
    for (const std::string& column : columns) words >> row[column];
  }
  return rows;
}

std::uint64_t Number(const std::map<std::string, std::string>& row, const std::string& column,
                     int base = 10) {
  const auto cell = row.find(column);
  if (cell == row.end()) return 0;
  // Keys are printed as signed numbers.
  return static_cast<std::uint64_t>(std::strtoll(cell->second.c_str(), nullptr, base));
}

IpcObject SysvObject(Mechanism mechanism, const std::map<std::string, std::string>& row,
                     const std::string& id_column, char letter) {
  IpcObject object;
  object.mechanism = mechanism;
  object.identity = Number(row, id_column);
  object.name = fmt::format("id {} key {:#x}", object.identity,
                            static_cast<std::uint32_t>(Number(row, "key")));
  object.owner = static_cast<uid_t>(Number(row, "uid"));
  object.mode = static_cast<mode_t>(Number(row, "perms", 8) & 0777);
  object.remove = fmt::format("ipcrm -{} {}", letter, object.identity);
  return object;
}

void AddUsers(const std::map<std::string, std::string>& row,
              std::initializer_list<const char*> columns, IpcObject& object) {
  for (const char* const column : columns) {
    const auto process = static_cast<pid_t>(Number(row, column));
    if (IsAlive(process)) object.holders.insert(process);
  }
}

// Who touched the set last; a set that nobody touched says nothing.
void AddLastUser(int id, std::uint64_t semaphores, IpcObject& object) {
  for (std::uint64_t i = 0; i < semaphores; ++i) {
    const pid_t process = semctl(id, static_cast<int>(i), GETPID);
    if (IsAlive(process)) object.holders.insert(process);
  }
}

constexpr const char* kTcpListen = "0A";

// "0100007F:1F90" of /proc/net/tcp, four such words for IPv6: each as the machine reads it.
std::string AddressOf(const std::string& text) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  const auto port = std::strtoul(text.c_str() + std::min(colon + 1, text.size()), nullptr, 16);
  std::uint32_t words[4] = {};
  const std::size_t count = std::min<std::size_t>(colon / 8, 4);
  for (std::size_t i = 0; i < count; ++i) {
    words[i] = static_cast<std::uint32_t>(std::strtoul(text.substr(8 * i, 8).c_str(), nullptr, 16));
  }
  char name[INET6_ADDRSTRLEN] = {};
  inet_ntop(count == 4 ? AF_INET6 : AF_INET, words, name, sizeof name);
  return count == 4 ? fmt::format("[{}]:{}", name, port) : fmt::format("{}:{}", name, port);
}

void CollectPorts(const std::string& path, Mechanism mechanism, const Holders& holders,
                  Inventory& inventory) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string slot, local, remote, state, skip;
    uid_t uid = 0;
    ino_t inode = 0;
    words >> slot >> local >> remote >> state >> skip >> skip >> skip >> uid >> skip >> inode;
    if (mechanism == Mechanism::kTcpPort && state != kTcpListen) continue;
    IpcObject object;
    object.mechanism = mechanism;
    object.name = AddressOf(local);
    object.identity = inode;
    object.owner = uid;
    object.holders = holders.OfSocket(inode);
    inventory.objects.push_back(std::move(object));
  }
}

}  // namespace

void CollectSysv(Inventory& inventory) {
  for (const auto& row : ReadTable("/proc/sysvipc/shm", inventory)) {
    IpcObject object = SysvObject(Mechanism::kSysvMemory, row, "shmid", 'm');
    const std::uint64_t attached = Number(row, "nattch");
    object.state = fmt::format("{} bytes, attached {}", Number(row, "size"), attached);
    AddUsers(row, {"cpid", "lpid"}, object);
    object.is_abandoned = attached == 0 && object.holders.empty();
    inventory.objects.push_back(std::move(object));
  }
  for (const auto& row : ReadTable("/proc/sysvipc/sem", inventory)) {
    IpcObject object = SysvObject(Mechanism::kSysvSemaphore, row, "semid", 's');
    object.state = fmt::format("{} semaphores", Number(row, "nsems"));
    AddLastUser(static_cast<int>(object.identity), Number(row, "nsems"), object);
    object.is_abandoned = object.holders.empty();
    inventory.objects.push_back(std::move(object));
  }
  for (const auto& row : ReadTable("/proc/sysvipc/msg", inventory)) {
    IpcObject object = SysvObject(Mechanism::kSysvQueue, row, "msqid", 'q');
    object.state = fmt::format("{} messages, {} bytes", Number(row, "qnum"), Number(row, "cbytes"));
    AddUsers(row, {"lspid", "lrpid"}, object);
    object.is_abandoned = object.holders.empty();
    inventory.objects.push_back(std::move(object));
  }
}

void CollectNetwork(const Holders& holders, Inventory& inventory) {
  std::ifstream file("/proc/net/unix");
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    const std::size_t at = line.find(" @");
    if (at == std::string::npos) continue;
    std::istringstream words(line);
    std::string word;
    ino_t inode = 0;
    for (int i = 0; i < 6; ++i) words >> word;
    words >> inode;
    IpcObject object;
    object.mechanism = Mechanism::kAbstractSocket;
    object.name = line.substr(at + 1);
    object.identity = inode;
    object.holders = holders.OfSocket(inode);
    inventory.objects.push_back(std::move(object));
  }
  CollectPorts("/proc/net/tcp", Mechanism::kTcpPort, holders, inventory);
  CollectPorts("/proc/net/tcp6", Mechanism::kTcpPort, holders, inventory);
  CollectPorts("/proc/net/udp", Mechanism::kUdpPort, holders, inventory);
  CollectPorts("/proc/net/udp6", Mechanism::kUdpPort, holders, inventory);
}

}  // namespace ipc_hammer

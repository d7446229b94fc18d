#include "stress/inventory/inventory.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

#include "stress/inventory/collect.h"
#include "stress/inventory/holders.h"

namespace ipc_hammer {
namespace {

auto KeyOf(const IpcObject& object) {
  return std::tuple(object.mechanism, object.name, object.identity);
}

}  // namespace

std::string_view ToString(Mechanism mechanism) {
  constexpr std::array<std::string_view, 11> kNames = {
      "POSIX shared memory", "POSIX semaphore", "POSIX queue", "System V shared memory",
      "System V semaphore",  "System V queue",  "FIFO",        "socket file",
      "abstract socket",     "TCP port",        "UDP port"};
  return kNames[static_cast<std::size_t>(mechanism)];
}

Inventory TakeInventory() {
  const Holders holders;
  Inventory inventory;
  if (holders.hidden() > 0) {
    inventory.unseen.push_back(std::to_string(holders.hidden()) +
                               " processes of other users do not show what they have open");
  }
  CollectSharedMemoryFolder(holders, inventory);
  CollectQueues(holders, inventory);
  CollectSysv(inventory);
  CollectFiles(holders, inventory);
  CollectNetwork(holders, inventory);
  // Who holds another user's object may not be seen.
  for (IpcObject& object : inventory.objects) {
    if (holders.hidden() > 0 && object.owner != geteuid()) object.is_abandoned = false;
  }
  std::ranges::sort(inventory.objects, {}, KeyOf);
  return inventory;
}

std::vector<IpcObject> Appeared(const Inventory& before, const Inventory& after) {
  std::set<std::tuple<Mechanism, std::string, std::uint64_t>> known;
  for (const IpcObject& object : before.objects) known.insert(KeyOf(object));
  std::vector<IpcObject> appeared;
  for (const IpcObject& object : after.objects) {
    if (!known.contains(KeyOf(object))) appeared.push_back(object);
  }
  return appeared;
}

std::string Quoted(std::string_view word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./@:+-";
  if (word.find_first_not_of(kPlain) == std::string_view::npos) return std::string(word);
  std::string quoted = "'";
  for (const char c : word) c == '\'' ? quoted += "'\\''" : quoted += c;
  return quoted + "'";
}

}  // namespace ipc_hammer

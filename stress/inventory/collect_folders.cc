// POSIX shared memory, semaphores and queues, FIFOs and socket files: what has a path.
#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>

#include "stress/inventory/collect.h"

namespace ipc_hammer {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSharedMemoryFolder = "/dev/shm";
// Where programs leave FIFOs and socket files; two levels deep, because they make folders there.
constexpr const char* kUsualFolders[] = {"/tmp", "/var/tmp", "/run", "/dev/shm"};
constexpr int kDepthMax = 2;

IpcObject ObjectAt(Mechanism mechanism, const std::string& path, const struct stat& status,
                   const Holders& holders) {
  IpcObject object;
  object.mechanism = mechanism;
  object.name = path;
  object.identity = status.st_ino;
  object.owner = status.st_uid;
  object.mode = status.st_mode & 07777;
  object.holders = holders.OfFile(status.st_dev, status.st_ino);
  object.is_abandoned = object.holders.empty();
  object.remove = "rm " + Quoted(path);
  return object;
}

// "QSIZE:129 NOTIFY:0 ...": mq_overview(7).
std::string StateOfQueue(const std::string& path) {
  std::ifstream file(path);
  std::string text;
  std::getline(file, text);
  return text.substr(0, text.find(' '));
}

// Paths of socket files that a socket is bound to, and its inode.
std::map<std::string, ino_t> BoundPaths() {
  std::map<std::string, ino_t> bound;
  std::ifstream file("/proc/net/unix");
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string word, path;
    ino_t inode = 0;
    for (int i = 0; i < 6; ++i) words >> word;
    words >> inode >> path;
    if (path.starts_with("/")) bound[path] = inode;
  }
  return bound;
}

void AddFile(const std::string& path, const struct stat& status, const Holders& holders,
             const std::map<std::string, ino_t>& bound, Inventory& inventory) {
  if (S_ISFIFO(status.st_mode)) {
    inventory.objects.push_back(ObjectAt(Mechanism::kFifo, path, status, holders));
  } else if (S_ISSOCK(status.st_mode)) {
    IpcObject object = ObjectAt(Mechanism::kSocketFile, path, status, holders);
    const auto socket = bound.find(path);
    object.state = socket == bound.end() ? "nobody is bound" : "bound";
    if (socket != bound.end()) object.holders = holders.OfSocket(socket->second);
    object.is_abandoned = socket == bound.end();
    inventory.objects.push_back(std::move(object));
  }
}

}  // namespace

void CollectSharedMemoryFolder(const Holders& holders, Inventory& inventory) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(kSharedMemoryFolder, error)) {
    struct stat status{};
    const std::string path = entry.path().native();
    if (lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    const bool semaphore = entry.path().filename().native().starts_with("sem.");
    IpcObject object = ObjectAt(semaphore ? Mechanism::kSemaphore : Mechanism::kSharedMemory, path,
                                status, holders);
    object.state = fmt::format("{} bytes", status.st_size);
    inventory.objects.push_back(std::move(object));
  }
  if (error)
    inventory.unseen.push_back(fmt::format("{}: {}", kSharedMemoryFolder, error.message()));
}

void CollectQueues(const Holders& holders, Inventory& inventory) {
  std::ifstream mounts("/proc/self/mounts");
  bool found = false;
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words(line);
    std::string device, folder, type;
    words >> device >> folder >> type;
    if (type != "mqueue") continue;
    found = true;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
      struct stat status{};
      const std::string path = entry.path().native();
      if (lstat(path.c_str(), &status) != 0) continue;
      IpcObject object = ObjectAt(Mechanism::kQueue, path, status, holders);
      object.state = StateOfQueue(path);
      inventory.objects.push_back(std::move(object));
    }
    if (error) inventory.unseen.push_back(fmt::format("{}: {}", folder, error.message()));
  }
  if (!found) {
    inventory.unseen.push_back("POSIX queues: no mqueue file system is mounted (mq_overview(7))");
  }
}

void CollectFiles(const Holders& holders, Inventory& inventory) {
  const auto bound = BoundPaths();
  std::set<std::string> seen;
  const auto look = [&](const std::string& path) {
    struct stat status{};
    if (!seen.insert(path).second || lstat(path.c_str(), &status) != 0) return;
    AddFile(path, status, holders, bound, inventory);
  };
  for (const char* const folder : kUsualFolders) {
    std::error_code error;
    const auto options = fs::directory_options::skip_permission_denied;
    fs::recursive_directory_iterator entries(folder, options, error);
    for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
      if (entries.depth() >= kDepthMax) entries.disable_recursion_pending();
      look(entries->path().native());
    }
  }
  for (const auto& [path, inode] : bound) look(path);
  for (const auto& [path, processes] : holders.fifos()) look(path);
}

}  // namespace ipc_hammer

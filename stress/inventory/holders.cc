#include "stress/inventory/holders.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

namespace ipc_hammer {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSocket = "socket:[";

template <typename Number>
bool ToNumber(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

template <typename Key>
std::set<pid_t> Found(const std::map<Key, std::set<pid_t>>& map, const Key& key) {
  const auto found = map.find(key);
  return found == map.end() ? std::set<pid_t>() : found->second;
}

}  // namespace

Holders::Holders() {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    pid_t process = 0;
    if (ToNumber(entry.path().filename().native(), process)) Look(process);
  }
}

void Holders::Look(pid_t process) {
  LookAtDescriptors(process);
  LookAtMappings(process);
}

void Holders::LookAtDescriptors(pid_t process) {
  std::error_code error;
  fs::directory_iterator descriptors("/proc/" + std::to_string(process) + "/fd", error);
  if (error == std::errc::permission_denied) ++hidden_;
  for (; !error && descriptors != fs::directory_iterator(); descriptors.increment(error)) {
    const std::string target = fs::read_symlink(descriptors->path(), error).native();
    if (error) {
      error.clear();  // closed meanwhile
      continue;
    }
    ino_t inode = 0;
    if (target.starts_with(kSocket) && target.ends_with("]") &&
        ToNumber(
            std::string_view(target).substr(kSocket.size(), target.size() - kSocket.size() - 1),
            inode)) {
      sockets_[inode].insert(process);
    }
    struct stat status{};
    if (!target.starts_with("/") || stat(descriptors->path().c_str(), &status) != 0) continue;
    files_[{status.st_dev, status.st_ino}].insert(process);
    if (S_ISFIFO(status.st_mode)) fifos_[target].insert(process);
  }
}

// "7f1-7f2 rw-s 00000000 00:1a 123   /dev/shm/x": device and inode are columns four and five.
void Holders::LookAtMappings(pid_t process) {
  std::ifstream maps("/proc/" + std::to_string(process) + "/maps");
  for (std::string line; std::getline(maps, line);) {
    unsigned major_number = 0, minor_number = 0;
    unsigned long inode = 0;
    char permissions[5] = {};
    if (std::sscanf(line.c_str(), "%*x-%*x %4s %*x %x:%x %lu", permissions, &major_number,
                    &minor_number, &inode) != 4) {
      continue;
    }
    if (inode == 0 || permissions[3] != 's') continue;
    files_[{makedev(major_number, minor_number), inode}].insert(process);
  }
}

std::set<pid_t> Holders::OfFile(dev_t device, ino_t inode) const {
  return Found(files_, {device, inode});
}

std::set<pid_t> Holders::OfSocket(ino_t inode) const { return Found(sockets_, inode); }

}  // namespace ipc_hammer

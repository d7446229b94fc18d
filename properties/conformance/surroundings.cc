#include "properties/conformance/surroundings.h"

#include <dirent.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "properties/testing/test_sandbox.h"

namespace ipc_hammer {
namespace {

namespace fs = std::filesystem;

void AddObjectsBelow(const std::string& folder, std::map<std::string, mode_t>& objects) {
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    struct stat info;
    if (lstat(at->path().c_str(), &info) != 0 || S_ISDIR(info.st_mode)) continue;
    objects.emplace(at->path(), info.st_mode);
  }
}

}  // namespace

const std::string& ScratchFolder() { return TestSandbox().scratch_folder; }
const std::string& NamePrefix() { return TestSandbox().name_prefix; }

LeftBehind::LeftBehind() : before_(TakeCensus(ScopeOf(TestSandbox()))) {}

std::string LeftBehind::Tell() const {
  const CensusDifference difference = Compare(before_, TakeCensus(ScopeOf(TestSandbox())));
  return difference.clean() ? "" : ToString(difference);
}

std::set<int> OpenDescriptors(pid_t process) {
  const std::string who = process == 0 ? "self" : std::to_string(process);
  std::set<int> numbers;
  DIR* folder = opendir(("/proc/" + who + "/fd").c_str());
  if (folder == nullptr) return numbers;
  while (const dirent* entry = readdir(folder)) {
    if (entry->d_name[0] != '.') numbers.insert(atoi(entry->d_name));
  }
  if (process == 0) numbers.erase(dirfd(folder));
  closedir(folder);
  return numbers;
}

std::map<std::string, mode_t> NamedObjects() {
  std::map<std::string, mode_t> objects;
  for (const std::string& folder :
       {TestSandbox().scratch_folder, TestSandbox().shared_memory_folder,
        TestSandbox().queue_folder}) {
    if (!folder.empty()) AddObjectsBelow(folder, objects);
  }
  return objects;
}

std::map<std::string, mode_t> SystemVObjects() {
  std::map<std::string, mode_t> objects;
  if (!TestSandbox().isolated) return objects;
  for (const std::string type : {"shm", "sem", "msg"}) {
    std::ifstream list("/proc/sysvipc/" + type);  // key, id, mode in octal, ...
    std::string line;
    std::getline(list, line);  // the headings
    while (std::getline(list, line)) {
      std::istringstream words(line);
      std::string key, id;
      unsigned mode = 0;
      if (words >> key >> id >> std::oct >> mode) objects.emplace(type + " " + id, mode);
    }
  }
  return objects;
}

}  // namespace ipc_hammer

#include "properties/census/read_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace ipc_hammer {
namespace {

void Note(const std::string& path, std::vector<std::string>& unknown) {
  if (errno != ENOENT && errno != ESRCH) unknown.push_back(path + ": " + std::strerror(errno));
}

}  // namespace

std::string ReadText(const std::string& path, std::vector<std::string>& unknown) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    Note(path, unknown);
    return {};
  }
  std::string text;
  std::array<char, 16384> buffer;
  ssize_t got = 0;
  do {
    got = read(fd, buffer.data(), buffer.size());
    if (got > 0) text.append(buffer.data(), static_cast<std::size_t>(got));
  } while (got > 0 || (got < 0 && errno == EINTR));
  if (got < 0) Note(path, unknown);
  close(fd);
  return text;
}

std::vector<std::string> ReadFolder(const std::string& path, std::vector<std::string>& unknown) {
  std::vector<std::string> names;
  DIR* dir = opendir(path.c_str());
  if (dir == nullptr) {
    Note(path, unknown);
    return names;
  }
  while (const dirent* entry = readdir(dir)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  closedir(dir);
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string_view> Fields(std::string_view line) {
  std::vector<std::string_view> fields;
  for (std::size_t at = line.find_first_not_of(" \t\n"); at != std::string_view::npos;) {
    const std::size_t end = std::min(line.find_first_of(" \t\n", at), line.size());
    fields.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(" \t\n", end);
  }
  return fields;
}

void ForEachLine(std::string_view text, const std::function<void(std::string_view)>& use) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    use(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace ipc_hammer

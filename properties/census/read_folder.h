// Reading small text files and folders of proc, tmpfs and mqueue.
//
// Plain calls that leave nothing open. A failure is noted in `unknown` of the census, except that
// what has vanished (ENOENT, ESRCH) is simply not there.
#ifndef IPC_HAMMER_PROPERTIES_CENSUS_READ_FOLDER_H_
#define IPC_HAMMER_PROPERTIES_CENSUS_READ_FOLDER_H_

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ipc_hammer {

// The whole file; empty if it cannot be read, with the reason in `unknown`.
std::string ReadText(const std::string& path, std::vector<std::string>& unknown);

// The names in a folder but "." and "..", sorted. Of /proc/self/fd, that
// includes the descriptor that read it and is closed again.
std::vector<std::string> ReadFolder(const std::string& path, std::vector<std::string>& unknown);

// Splits at any run of blanks.
std::vector<std::string_view> Fields(std::string_view line);

void ForEachLine(std::string_view text, const std::function<void(std::string_view)>& use);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_CENSUS_READ_FOLDER_H_

// Small files read and written whole, with errors of one line for people: "PATH: reason".
// No shared state; usable by any thread. Blocks as the file system does.
#ifndef IPC_HAMMER_PROPERTIES_FINDINGS_FILES_H_
#define IPC_HAMMER_PROPERTIES_FINDINGS_FILES_H_

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

namespace ipc_hammer {

// Larger files than this are refused: no input of ours comes near it.
inline constexpr std::size_t kFileBytesMax = std::size_t{64} << 20;

// The content of a regular file, a pipe or a device. A folder, a file that is too large or cannot
// be read is an error.
std::expected<std::string, std::string> ReadWholeFile(const std::string& path);

// The same from an open descriptor, which stays the caller's. `name` is used in errors.
std::expected<std::string, std::string> ReadWholeDescriptor(int descriptor, std::string_view name);

// Creates a new file of mode 0644 (less the umask) and writes all of it; a name that is taken is
// an error. After an error a part may be there: the caller writes into a folder of its own.
std::expected<void, std::string> WriteWholeFile(const std::string& path, std::string_view content);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_FINDINGS_FILES_H_

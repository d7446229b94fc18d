#include "stress/jobs/printed_lines.h"

namespace ipc_hammer {
namespace {

// One look's worth. A longer line is passed over: nobody wrote it to be read.
constexpr std::size_t kPieceBytes = std::size_t{1} << 18;

}  // namespace

std::vector<std::string> NewLines(const SupervisedProcess& process, std::size_t& read_bytes) {
  std::vector<std::string> lines;
  while (true) {
    const std::string piece = process.Printed(read_bytes, kPieceBytes);
    std::size_t begin = 0;
    for (std::size_t end; (end = piece.find('\n', begin)) != std::string::npos; begin = end + 1) {
      lines.push_back(piece.substr(begin, end - begin));
    }
    const bool full = piece.size() == kPieceBytes;
    read_bytes += full && begin == 0 ? piece.size() : begin;
    if (!full) return lines;
  }
}

}  // namespace ipc_hammer

#include "stress/cli/wrap.h"

namespace ipc_hammer {

std::string Wrapped(std::string_view text, std::size_t indent) {
  std::string lines;
  while (text.size() + (lines.empty() ? 0 : indent) > kLineMax) {
    const std::size_t room = kLineMax - (lines.empty() ? 0 : indent);
    std::size_t space = text.rfind(' ', room);
    if (space == text.npos) space = text.find(' ');
    if (space == text.npos) break;
    if (!lines.empty()) lines.append(indent, ' ');
    lines.append(text.substr(0, space)).append("\n");
    text.remove_prefix(space + 1);
  }
  if (!lines.empty()) lines.append(indent, ' ');
  return lines.append(text).append("\n");
}

}  // namespace ipc_hammer

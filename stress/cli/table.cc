#include "stress/cli/table.h"

#include <fmt/format.h>

#include <algorithm>

namespace ipc_hammer {
namespace {

std::string Line(const std::vector<std::string>& row, const std::vector<bool>& right,
                 const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i != 0) line += "  ";
    line += right[i] ? fmt::format("{:>{}}", row[i], widths[i])
                     : fmt::format("{:<{}}", row[i], widths[i]);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

}  // namespace

Table::Table(std::vector<std::string> headings) {
  for (std::string& heading : headings) {
    right_.push_back(heading.starts_with('>'));
    if (right_.back()) heading.erase(0, 1);
  }
  rows_.push_back(std::move(headings));
}

std::string Table::ToText() const {
  std::vector<std::size_t> widths(right_.size(), 0);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows_) text += Line(row, right_, widths);
  return text;
}

std::string Short(double count) {
  if (count < 999.5) return fmt::format("{:.0f}", count);
  if (count < 999'500) return fmt::format("{:.3g}k", count / 1e3);
  if (count < 999'500'000) return fmt::format("{:.3g}M", count / 1e6);
  return fmt::format("{:.3g}G", count / 1e9);
}

std::string Rate(std::uint64_t count, double seconds) {
  if (count == 0 || seconds <= 0) return "-";
  return Short(static_cast<double>(count) / seconds) + "/s";
}

}  // namespace ipc_hammer

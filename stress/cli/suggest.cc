#include "stress/cli/suggest.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace ipc_hammer {
namespace {

// Optimal string alignment distance: Levenshtein's with swaps of neighbours.
std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1,
                             cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0u : 1u)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

}  // namespace

std::string_view Nearest(std::string_view name, std::span<const std::string> known) {
  std::string_view nearest;
  std::size_t least = name.size() / 3 + 2;
  for (const std::string& candidate : known) {
    const std::size_t distance = Distance(name, candidate);
    if (distance < least && distance * 3 <= candidate.size() + 2) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

std::string UnknownName(std::string_view what, std::string_view name,
                        std::span<const std::string> known) {
  const std::string_view nearest = Nearest(name, known);
  if (!nearest.empty()) {
    return fmt::format("unknown {} '{}': did you mean '{}'?", what, name, nearest);
  }
  return fmt::format("unknown {} '{}' (known: {})", what, name, fmt::join(known, ", "));
}

}  // namespace ipc_hammer

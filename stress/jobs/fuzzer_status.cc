#include "stress/jobs/fuzzer_status.h"

#include <charconv>
#include <cstdint>
#include <utility>

namespace ipc_hammer {
namespace {

// The number that begins there, and what follows it; none if there is no number.
std::optional<std::pair<std::uint64_t, std::string_view>> NumberIn(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  return std::pair(number, text.substr(static_cast<std::size_t>(end - text.data())));
}

std::optional<std::pair<std::uint64_t, std::string_view>> NumberAfter(std::string_view line,
                                                                      std::string_view mark) {
  const std::size_t position = line.find(mark);
  if (position == std::string_view::npos) return std::nullopt;
  return NumberIn(line.substr(position + mark.size()));
}

std::uint64_t UnitOf(std::string_view text) {
  if (text.starts_with("Kb")) return std::uint64_t{1} << 10;
  return text.starts_with("Mb") ? std::uint64_t{1} << 20 : 1;
}

}  // namespace

std::optional<Reached> ReachedIn(std::string_view line) {
  if (!line.starts_with('#')) return std::nullopt;
  const auto edges = NumberAfter(line, " cov: ");
  if (!edges) return std::nullopt;
  Reached reached;
  reached.edges = edges->first;
  if (const auto features = NumberAfter(line, " ft: ")) reached.features = features->first;
  const auto inputs = NumberAfter(line, " corp: ");
  if (!inputs) return reached;
  reached.corpus_inputs = inputs->first;
  if (!inputs->second.starts_with('/')) return reached;
  if (const auto bytes = NumberIn(inputs->second.substr(1))) {
    reached.corpus_bytes = bytes->first * UnitOf(bytes->second);
  }
  return reached;
}

}  // namespace ipc_hammer

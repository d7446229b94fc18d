#include "stress/cli/kind_names.h"

#include <algorithm>

#include "properties/hammered_kinds.h"
#include "stress/cli/suggest.h"
#include "stress/scenarios/adversity.h"
#include "stress/scenarios/scenario.h"

namespace ipc_hammer {

std::expected<const TransportKind*, std::string> KindNamed(const std::string& name) {
  if (const TransportKind* kind = FindHammeredKind(name)) return kind;
  std::vector<std::string> known;
  for (const TransportKind& kind : HammeredKinds()) known.push_back(kind.name);
  return std::unexpected(UnknownName("kind", name, known));
}

std::expected<std::vector<const TransportKind*>, std::string> KindsNamed(const std::string& name) {
  std::vector<const TransportKind*> kinds;
  if (name == "all") {
    for (const TransportKind& kind : HammeredKinds()) kinds.push_back(&kind);
    return kinds;
  }
  const auto kind = KindNamed(name);
  if (!kind) return std::unexpected(kind.error());
  kinds.push_back(*kind);
  return kinds;
}

std::expected<std::vector<const TransportKind*>, std::string> KindsNamed(
    const std::vector<std::string>& names) {
  if (names.empty()) return KindsNamed("all");
  std::vector<const TransportKind*> kinds;
  for (const std::string& name : names) {
    const auto named = KindsNamed(name);
    if (!named) return std::unexpected(named.error());
    for (const TransportKind* kind : *named) {
      if (std::ranges::find(kinds, kind) == kinds.end()) kinds.push_back(kind);
    }
  }
  return kinds;
}

std::expected<std::vector<std::string>, std::string> ScenariosNamed(const std::string& name) {
  std::vector<std::string> known;
  for (const Scenario& scenario : AllScenarios()) known.emplace_back(scenario.name);
  if (name == "all") return known;
  if (FindScenario(name) == nullptr) return std::unexpected(UnknownName("scenario", name, known));
  return std::vector<std::string>{name};
}

std::expected<std::vector<std::string>, std::string> AdversitiesNamed(const std::string& name) {
  std::vector<std::string> known;
  for (const Adversity& adversity : AllAdversities()) known.emplace_back(adversity.name);
  if (name == "all") return known;
  if (name == "none") return std::vector<std::string>{};
  if (FindAdversity(name) == nullptr) return std::unexpected(UnknownName("adversity", name, known));
  return std::vector<std::string>{name};
}

}  // namespace ipc_hammer

#include "stress/cli/catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "properties/conformance/case.h"
#include "properties/hammered_kinds.h"
#include "properties/program/program.h"
#include "properties/rules/rule.h"
#include "stress/cli/promised_rules.h"
#include "stress/cli/table.h"
#include "stress/jobs/print.h"
#include "stress/scenarios/adversity.h"
#include "stress/scenarios/scenario.h"

namespace ipc_hammer {
namespace {

std::string YesNo(bool value) { return value ? "yes" : "-"; }

std::string AtMost(std::uint32_t actors) {
  return actors > kActorsMax ? "any" : fmt::format("{}", actors);
}

std::string Capacity(const Traits& traits) {
  if (!traits.exact_capacity) return fmt::format(">={}", traits.floor_messages);
  if (traits.capacity_messages_max == 0) return "exact";
  return fmt::format("<={}", traits.capacity_messages_max);
}

std::vector<std::string> Row(const TransportKind& kind) {
  const Traits& traits = kind.traits;
  return {kind.name,
          std::string(ToString(traits.shape)),
          std::string(ToString(traits.reach)),
          std::string(ToString(traits.order)),
          AtMost(traits.producers_max) + ":" + AtMost(traits.consumers_max),
          YesNo(traits.duplex),
          std::string(ToString(traits.end_of_file)),
          Capacity(traits),
          fmt::format("{}", traits.message_size_max),
          fmt::format("{}", traits.priorities),
          YesNo(traits.survives_kill),
          std::string(ToString(traits.persistence)),
          kind.summary};
}

nlohmann::ordered_json Names(const RuleSet& rules) {
  nlohmann::ordered_json names = nlohmann::ordered_json::array();
  for (const RuleInfo& info : AllRules()) {
    if (rules.test(static_cast<std::size_t>(info.rule))) names.push_back(info.name);
  }
  return names;
}

// What a fuzz target's executions are judged by is what any program is.
nlohmann::ordered_json Rules(const TransportKind& kind) {
  return {{"promised", Names(PromisedRules(kind))},
          {"of_any_program", Names(RulesOfAnyProgram(kind.traits))}};
}

nlohmann::ordered_json Json(const TransportKind& kind) {
  const Traits& traits = kind.traits;
  return {{"name", kind.name},
          {"summary", kind.summary},
          {"shape", ToString(traits.shape)},
          {"reach", ToString(traits.reach)},
          {"order", ToString(traits.order)},
          {"producers_max", traits.producers_max},
          {"consumers_max", traits.consumers_max},
          {"duplex", traits.duplex},
          {"consumer_is_creator", traits.consumer_is_creator},
          {"reopens_producer", traits.reopens_producer},
          {"reopens_consumer", traits.reopens_consumer},
          {"end_of_file", ToString(traits.end_of_file)},
          {"send_needs_consumer", traits.send_needs_consumer},
          {"close_wakes", traits.close_wakes},
          {"exact_capacity", traits.exact_capacity},
          {"capacity_messages_max", traits.capacity_messages_max},
          {"floor_messages", traits.floor_messages},
          {"floor_bytes", traits.floor_bytes},
          {"message_size_max", traits.message_size_max},
          {"priorities", traits.priorities},
          {"survives_kill", traits.survives_kill},
          {"keeps_queued", traits.keeps_queued},
          {"persistence", ToString(traits.persistence)},
          {"mechanism", ToString(traits.mechanism)},
          {"rules", Rules(kind)}};
}

}  // namespace

int PrintKinds(bool json) {
  if (json) {
    nlohmann::ordered_json kinds = nlohmann::ordered_json::array();
    for (const TransportKind& kind : HammeredKinds()) kinds.push_back(Json(kind));
    Print(stdout, "{}\n", kinds.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    return 0;
  }
  Table table({"KIND", "SHAPE", "REACH", "ORDER", ">P:C", "DUPLEX", "EOF", ">CAPACITY", ">SIZE",
               ">PRIO", "KILL-SAFE", "PERSISTENCE", "WHAT IT IS"});
  for (const TransportKind& kind : HammeredKinds()) table.Add(Row(kind));
  Print(stdout, "{}", table.ToText());
  return 0;
}

int PrintRules() {
  Table table({"RULE", "HOLDS WHEN"});
  for (const RuleInfo& rule : AllRules()) {
    table.Add({std::string(rule.name), std::string(rule.holds)});
  }
  Print(stdout, "{}", table.ToText());
  return 0;
}

int PrintScenarios() {
  Table table({"SCENARIO", "WHAT IT DOES"});
  for (const Scenario& scenario : AllScenarios()) {
    table.Add({std::string(scenario.name), std::string(scenario.summary)});
  }
  Print(stdout, "{}", table.ToText());
  return 0;
}

int PrintAdversities() {
  const std::vector<TransportKind>& kinds = HammeredKinds();
  Table table({"ADVERSITY", ">ONE IN", ">KINDS", "WHAT IT DOES"});
  for (const Adversity& adversity : AllAdversities()) {
    const auto count = std::ranges::count_if(kinds, [&adversity](const TransportKind& kind) {
      return std::ranges::any_of(std::array{Mode::kThreads, Mode::kRelatives, Mode::kStrangers},
                                 [&](Mode mode) { return adversity.applies(kind, mode); });
    });
    table.Add({std::string(adversity.name), fmt::format("{}", adversity.one_in),
               fmt::format("{} of {}", count, kinds.size()), std::string(adversity.summary)});
  }
  Print(stdout, "{}", table.ToText());
  return 0;
}

int PrintCases() {
  const std::vector<TransportKind>& kinds = HammeredKinds();
  Table table({"CASE", "RULE", ">KINDS"});
  for (const ConformanceCase& conformance_case : AllCases()) {
    const auto count = std::ranges::count_if(kinds, [&conformance_case](const auto& kind) {
      return conformance_case.applies(kind.traits);
    });
    table.Add({NameOf(conformance_case), std::string(ToString(RuleOf(conformance_case))),
               fmt::format("{} of {}", count, kinds.size())});
  }
  Print(stdout, "{}", table.ToText());
  return 0;
}

}  // namespace ipc_hammer

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "properties/probes/probe.h"
#include "properties/sandbox/sandbox.h"
#include "properties/testing/test_sandbox.h"
#include "stress/cli/traits_report.h"
#include "stress/jobs/print.h"

namespace ipc_hammer {
namespace {

using Json = nlohmann::ordered_json;

std::string_view ToString(Cell::State state) {
  if (state == Cell::State::kMeasured) return "measured";
  return state == Cell::State::kFailed ? "failed" : "not applicable";
}

Json ToJson(const Cell& cell) {
  Json json = {{"state", ToString(cell.state)}, {"value", cell.value}, {"seen", cell.seen}};
  if (cell.number != 0) json["number"] = cell.number;
  return json;
}

Json ToJson(const MeasuredKind& measured) {
  Json cells = Json::object();
  for (std::size_t i = 0; i < measured.cells.size(); ++i) {
    const Probe& probe = AllProbes()[i];
    const Traits& traits = measured.kind->traits;
    Json cell = ToJson(measured.cells[i]);
    if (probe.declared != nullptr) {
      cell["declared"] = probe.declared(traits);
      cell["contradicts"] = !Contradiction(probe, traits, measured.cells[i]).empty();
    }
    if (probe.name == "throughput") {
      cell["class"] = SpeedClass(measured);
      cell["pipe"] = measured.pipe_rate;
    }
    cells[std::string(probe.name)] = std::move(cell);
  }
  return {{"name", measured.kind->name},
          {"mechanism", ToString(measured.kind->traits.mechanism)},
          {"cells", std::move(cells)}};
}

Json ToJson(const JudgedClaim& judged) {
  Json evidence = Json::array();
  for (const Evidence& one : judged.evidence) {
    evidence.push_back({{"who", one.who},
                        {"measured", one.measured},
                        {"holds", one.holds},
                        {"seen", one.cell.seen}});
  }
  return {{"mechanism", ToString(judged.claim.mechanism)},
          {"quality", ToString(judged.claim.quality)},
          {"says", judged.claim.says},
          {"measured", judged.measured},
          {"verdict", ToString(judged.verdict)},
          {"evidence", std::move(evidence)}};
}

}  // namespace

void PrintTraitsAsJson(const Measurement& measurement) {
  Json kinds = Json::array(), claims = Json::array();
  for (const MeasuredKind& measured : measurement.kinds) {
    kinds.push_back(ToJson(measured));
  }
  for (const JudgedClaim& judged : Judge(measurement)) claims.push_back(ToJson(judged));
  const Json json = {
      {"measured_on", MeasuredOn()},       {"sandbox", ToString(TestSandbox())},
      {"speed_rule", kSpeedRule},          {"kinds", std::move(kinds)},
      {"quoted_table", std::move(claims)}, {"contradictions", Contradictions(measurement)}};
  Print(stdout, "{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
}

}  // namespace ipc_hammer

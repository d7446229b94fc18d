// ReadFinding: a finding comes from another machine or was edited by hand; nothing in it is
// trusted.
#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "properties/findings/files.h"
#include "properties/findings/finding.h"
#include "properties/program/text.h"

namespace ipc_hammer {
namespace {

using nlohmann::json;

std::string Text(const json& meta, const char* key) {
  const auto it = meta.find(key);
  return it != meta.end() && it->is_string() ? it->get<std::string>() : std::string();
}

std::expected<void, std::string> ApplyMeta(const json& meta, Finding& finding) {
  const auto rule = RuleFromString(Text(meta, "rule"));
  if (!rule) return std::unexpected(fmt::format("unknown rule '{}'", Text(meta, "rule")));
  const auto mode = ModeFromString(Text(meta, "mode"));
  if (!mode) return std::unexpected(mode.error());
  finding.violation.rule = *rule;
  finding.violation.reason = Text(meta, "reason");
  finding.violation.event_index = Violation::kNoEvent;
  finding.mode = *mode;
  finding.target = Text(meta, "target");
  finding.scenario = Text(meta, "scenario");
  finding.case_name = Text(meta, "case");
  finding.program.kind = Text(meta, "kind");
  if ((finding.mode == Mode::kConformance) == finding.case_name.empty()) {
    return std::unexpected(fmt::format("mode {} and case '{}' do not go together",
                                       ToString(finding.mode), finding.case_name));
  }
  return {};
}

std::expected<void, std::string> ReadMeta(const std::string& path, Finding& finding) {
  const auto text = ReadWholeFile(path);
  if (!text) return std::unexpected(text.error());
  const json meta = json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!meta.is_object()) return std::unexpected(path + ": not a JSON object");
  if (const auto applied = ApplyMeta(meta, finding); !applied) {
    return std::unexpected(path + ": " + applied.error());
  }
  return {};
}

std::expected<void, std::string> ReadProgram(const std::string& path, Finding& finding) {
  const auto text = ReadWholeFile(path);
  if (!text) return std::unexpected(text.error());
  auto program = ParseProgram(*text);
  if (!program) return std::unexpected(path + ": " + program.error());
  if (program->kind != finding.program.kind) {
    return std::unexpected(fmt::format("{}: kind '{}', but meta.json says '{}'", path,
                                       program->kind, finding.program.kind));
  }
  finding.program = *std::move(program);
  return {};
}

std::expected<void, std::string> ReadInput(const std::string& path, Finding& finding) {
  const auto bytes = ReadWholeFile(path);
  if (!bytes) return std::unexpected(bytes.error());
  finding.input.assign(bytes->begin(), bytes->end());
  return {};
}

}  // namespace

std::expected<Finding, std::string> ReadFinding(const std::string& path) {
  Finding finding;
  auto status = ReadMeta(path + "/meta.json", finding);
  const bool is_case = finding.mode == Mode::kConformance;
  const bool has_program = !is_case && !finding.program.kind.empty();
  if (status && has_program) status = ReadProgram(path + "/program.txt", finding);
  if (status && !is_case) status = ReadInput(path + "/input.bin", finding);
  if (!status) return std::unexpected("damaged finding: " + status.error());
  if (finding.program.kind.empty() && (is_case || finding.target.empty())) {
    return std::unexpected(fmt::format("damaged finding: {}: neither kind nor target", path));
  }
  return finding;
}

}  // namespace ipc_hammer

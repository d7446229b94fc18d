#include "stress/cli/load.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "properties/findings/files.h"
#include "properties/hammered_kinds.h"
#include "properties/program/codec.h"
#include "properties/program/text.h"
#include "stress/cli/case_names.h"
#include "stress/cli/kind_names.h"
#include "stress/cli/suggest.h"

namespace ipc_hammer {
namespace {

constexpr std::string_view kTextMark = "ipc_hammer program";

bool IsFolder(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

// The text form is told by its first line; comments may come before it.
bool IsProgramText(std::string_view content) {
  while (!content.empty()) {
    const std::string_view line = content.substr(0, content.find('\n'));
    const bool skipped = line.empty() || line.front() == '#';
    if (!skipped) return line.starts_with(kTextMark);
    content.remove_prefix(std::min(content.size(), line.size() + 1));
  }
  return false;
}

std::expected<Loaded, std::string> FromText(const std::string& path, const std::string& content) {
  auto program = ParseProgram(content);
  if (!program) return std::unexpected(fmt::format("{}: {}", path, program.error()));
  Loaded loaded;
  loaded.finding.program = *std::move(program);
  return loaded;
}

std::expected<Loaded, std::string> FromBytes(const std::string& content,
                                             const TransportKind& kind) {
  Loaded loaded;
  loaded.finding.input.assign(content.begin(), content.end());
  loaded.finding.program = Decode(loaded.finding.input, kind);
  return loaded;
}

std::expected<Loaded, std::string> FromFile(const std::string& path, const std::string& kind_name) {
  const auto content =
      path == "-" ? ReadWholeDescriptor(STDIN_FILENO, "standard input") : ReadWholeFile(path);
  if (!content) return std::unexpected(content.error());
  if (IsProgramText(*content)) return FromText(path, *content);
  if (kind_name.empty()) {
    return std::unexpected(fmt::format(
        "{}: not a program (its first line would be '{} 1'); for a fuzzer's input give --kind",
        path, kTextMark));
  }
  const auto kind = KindNamed(kind_name);
  if (!kind) return std::unexpected(kind.error());
  return FromBytes(*content, **kind);
}

std::expected<Loaded, std::string> FromFolder(const std::string& path) {
  auto finding = ReadFinding(path);
  if (!finding) return std::unexpected(finding.error());
  return Loaded{*std::move(finding), /*is_finding=*/true};
}

std::expected<void, std::string> CheckCase(const std::string& path, const Finding& finding) {
  const auto kind = KindNamed(finding.program.kind);
  if (!kind) return std::unexpected(fmt::format("{}: {}", path, kind.error()));
  const auto names = CasesNamed(finding.case_name);
  if (!names) return std::unexpected(fmt::format("{}: {}", path, names.error()));
  if (CasesOf(**kind, {finding.case_name}).empty()) {
    return std::unexpected(
        fmt::format("{}: {} does not apply to {}", path, finding.case_name, finding.program.kind));
  }
  return {};
}

std::expected<void, std::string> CheckProgram(const std::string& path, const Program& program) {
  const auto kind = KindNamed(program.kind);
  if (!kind) return std::unexpected(fmt::format("{}: {}", path, kind.error()));
  if (const auto valid = Validate(program, (*kind)->traits); !valid) {
    return std::unexpected(fmt::format("{}: {}", path, valid.error()));
  }
  return {};
}

}  // namespace

std::expected<Loaded, std::string> Load(const std::string& path, const std::string& kind_name) {
  auto loaded = IsFolder(path) ? FromFolder(path) : FromFile(path, kind_name);
  if (!loaded) return loaded;
  const Program& program = loaded->finding.program;
  if (program.kind.empty() && loaded->is_finding) return loaded;
  if (!kind_name.empty() && program.kind != kind_name) {
    return std::unexpected(
        fmt::format("{}: a program of {}, not of {}", path, program.kind, kind_name));
  }
  const bool is_case = loaded->finding.mode == Mode::kConformance;
  const auto checked = is_case ? CheckCase(path, loaded->finding) : CheckProgram(path, program);
  if (!checked) return std::unexpected(checked.error());
  return loaded;
}

}  // namespace ipc_hammer

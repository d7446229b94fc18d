// WriteFinding: all files go into a hidden folder beside the final one, which is then renamed.
#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>

#include "properties/findings/files.h"
#include "properties/findings/finding.h"
#include "properties/hammered_kinds.h"
#include "properties/history/violation_lanes.h"
#include "properties/program/codec.h"
#include "properties/program/text.h"

#ifndef IPC_HAMMER_CONFIG
#define IPC_HAMMER_CONFIG "plain"
#endif

namespace ipc_hammer {
namespace {

using Status = std::expected<void, std::string>;

// A sanitizer's report is a few pages; what a runaway actor printed before it is not worth a disk.
constexpr std::size_t kTextBytesMax = std::size_t{1} << 20;

// FNV-1a, 32 bit (draft-eastlake-fnv): short, and the same on every machine.
std::uint32_t Hash(std::string_view text, std::uint32_t hash = 2166136261u) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash;
}

std::string_view Raw(const Finding& finding) {
  return {reinterpret_cast<const char*>(finding.input.data()), finding.input.size()};
}

// What the folder is called after: the kind, or the fuzz target where there is no kind.
std::string Subject(const Finding& finding) {
  const std::string& subject = finding.program.kind;
  if (!subject.empty()) return subject;
  return finding.target.empty() ? "unknown" : finding.target;
}

bool HasProgram(const Finding& finding) {
  return !finding.program.kind.empty() && finding.mode != Mode::kConformance;
}

// What makes it another finding than others of its kind and rule. Without a kind the program says
// nothing and the raw bytes are what differs.
std::string Essence(const Finding& finding) {
  if (HasProgram(finding)) return ToText(finding.program);
  return finding.case_name.empty() ? std::string(Raw(finding)) : finding.case_name;
}

std::string FolderName(const Finding& finding) {
  const std::string_view rule = ToString(finding.violation.rule);
  const std::uint32_t hash = Hash(Essence(finding), Hash(rule, Hash(Subject(finding))));
  return fmt::format("{}-{}-{:08x}", Subject(finding), rule, hash);
}

std::string Commit() {
  const char* commit = std::getenv("IPC_HAMMER_COMMIT");
  return commit == nullptr || *commit == '\0' ? "unknown" : commit;
}

std::string Meta(const Finding& finding) {
  nlohmann::ordered_json meta;
  meta["format"] = 1;
  meta["rule"] = ToString(finding.violation.rule);
  meta["reason"] = finding.violation.reason;
  meta["kind"] = finding.program.kind;
  meta["mode"] = ToString(finding.mode);
  meta["case"] = finding.case_name;
  meta["target"] = finding.target;
  meta["scenario"] = finding.scenario;
  meta["seed"] = finding.program.seed;
  meta["config"] = IPC_HAMMER_CONFIG;
  meta["commit"] = Commit();
  // A reason may quote bytes of a broken message: what is not UTF-8 is replaced, never refused.
  return meta.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string Input(const Finding& finding) {
  if (!finding.input.empty()) return std::string(Raw(finding));
  const TransportKind* kind = FindHammeredKind(finding.program.kind);
  if (kind == nullptr) return "";
  const std::vector<std::uint8_t> bytes = Encode(finding.program, *kind);
  return std::string(bytes.begin(), bytes.end());
}

std::string Tail(const std::string& text) {
  if (text.size() <= kTextBytesMax) return text;
  return fmt::format("... {} bytes left out\n", text.size() - kTextBytesMax) +
         text.substr(text.size() - kTextBytesMax);
}

Status WriteFiles(const Finding& finding, const std::string& folder) {
  const auto write = [&folder](const char* name, const std::string& content) {
    return WriteWholeFile(folder + "/" + name, content);
  };
  const bool has_program = HasProgram(finding);
  const std::string lanes = ViolationLanes(finding.program, finding.history, finding.violation);
  Status status = write("meta.json", Meta(finding));
  if (status && has_program) status = write("program.txt", ToText(finding.program));
  if (status && finding.case_name.empty()) status = write("input.bin", Input(finding));
  if (status && has_program) status = write("history.txt", Tail(lanes));
  if (status) status = write("census.txt", Tail(finding.census));
  if (status) status = write("log.txt", Tail(finding.log));
  return status;
}

Status MakeFolders(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return std::unexpected(fmt::format("{}: {}", folder, error.message()));
  return {};
}

// The earlier one of two equal findings stays, with whatever a person has added to it.
Status Publish(const std::string& temporary, const std::string& path) {
  if (rename(temporary.c_str(), path.c_str()) == 0) return {};
  const int sys_errno = errno;
  if (sys_errno != EEXIST && sys_errno != ENOTEMPTY) {
    return std::unexpected(fmt::format("{}: {}", path, std::strerror(sys_errno)));
  }
  if (ReadFinding(path)) return {};
  // Something damaged has the name: the whole one takes its place.
  if (renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, path.c_str(), RENAME_EXCHANGE) == 0) {
    return {};
  }
  return std::unexpected(fmt::format("{}: {}", path, std::strerror(errno)));
}

}  // namespace

std::expected<std::string, std::string> WriteFinding(const Finding& finding,
                                                     const std::string& folder) {
  const std::string path = folder + "/" + FolderName(finding);
  std::string temporary = folder + "/.finding.XXXXXX";
  Status status = MakeFolders(folder);
  if (status && mkdtemp(temporary.data()) == nullptr) {
    status = std::unexpected(fmt::format("{}: {}", folder, std::strerror(errno)));
  }
  if (!status) return std::unexpected("finding not written: " + status.error());
  status = WriteFiles(finding, temporary);
  // mkdtemp makes it 0700; a finding may be read by whoever may read its parent.
  if (status) chmod(temporary.c_str(), 0755);
  if (status) status = Publish(temporary, path);
  std::error_code ignored;
  std::filesystem::remove_all(temporary, ignored);
  if (!status) return std::unexpected("finding not written: " + status.error());
  return path;
}

}  // namespace ipc_hammer

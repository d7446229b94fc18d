#include "stress/cli/show.h"

#include "properties/findings/files.h"
#include "properties/program/text.h"
#include "stress/cli/fail.h"
#include "stress/cli/load.h"
#include "stress/jobs/print.h"

namespace ipc_hammer {
namespace {

// Texts are for people: one that is missing or empty is left out.
void ShowFile(const std::string& folder, const char* name) {
  const auto text = ReadWholeFile(folder + "/" + name);
  if (!text || text->empty()) return;
  Print(stdout, "\n== {}\n{}{}", name, *text, text->ends_with('\n') ? "" : "\n");
}

void ShowFinding(const std::string& path, const Finding& finding) {
  Print(stdout, "{}: {}\n", ToString(finding.violation.rule), finding.violation.reason);
  Print(stdout, "{}\n", ReplayLine(path));
  for (const char* name : {"meta.json", "program.txt", "history.txt", "census.txt", "log.txt"}) {
    ShowFile(path, name);
  }
}

}  // namespace

int ShowCommand(const CommandLine& line) {
  const auto loaded = Load(line.path, line.kind);
  if (!loaded) return FailWith(loaded.error());
  if (loaded->is_finding) {
    ShowFinding(line.path, loaded->finding);
  } else {
    Print(stdout, "{}", ToText(loaded->finding.program));
  }
  return 0;
}

}  // namespace ipc_hammer

#include "stress/cli/traits_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/utsname.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <ranges>
#include <span>
#include <thread>

#include "properties/probes/probe.h"
#include "properties/sandbox/sandbox.h"
#include "properties/testing/test_sandbox.h"
#include "stress/cli/table.h"
#include "stress/cli/wrap.h"
#include "stress/jobs/print.h"

#ifndef IPC_HAMMER_CONFIG
#ifdef __OPTIMIZE__
#define IPC_HAMMER_CONFIG "optimised"
#else
#define IPC_HAMMER_CONFIG "not optimised"
#endif
#endif

namespace ipc_hammer {
namespace {

constexpr std::size_t kNoteIndent = 5;        // "[12] "
constexpr std::size_t kExperimentIndent = 4;  // two more than its beginning

// The columns of the table of kinds, by probe.
struct Column {
  std::string_view probe;
  const char* heading;
};
constexpr Column kColumns[] = {
    {"ways", "WAYS"},
    {"reach", "REACH"},
    {"framing", "FRAMING"},
    {"order", "ORDER"},
    {"capacity", ">CAPACITY"},
    {"survives-kill", "KILL-SAFE"},
    {"end-of-file", "EOF"},
    {"nobody-receives", "NO RECEIVER"},
    {"persistence", "PERSISTENCE"},
    {"cleanup", "CLEANED BY"},
    {"throughput", ">MESSAGES/S"},
    {"round-trip", ">ROUND TRIP"},
    {"calls-message", ">CALLS"},
    {"calls-channel", ">TO OPEN"},
};

std::string Text(const Column& column, const Cell& cell) {
  if (cell.state != Cell::State::kMeasured) return cell.value;
  if (column.probe == "throughput") return Short(cell.number);
  if (column.probe == "round-trip") return fmt::format("{:.1f} us", cell.number / 1e3);
  return cell.value;
}

void PrintKinds(const Measurement& measurement) {
  std::vector<std::string> headings = {"KIND", "MECHANISM"};
  for (const Column& column : kColumns) {
    headings.emplace_back(column.heading);
    if (column.probe == "throughput") headings.emplace_back("SPEED");
  }
  Table table(headings);
  for (const MeasuredKind& measured : measurement.kinds) {
    std::vector<std::string> row = {measured.kind->name,
                                    std::string(ToString(measured.kind->traits.mechanism))};
    for (const Column& column : kColumns) {
      row.push_back(Text(column, CellOf(measured, column.probe)));
      if (column.probe == "throughput") {
        row.emplace_back(SpeedClass(measured));
      }
    }
    table.Add(std::move(row));
  }
  Print(stdout, "{}", table.ToText());
}

// What the headings leave open.
std::string Legend(const Measurement& measurement) {
  const auto [least, most] =
      std::ranges::minmax(measurement.kinds | std::views::transform(&MeasuredKind::pipe_rate));
  return fmt::format(
      "EOF, NO RECEIVER: what is heard when the last sender, or receiver, has closed. CALLS, TO "
      "OPEN: system calls of a message, and of a channel from its creation to its end. CAPACITY "
      "and speed are of messages of 64 B, or of tokens; two actors, where the scheduler puts them. "
      "SPEED is relative to the pipe, which was measured beside each kind and passed {} to {} a "
      "second. {}.",
      Short(least), Short(most), kSpeedRule);
}

void PrintExperiments(const MeasuredKind& measured) {
  Print(stdout, "\n{}\n", measured.kind->name);
  for (std::size_t i = 0; i < measured.cells.size(); ++i) {
    const Probe& probe = AllProbes()[i];
    const Cell& cell = measured.cells[i];
    const std::string text = fmt::format("  {} {}: {}", probe.question, cell.value, cell.seen);
    Print(stdout, "{}", Wrapped(text, kExperimentIndent));
  }
}

// "yes, and so it is", or "yes, but no [3]".
std::string Text(const JudgedClaim& judged, std::size_t& notes) {
  if (judged.verdict == Verdict::kNotMeasured) return fmt::format("{} | ?", judged.claim.says);
  const std::string text = fmt::format("{} | {}", judged.claim.says, judged.measured);
  if (judged.verdict == Verdict::kHolds) return text;
  return fmt::format("{} [{}]", text, ++notes);
}

// "unix_stream, unix_dgram and 10 more".
std::string Some(const std::vector<std::string_view>& who) {
  constexpr std::size_t kNamed = 3;
  if (who.size() <= kNamed + 1) return fmt::format("{}", fmt::join(who, ", "));
  return fmt::format("{} and {} more", fmt::join(std::span(who).first(kNamed), ", "),
                     who.size() - kNamed);
}

// "FIFO, two-way: 'yes' does not hold (no: a FIFO). a FIFO: two open it ...": who answers what, and
// the experiment on the first who contradicts.
std::string Note(const JudgedClaim& judged) {
  const Evidence* against = nullptr;
  std::map<std::string, std::vector<std::string_view>> by_answer;
  for (const Evidence& evidence : judged.evidence) {
    by_answer[evidence.measured].push_back(evidence.who);
    if (!evidence.holds && against == nullptr) against = &evidence;
  }
  std::vector<std::string> answers;
  for (const auto& [answer, who] : by_answer) answers.push_back(answer + ": " + Some(who));
  return fmt::format("{}, {}: '{}' {} ({}). {}: {}", ToString(judged.claim.mechanism),
                     ToString(judged.claim.quality), judged.claim.says, ToString(judged.verdict),
                     fmt::join(answers, "; "), against->who, against->cell.seen);
}

void PrintClaims(const Measurement& measurement) {
  const std::vector<JudgedClaim> claims = Judge(measurement);
  if (claims.empty()) return;
  std::vector<std::string> notes;
  std::map<MechanismFamily, std::vector<std::string>> rows;
  for (const JudgedClaim& judged : claims) {
    auto& row = rows[judged.claim.mechanism];
    row.resize(kQualityCount);
    std::size_t count = notes.size();
    row[static_cast<std::size_t>(judged.claim.quality)] = Text(judged, count);
    if (count != notes.size()) notes.push_back(Note(judged));
  }
  Table table({"MECHANISM", "TWO-WAY", "RELATED ONLY", "SPEED", "PERSISTENT"});
  for (auto& [mechanism, row] : rows) {
    row.insert(row.begin(), std::string(ToString(mechanism)));
    table.Add(row);
  }
  Print(stdout, "\nThe commonly quoted table: what it says | what was measured\n{}",
        table.ToText());
  for (std::size_t i = 0; i < notes.size(); ++i) {
    Print(stdout, "{}", Wrapped(fmt::format("[{}] {}", i + 1, notes[i]), kNoteIndent));
  }
}

}  // namespace

std::string MeasuredOn() {
  std::string model = "unknown processor";
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);) {
    if (line.starts_with("model name")) model = line.substr(line.find(": ") + 2);
  }
  utsname system{};
  uname(&system);
  return fmt::format("{} x {}, {} {}, {} build", std::thread::hardware_concurrency(), model,
                     system.sysname, system.release, IPC_HAMMER_CONFIG);
}

std::vector<std::string> Contradictions(const Measurement& measurement) {
  std::vector<std::string> all;
  for (const MeasuredKind& measured : measurement.kinds) {
    for (std::size_t i = 0; i < measured.cells.size(); ++i) {
      const Probe& probe = AllProbes()[i];
      const Cell& cell = measured.cells[i];
      std::string why = Contradiction(probe, measured.kind->traits, cell);
      if (why.empty() && cell.state == Cell::State::kFailed) {
        why = fmt::format("{} {}: {}", probe.name, cell.value, cell.seen);
      }
      if (!why.empty()) all.push_back(measured.kind->name + ": " + why);
    }
  }
  return all;
}

void PrintTraits(const Measurement& measurement, bool with_experiments) {
  Print(stdout, "measured on {}\n", MeasuredOn());
  if (!TestSandbox().isolated) Print(stdout, "{}\n", ToString(TestSandbox()));
  PrintKinds(measurement);
  Print(stdout, "{}", Wrapped(Legend(measurement), 0));
  PrintClaims(measurement);
  if (with_experiments) {
    for (const MeasuredKind& measured : measurement.kinds) PrintExperiments(measured);
  }
  for (const std::string& contradiction : Contradictions(measurement)) {
    Print(stdout, "\n{}", Wrapped("contradiction: " + contradiction, kExperimentIndent));
  }
}

}  // namespace ipc_hammer

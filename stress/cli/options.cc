#include "stress/cli/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <vector>

#include "properties/findings/finding.h"
#include "properties/rules/rule.h"
#include "stress/cli/suggest.h"

namespace ipc_hammer {
namespace {

constexpr int kUsageError = 2;

struct VerbName {
  Verb verb;
  const char* name;
  const char* summary;
};

constexpr VerbName kVerbs[] = {
    {Verb::kList, "list", "the transport kinds and what each promises"},
    {Verb::kRules, "rules", "the rules that a transport must keep"},
    {Verb::kScenarios, "scenarios", "the scenarios of the stress runs"},
    {Verb::kAdversities, "adversities", "what makes the work of a scenario harder"},
    {Verb::kCases, "cases", "the conformance cases, and how many kinds each applies to"},
    {Verb::kRun, "run", "hammer one kind, or all, with generated programs, scenarios and cases"},
    {Verb::kCampaign, "campaign", "hammer every kind with cases, fuzzing, programs and stress"},
    {Verb::kReplay, "replay", "run a finding, a program or a fuzzer's input until it fails"},
    {Verb::kMinimise, "minimise", "make a finding's program simpler while it breaks the same rule"},
    {Verb::kShow, "show", "print a finding or a program in readable form"},
    {Verb::kCensus, "census", "the IPC objects of this machine, or what a command leaves behind"},
    {Verb::kTraits, "traits", "the comparison table of the mechanisms, measured here and now"},
    {Verb::kFaults, "faults", "at how many points of its operations a fault can strike each kind"},
};

const char* const kWhere = "folder for findings (default: findings, here)";

void AddRunOptions(CLI::App& run, CommandLine& line) {
  run.add_option("KIND", line.kind, "a kind of 'hammer list', or all")->required();
  run.add_option("--scenario", line.scenario, "a scenario of 'hammer scenarios', or all");
  run.add_option(
      "--adversity", line.adversity,
      "one of 'hammer adversities' for every scenario, all (drawn, the default) or none");
  run.add_option("--case", line.conformance_case, "a case of 'hammer cases' (Close.*), or all");
  run.add_option("--mode", line.mode,
                 "sequential, threads, relatives, strangers, conformance or all");
  run.add_option("--seed", line.seed, "the first seed (default: drawn and printed)");
  auto* seconds = run.add_option("--seconds", line.seconds, "how long, in all (default: 10)");
  seconds->check(CLI::PositiveNumber);
  auto* rounds =
      run.add_option("--rounds", line.rounds, "programs, or cases, for each kind and mode");
  rounds->check(CLI::PositiveNumber)->excludes(seconds);
  run.add_option("--first", line.first, "end with the first finding of this rule, or of any");
  ScenarioOptions& options = line.scenario_options;
  run.add_option("--scale", options.scale, "how much work a scenario is (default: 1)")
      ->check(CLI::Range(1, 100'000));
  run.add_option("--producers", options.producers, "as many as the kind has, at most");
  run.add_option("--consumers", options.consumers, "as many as the kind has, at most");
  run.add_option("--message-size", options.message_size, "bytes");
  run.add_option("--messages", options.messages, "of each producer");
  run.add_option("--findings", line.findings, kWhere);
  run.add_option("--json", line.report, "file for what was done and found, as JSON");
}

void AddCampaignOptions(CLI::App& campaign, CommandLine& line) {
  campaign.add_option("--seconds", line.seconds, "how long, in all (default: 120)")
      ->check(CLI::PositiveNumber);
  campaign.add_option("--fuzzers", line.fuzzers, "folder of the binaries <kind>_program_fuzz");
  campaign.add_option("--seed", line.seed, "the first seed (default: drawn and printed)");
  campaign.add_option("--json", line.report, "file for what was done and found, as JSON");
  campaign.add_option("--findings", line.findings, kWhere);
}

void AddReplayOptions(CLI::App& replay, CommandLine& line) {
  replay.add_option("PATH", line.path, "a finding's folder, a program, a fuzzer's input, or -")
      ->required();
  replay.add_option("--mode", line.mode, "instead of the recorded one");
  auto* runs = replay.add_option("--runs", line.runs,
                                 "so many (default: 1 if sequential, else until it fails or 20)");
  runs->check(CLI::PositiveNumber);
  replay.add_flag("--full", line.full, "all of the history, not only where the rule broke");
  replay.add_flag("--in-process", line.in_process, "once, in this process: for a debugger")
      ->excludes(runs);
  replay.add_option("--kind", line.kind, "the kind of a fuzzer's input");
}

void AddMinimiseOptions(CLI::App& minimise, CommandLine& line) {
  minimise.add_option("PATH", line.path, "a finding's folder")->required();
  minimise.add_option("--seconds", line.seconds, "how long, at most (default: 60)")
      ->check(CLI::PositiveNumber);
  minimise.add_option("--mode", line.mode, "instead of the recorded one");
  minimise.add_option("--runs", line.runs, "at first (default: 1 if sequential, else 20)")
      ->check(CLI::PositiveNumber);
  minimise.add_option("--findings", line.findings, kWhere);
}

void AddWatchOptions(CLI::App& census, CommandLine& line) {
  CLI::Option* const watch =
      census.add_flag("--watch", line.watch, "run a command and tell what it leaves");
  CLI::Option* const command =
      census.add_option("COMMAND", line.command, "and its arguments, after --");
  watch->needs(command);
  command->needs(watch);
}

void AddOptions(Verb verb, CLI::App& command, CommandLine& line) {
  switch (verb) {
    case Verb::kList:
      command.add_flag("--json", line.json, "as JSON");
      break;
    case Verb::kRun:
      return AddRunOptions(command, line);
    case Verb::kCampaign:
      return AddCampaignOptions(command, line);
    case Verb::kReplay:
      return AddReplayOptions(command, line);
    case Verb::kMinimise:
      return AddMinimiseOptions(command, line);
    case Verb::kShow:
      command.add_option("PATH", line.path, "a finding's folder, a program, or -")->required();
      command.add_option("--kind", line.kind, "the kind of a fuzzer's input");
      break;
    case Verb::kCensus:
      command.add_flag("--json", line.json, "as JSON");
      return AddWatchOptions(command, line);
    case Verb::kTraits:
      command.add_option("KIND", line.kinds, "kinds of 'hammer list' (default: all)");
      command.add_flag("--json", line.json, "as JSON, with every experiment");
      break;
    case Verb::kFaults:
      command.add_option("KIND", line.kinds, "kinds of 'hammer list' (default: all)");
      break;
    case Verb::kRules:
    case Verb::kScenarios:
    case Verb::kAdversities:
    case Verb::kCases:
      break;
  }
}

std::vector<std::string> CommandNames() {
  std::vector<std::string> names;
  for (const VerbName& verb : kVerbs) names.emplace_back(verb.name);
  return names;
}

std::vector<std::string> OptionNames(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_lnames().empty()) names.push_back("--" + option->get_lnames().front());
  }
  return names;
}

std::string OneLine(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

// What CLI11 did not know, said with the nearest that it does.
std::string ExplainExtra(const CLI::App& app) {
  const std::vector<std::string> extra = app.remaining(/*recurse=*/true);
  if (extra.empty() || extra.front() == "--") return "";
  const auto commands = app.get_subcommands();
  const std::string& first = extra.front();
  if (commands.empty()) {
    if (first.starts_with('-')) return UnknownName("option", first, OptionNames(app));
    return UnknownName("command", first, CommandNames());
  }
  if (!first.starts_with('-')) return fmt::format("one argument too many: '{}'", first);
  const std::string name = first.substr(0, first.find('='));
  return UnknownName("option", name, OptionNames(*commands.front()));
}

Refusal ExplainError(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    const auto commands = app.get_subcommands();
    return {0, commands.empty() ? app.help() : commands.front()->help()};
  }
  std::string text = ExplainExtra(app);
  if (text.empty()) text = OneLine(error.what());
  return {kUsageError, text};
}

std::expected<void, Refusal> CheckModes(const CommandLine& line) {
  if (line.mode.empty() || (line.mode == "all" && line.verb == Verb::kRun)) return {};
  if (ModeFromString(line.mode)) return {};
  std::vector<std::string> known;
  for (const Mode mode : {Mode::kSequential, Mode::kThreads, Mode::kRelatives, Mode::kStrangers,
                          Mode::kConformance}) {
    known.emplace_back(ToString(mode));
  }
  return std::unexpected(Refusal{kUsageError, UnknownName("mode", line.mode, known)});
}

std::expected<void, Refusal> CheckFirst(const CommandLine& line) {
  if (line.first.empty() || line.first == kAnyRule || RuleFromString(line.first)) return {};
  std::vector<std::string> known = {kAnyRule};
  for (const RuleInfo& rule : AllRules()) known.emplace_back(rule.name);
  return std::unexpected(Refusal{kUsageError, UnknownName("rule", line.first, known)});
}

}  // namespace

// CLI11 reports by exceptions; they end here.
std::expected<CommandLine, Refusal> ParseCommandLine(int argc, char** argv) {
  CommandLine line;
  CLI::App app("Breaks inter-process transports, and says how to see it again.", "hammer");
  app.require_subcommand(1);
  for (const VerbName& verb : kVerbs) {
    CLI::App* command = app.add_subcommand(verb.name, verb.summary);
    AddOptions(verb.verb, *command, line);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return std::unexpected(ExplainError(app, error));
  }
  const CLI::App* chosen = app.get_subcommands().front();
  for (const VerbName& verb : kVerbs) {
    if (chosen->get_name() == verb.name) line.verb = verb.verb;
  }
  const CLI::Option* seed = chosen->get_option_no_throw("--seed");
  line.seed_given = seed != nullptr && seed->count() != 0;
  if (auto modes = CheckModes(line); !modes) return std::unexpected(modes.error());
  if (auto rule = CheckFirst(line); !rule) return std::unexpected(rule.error());
  return line;
}

}  // namespace ipc_hammer

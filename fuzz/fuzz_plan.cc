#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "fuzz/fuzz_target.h"

namespace ipc_hammer {
namespace {

bool Exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

bool IsFlag(std::string_view argument) { return argument.starts_with("-"); }

std::vector<std::string> Under(const std::string& root, std::span<const char* const> paths) {
  std::vector<std::string> found;
  for (const char* path : paths) {
    if (std::string full = root + path; Exists(full)) found.push_back(std::move(full));
  }
  return found;
}

// Ten seconds are beyond any execution, also under tsan on a busy machine; an execution that takes
// longer hangs. The memory bound is far above what a sanitized target needs. New functions are not
// named: the symbolizer that does so is a child process with pipes, which a census would count.
std::vector<std::string> Defaults(const FuzzTarget& target, const FuzzSurroundings& around) {
  std::vector<std::string> flags = {
      "-timeout=10", "-rss_limit_mb=2048", "-print_funcs=0",
      fmt::format("-max_len={}", target.input_bytes_max),
      fmt::format("-artifact_prefix={}/{}-", around.findings_folder, target.name)};
  const std::string dictionary = around.root + target.dictionary;
  if (*target.dictionary != '\0' && Exists(dictionary)) flags.push_back("-dict=" + dictionary);
  return flags;
}

// The user's argument, found from where the user is.
std::string Located(const std::string& argument, const FuzzSurroundings& around) {
  if (IsFlag(argument) || argument.starts_with("/") || Exists(argument)) return argument;
  const std::string there = around.user_folder + argument;
  return Exists(there) ? there : argument;
}

void Replay(std::span<const std::string> corpus, std::span<const std::string> regressions,
            FuzzPlan& plan) {
  for (const auto& inputs : {corpus, regressions}) {
    plan.arguments.insert(plan.arguments.end(), inputs.begin(), inputs.end());
  }
  plan.possible = corpus.size() + regressions.size() > 0;
  plan.notice = plan.possible ? fmt::format("replaying {} inputs: {} of the corpus, {} regressions",
                                            corpus.size() + regressions.size(), corpus.size(),
                                            regressions.size())
                              : std::string("there is nothing to replay: no input was found");
}

void Fuzz(std::span<const std::string> corpus, std::span<const std::string> regressions,
          const std::string& grown_corpus, FuzzPlan& plan) {
  std::vector<std::string> seeds(corpus.begin(), corpus.end());
  seeds.insert(seeds.end(), regressions.begin(), regressions.end());
  if (!seeds.empty()) {
    plan.arguments.push_back(fmt::format("-seed_inputs={}", fmt::join(seeds, ",")));
  }
  if (!grown_corpus.empty()) plan.arguments.push_back(grown_corpus);
  plan.notice = fmt::format("fuzzing from {} seeds, new inputs {}", seeds.size(),
                            grown_corpus.empty() ? "are not kept" : "in " + grown_corpus);
}

}  // namespace

FuzzPlan PlanFuzzing(const FuzzTarget& target, const FuzzSurroundings& around,
                     std::span<const std::string> arguments) {
  FuzzPlan plan;
  plan.arguments.push_back(arguments.empty() ? target.name : arguments.front());
  std::ranges::copy(Defaults(target, around), std::back_inserter(plan.arguments));
  const auto given = arguments.subspan(std::min<std::size_t>(1, arguments.size()));
  for (const auto& argument : given) plan.arguments.push_back(Located(argument, around));
  const auto corpus = Under(around.root, target.corpus);
  const auto regressions = Under(around.root, target.regressions);
  if (std::ranges::any_of(given, [](const auto& argument) { return !IsFlag(argument); })) {
    plan.notice = "running what the arguments name";
  } else if (around.replays) {
    Replay(corpus, regressions, plan);
  } else {
    Fuzz(corpus, regressions, around.grown_corpus, plan);
  }
  return plan;
}

}  // namespace ipc_hammer

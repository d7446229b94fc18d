#include "stress/jobs/job.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <random>

#include "properties/conformance/case.h"
#include "properties/generators/random_program.h"
#include "properties/program/text.h"
#include "stress/scenarios/adversity.h"

namespace ipc_hammer {
namespace {

using nlohmann::json;

// Sizes 1 .. kProgramSizeMax in turn: short programs are quick and easy to understand, long ones
// reach deep states.
int SizeOf(std::uint64_t seed) { return 1 + static_cast<int>(seed % kProgramSizeMax); }

Program GeneratedProgram(const TransportKind& kind, std::uint64_t seed) {
  // Every other program without faults: a fault often ends what would have become interesting.
  return RandomProgram(kind, seed, SizeOf(seed), {.faults = seed % 2 == 0});
}

bool IsOfCases(const Job& job) {
  return job.what == Job::What::kCases || job.what == Job::What::kCase;
}

// All of them in each pass, in an order of its own, but those that take long behind the others: in
// a short time each kind has met most of its cases.
std::uint32_t CaseIndexAt(const Job& job, std::uint64_t round) {
  std::vector<std::uint32_t> order(job.cases.size());
  std::iota(order.begin(), order.end(), 0);
  const auto long_ones = std::ranges::partition(order, [&](std::uint32_t i) {
    const ConformanceCase* const found = FindCase(job.cases[i]);
    return found == nullptr || !found->takes_long;
  });
  std::mt19937_64 random(job.seed + round / order.size());
  std::ranges::shuffle(order.begin(), long_ones.begin(), random);
  std::ranges::shuffle(long_ones, random);
  return order[round % order.size()];
}

const Scenario* ScenarioAt(const Job& job, const Position& position) {
  return FindScenario(job.scenarios[position.scenario]);
}

template <typename T>
void Take(const json& item, T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    if (item.is_string()) value = item.get<std::string>();
  } else {
    if (item.is_number()) value = item.get<T>();
  }
}

template <typename T>
void Read(const json& object, const char* key, T& value) {
  if (const auto it = object.find(key); it != object.end()) Take(*it, value);
}

std::expected<void, std::string> CheckCases(const Job& job) {
  if (job.cases.empty()) return std::unexpected("a job without cases");
  for (const std::string& name : job.cases) {
    if (FindCase(name) == nullptr) return std::unexpected("unknown case " + name);
  }
  return {};
}

template <typename T>
void ReadAll(const json& object, const char* key, std::vector<T>& values) {
  for (const json& item : object.value(key, json::array())) {
    T value{};
    Take(item, value);
    values.push_back(std::move(value));
  }
}

// Names come from the supervisor, which has checked them; a job without them would run nothing.
std::expected<void, std::string> Check(const Job& job) {
  if (IsOfCases(job)) return CheckCases(job);
  if (job.what != Job::What::kPrograms && job.modes.empty()) {
    return std::unexpected("a job without modes");
  }
  if (job.what == Job::What::kScenarios && job.scenarios.empty()) {
    return std::unexpected("a job without scenarios");
  }
  for (const std::string& name : job.scenarios) {
    if (FindScenario(name) == nullptr) return std::unexpected("unknown scenario " + name);
  }
  for (const std::string& name : job.adversities) {
    if (FindAdversity(name) == nullptr) return std::unexpected("unknown adversity " + name);
  }
  if (job.what != Job::What::kProgram) return {};
  if (const auto program = ParseProgram(job.program); !program) {
    return std::unexpected(program.error());
  }
  return {};
}

}  // namespace

std::string ToJson(const Job& job) {
  json object;
  object["what"] = static_cast<int>(job.what);
  object["kind"] = job.kind;
  object["seed"] = job.seed;
  object["first_round"] = job.first_round;
  object["seconds"] = job.seconds;
  object["rounds"] = job.rounds;
  object["findings"] = job.findings;
  object["scenarios"] = job.scenarios;
  object["adversities"] = job.adversities;
  object["modes"] = json::array();
  for (const Mode mode : job.modes) object["modes"].push_back(ToString(mode));
  object["scale"] = job.options.scale;
  object["producers"] = job.options.producers;
  object["consumers"] = job.options.consumers;
  object["message_size"] = job.options.message_size;
  object["messages"] = job.options.messages;
  object["program"] = job.program;
  object["events_shown"] = job.events_shown;
  object["cases"] = job.cases;
  object["left_out"] = job.left_out;
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::expected<Job, std::string> JobFromJson(std::string_view text) {
  const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return std::unexpected("a job is a JSON object");
  Job job;
  int what = -1;
  Read(object, "what", what);
  if (what < 0 || what > static_cast<int>(Job::What::kCase)) {
    return std::unexpected(fmt::format("no such job: {}", what));
  }
  job.what = static_cast<Job::What>(what);
  Read(object, "kind", job.kind);
  Read(object, "seed", job.seed);
  Read(object, "first_round", job.first_round);
  Read(object, "seconds", job.seconds);
  Read(object, "rounds", job.rounds);
  Read(object, "findings", job.findings);
  Read(object, "scale", job.options.scale);
  Read(object, "producers", job.options.producers);
  Read(object, "consumers", job.options.consumers);
  Read(object, "message_size", job.options.message_size);
  Read(object, "messages", job.options.messages);
  Read(object, "program", job.program);
  Read(object, "events_shown", job.events_shown);
  ReadAll(object, "scenarios", job.scenarios);
  ReadAll(object, "adversities", job.adversities);
  ReadAll(object, "cases", job.cases);
  ReadAll(object, "left_out", job.left_out);
  for (const json& name : object.value("modes", json::array())) {
    const auto mode = ModeFromString(name.is_string() ? name.get<std::string>() : "");
    if (!mode) return std::unexpected(mode.error());
    job.modes.push_back(*mode);
  }
  if (const auto valid = Check(job); !valid) return std::unexpected(valid.error());
  return job;
}

bool IsReplay(const Job& job) {
  return job.what == Job::What::kProgram || job.what == Job::What::kCase;
}

Position PositionOf(const Job& job, std::uint64_t round) {
  if (IsOfCases(job)) return {job.seed, 0, Mode::kConformance, CaseIndexAt(job, round)};
  if (job.what == Job::What::kPrograms) return {job.seed + round, 0, Mode::kSequential};
  if (job.what == Job::What::kProgram) return {job.seed, 0, job.modes.front()};
  const std::uint64_t scenarios = job.scenarios.size();
  return {job.seed + round, static_cast<std::uint32_t>(round % scenarios),
          job.modes[(round / scenarios) % job.modes.size()]};
}

Program ProgramAt(const Job& job, const TransportKind& kind, const Position& position) {
  if (job.what == Job::What::kPrograms) return GeneratedProgram(kind, position.seed);
  if (job.what == Job::What::kProgram) return ParseProgram(job.program).value_or(Program{});
  if (IsOfCases(job)) return {.kind = kind.name, .operations = {}};
  ScenarioOptions options = job.options;
  options.seed = position.seed;
  Program program = ScenarioAt(job, position)->make(kind, options);
  Beset(program, kind, position.mode, position.seed, job.adversities);
  return program;
}

Finding FindingAt(const Job& job, const Program& program, const Position& position,
                  const Violation& violation) {
  Finding finding;
  finding.program = program;
  finding.mode = position.mode;
  finding.violation = violation;
  if (!job.scenarios.empty()) finding.scenario = job.scenarios[position.scenario];
  if (!IsOfCases(job)) return finding;
  finding.case_name = job.cases[position.case_index];
  finding.violation.reason = finding.case_name + ": " + violation.reason;
  return finding;
}

bool AppliesAt(const Job& job, const TransportKind& kind, const Position& position) {
  if (IsOfCases(job))
    return std::ranges::find(job.left_out, position.case_index) == job.left_out.end();
  if (job.what != Job::What::kScenarios) return true;
  return ScenarioAt(job, position)->applies(kind, position.mode);
}

}  // namespace ipc_hammer

#include "stress/jobs/job.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "properties/generators/random_program.h"
#include "properties/program/text.h"

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

const Scenario* ScenarioAt(const Job& job, const Position& position) {
  return FindScenario(job.scenarios[position.scenario]);
}

template <typename T>
void Read(const json& object, const char* key, T& value) {
  const auto it = object.find(key);
  if (it == object.end()) return;
  if constexpr (std::is_same_v<T, std::string>) {
    if (it->is_string()) value = it->template get<std::string>();
  } else {
    if (it->is_number()) value = it->template get<T>();
  }
}

// Names come from the supervisor, which has checked them; a job without them would run nothing.
std::expected<void, std::string> Check(const Job& job) {
  if (job.what != Job::What::kPrograms && job.modes.empty()) {
    return std::unexpected("a job without modes");
  }
  if (job.what == Job::What::kScenarios && job.scenarios.empty()) {
    return std::unexpected("a job without scenarios");
  }
  for (const std::string& name : job.scenarios) {
    if (FindScenario(name) == nullptr) return std::unexpected("unknown scenario " + name);
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
  object["seconds"] = job.seconds;
  object["rounds"] = job.rounds;
  object["findings"] = job.findings;
  object["scenarios"] = job.scenarios;
  object["modes"] = json::array();
  for (const Mode mode : job.modes) object["modes"].push_back(ToString(mode));
  object["scale"] = job.options.scale;
  object["producers"] = job.options.producers;
  object["consumers"] = job.options.consumers;
  object["message_size"] = job.options.message_size;
  object["messages"] = job.options.messages;
  object["program"] = job.program;
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::expected<Job, std::string> JobFromJson(std::string_view text) {
  const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return std::unexpected("a job is a JSON object");
  Job job;
  int what = -1;
  Read(object, "what", what);
  if (what < 0 || what > static_cast<int>(Job::What::kProgram)) {
    return std::unexpected(fmt::format("no such job: {}", what));
  }
  job.what = static_cast<Job::What>(what);
  Read(object, "kind", job.kind);
  Read(object, "seed", job.seed);
  Read(object, "seconds", job.seconds);
  Read(object, "rounds", job.rounds);
  Read(object, "findings", job.findings);
  Read(object, "scale", job.options.scale);
  Read(object, "producers", job.options.producers);
  Read(object, "consumers", job.options.consumers);
  Read(object, "message_size", job.options.message_size);
  Read(object, "messages", job.options.messages);
  Read(object, "program", job.program);
  for (const json& name : object.value("scenarios", json::array())) {
    if (name.is_string()) job.scenarios.push_back(name.get<std::string>());
  }
  for (const json& name : object.value("modes", json::array())) {
    const auto mode = ModeFromString(name.is_string() ? name.get<std::string>() : "");
    if (!mode) return std::unexpected(mode.error());
    job.modes.push_back(*mode);
  }
  if (const auto valid = Check(job); !valid) return std::unexpected(valid.error());
  return job;
}

Position PositionOf(const Job& job, std::uint64_t round) {
  if (job.what == Job::What::kPrograms) return {job.seed + round, 0, Mode::kSequential};
  if (job.what == Job::What::kProgram) return {job.seed, 0, job.modes.front()};
  const std::uint64_t scenarios = job.scenarios.size();
  return {job.seed + round, static_cast<std::uint32_t>(round % scenarios),
          job.modes[(round / scenarios) % job.modes.size()]};
}

Program ProgramAt(const Job& job, const TransportKind& kind, const Position& position) {
  if (job.what == Job::What::kPrograms) return GeneratedProgram(kind, position.seed);
  if (job.what == Job::What::kProgram) return ParseProgram(job.program).value_or(Program{});
  ScenarioOptions options = job.options;
  options.seed = position.seed;
  return ScenarioAt(job, position)->make(kind, options);
}

bool AppliesAt(const Job& job, const TransportKind& kind, const Position& position) {
  if (job.what != Job::What::kScenarios) return true;
  return ScenarioAt(job, position)->applies(kind, position.mode);
}

}  // namespace ipc_hammer

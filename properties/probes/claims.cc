#include "properties/probes/claims.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "properties/probes/probe.h"

namespace ipc_hammer {
namespace {

constexpr double kVeryFast = 2, kFast = 0.5;  // of the pipe's rate

constexpr MechanismFamily kPipe = MechanismFamily::kPipe, kFifo = MechanismFamily::kFifo,
                          kQueue = MechanismFamily::kMessageQueue,
                          kMemory = MechanismFamily::kSharedMemory,
                          kSemaphore = MechanismFamily::kSemaphore,
                          kSocket = MechanismFamily::kSocket;

constexpr std::array kQuoted = {
    Claim{kPipe, Quality::kTwoWay, "no"},           Claim{kPipe, Quality::kRelatedOnly, "yes"},
    Claim{kPipe, Quality::kSpeed, "fast"},          Claim{kPipe, Quality::kPersistent, "no"},
    Claim{kFifo, Quality::kTwoWay, "yes"},          Claim{kFifo, Quality::kRelatedOnly, "no"},
    Claim{kFifo, Quality::kSpeed, "fast"},          Claim{kFifo, Quality::kPersistent, "yes"},
    Claim{kQueue, Quality::kTwoWay, "yes"},         Claim{kQueue, Quality::kRelatedOnly, "no"},
    Claim{kQueue, Quality::kSpeed, "moderate"},     Claim{kQueue, Quality::kPersistent, "yes"},
    Claim{kMemory, Quality::kTwoWay, "yes"},        Claim{kMemory, Quality::kRelatedOnly, "no"},
    Claim{kMemory, Quality::kSpeed, "very fast"},   Claim{kMemory, Quality::kPersistent, "no"},
    Claim{kSemaphore, Quality::kRelatedOnly, "no"}, Claim{kSemaphore, Quality::kSpeed, "fast"},
    Claim{kSemaphore, Quality::kPersistent, "yes"}, Claim{kSocket, Quality::kTwoWay, "yes"},
    Claim{kSocket, Quality::kRelatedOnly, "no"},    Claim{kSocket, Quality::kSpeed, "moderate"},
    Claim{kSocket, Quality::kPersistent, "yes"},
};

std::string YesNo(bool yes) { return yes ? "yes" : "no"; }

// With what it is compared with.
Cell BesideThePipe(const MeasuredKind& kind) {
  Cell cell = CellOf(kind, "throughput");
  cell.seen += fmt::format("; the pipe beside it passed {:.0f}", kind.pipe_rate);
  return cell;
}

// A kind's answer in the words of the claim.
struct Answer {
  Cell cell;
  std::string measured;
};

Answer AnswerOf(const MeasuredKind& kind, Quality quality) {
  if (quality == Quality::kSpeed) {
    return {BesideThePipe(kind), std::string(SpeedClass(kind))};
  }
  const bool persistence = quality == Quality::kPersistent;
  const Cell& cell = CellOf(kind, persistence ? "persistence" : "reach");
  return {cell, YesNo(persistence ? cell.value != "process" : cell.value != "strangers")};
}

void Add(std::string_view who, const Cell& cell, std::string measured, JudgedClaim& judged) {
  if (cell.state != Cell::State::kMeasured || measured.empty()) return;
  const bool holds = measured == judged.claim.says;
  judged.evidence.push_back({who, std::move(measured), cell, holds});
}

void Conclude(JudgedClaim& judged) {
  if (judged.evidence.empty()) return;
  const auto holding = std::ranges::count_if(judged.evidence, &Evidence::holds);
  const bool all = holding == std::ssize(judged.evidence);
  judged.verdict = all            ? Verdict::kHolds
                   : holding == 0 ? Verdict::kDoesNotHold
                                  : Verdict::kHoldsInPart;
  std::set<std::string> answers;
  for (const Evidence& evidence : judged.evidence) answers.insert(evidence.measured);
  for (const std::string& answer : answers) {
    judged.measured += (judged.measured.empty() ? "" : ", ") + answer;
  }
}

bool IsMeasured(const Measurement& measurement, MechanismFamily mechanism) {
  return std::ranges::any_of(measurement.kinds, [&](const MeasuredKind& measured) {
    return measured.kind->traits.mechanism == mechanism;
  });
}

}  // namespace

constinit const std::string_view kSpeedRule =
    "Very fast: at least twice as many; fast: at least half as many; moderate: fewer";

const Cell& CellOf(const MeasuredKind& measured, std::string_view probe) {
  return measured.cells[static_cast<std::size_t>(FindProbe(probe) - AllProbes().data())];
}

std::string_view SpeedClass(const MeasuredKind& measured) {
  const double rate = CellOf(measured, "throughput").number;
  if (rate <= 0 || measured.pipe_rate <= 0) return "";
  if (rate >= kVeryFast * measured.pipe_rate) return "very fast";
  return rate >= kFast * measured.pipe_rate ? "fast" : "moderate";
}

std::string_view ToString(Quality quality) {
  constexpr std::array<std::string_view, kQualityCount> kWords = {"two-way", "related only",
                                                                  "speed", "persistent"};
  return kWords[static_cast<std::size_t>(quality)];
}

std::string_view ToString(Verdict verdict) {
  constexpr std::array<std::string_view, 4> kWords = {"holds", "holds in part", "does not hold",
                                                      "not measured"};
  return kWords[static_cast<std::size_t>(verdict)];
}

std::span<const Claim> QuotedTable() { return kQuoted; }

std::vector<JudgedClaim> Judge(const Measurement& measurement) {
  std::vector<JudgedClaim> all;
  for (const Claim& claim : kQuoted) {
    if (!IsMeasured(measurement, claim.mechanism)) continue;
    JudgedClaim judged = {.claim = claim, .measured = "", .evidence = {}};
    for (const MeasuredObject& object : measurement.objects) {
      if (object.mechanism != claim.mechanism || claim.quality != Quality::kTwoWay) continue;
      Add(object.object, object.ways, YesNo(object.ways.value == "both ways"), judged);
    }
    for (const MeasuredKind& measured : measurement.kinds) {
      if (measured.kind->traits.mechanism != claim.mechanism) continue;
      if (claim.quality == Quality::kTwoWay) continue;
      const Answer answer = AnswerOf(measured, claim.quality);
      Add(measured.kind->name, answer.cell, answer.measured, judged);
    }
    Conclude(judged);
    all.push_back(std::move(judged));
  }
  return all;
}

}  // namespace ipc_hammer

// Claims: the commonly quoted comparison table of mechanisms, as data, and whether each of its
// cells holds by what was measured.
//
// "Two-way" is asked of the mechanism (mechanism_ways.h), everything else of the kinds that are
// made of it. A claim about a mechanism holds if it holds for all of them.
#ifndef IPC_HAMMER_PROPERTIES_PROBES_CLAIMS_H_
#define IPC_HAMMER_PROPERTIES_PROBES_CLAIMS_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "properties/probes/cell.h"
#include "transports/traits.h"
#include "transports/transport.h"

namespace ipc_hammer {

enum class Quality : std::uint8_t { kTwoWay, kRelatedOnly, kSpeed, kPersistent };
inline constexpr int kQualityCount = static_cast<int>(Quality::kPersistent) + 1;
std::string_view ToString(Quality quality);  // "two-way", "related only", ...

struct Claim {
  MechanismFamily mechanism;
  Quality quality;
  std::string_view says;  // "yes", "no", "very fast", "fast", "moderate"
};

// By mechanism. What the table leaves open is not in it.
std::span<const Claim> QuotedTable();

// A kind and what its probes measured, in the order of AllProbes(). Beside it the pipe's messages a
// second, measured in the same moment: what else the machine does slows both; 0: not known.
struct MeasuredKind {
  const TransportKind* kind;
  std::vector<Cell> cells;
  double pipe_rate = 0;
};
// The same for an object of a mechanism (mechanism_ways.h).
struct MeasuredObject {
  MechanismFamily mechanism;
  std::string_view object;
  Cell ways;
};
struct Measurement {
  std::vector<MeasuredKind> kinds;
  std::vector<MeasuredObject> objects;
};

const Cell& CellOf(const MeasuredKind& measured, std::string_view probe);

// At least twice the pipe's rate: very fast. At least half of it: fast. Below: moderate.
std::string_view SpeedClass(const MeasuredKind& measured);  // empty where there is none
extern const std::string_view kSpeedRule;                   // the same, as a sentence

struct Evidence {
  std::string_view who;  // a kind or an object
  std::string measured;  // in the words of the claim
  Cell cell;             // where it comes from
  bool holds;
};

enum class Verdict : std::uint8_t { kHolds, kHoldsInPart, kDoesNotHold, kNotMeasured };
std::string_view ToString(Verdict verdict);  // "holds", "holds in part", ...

struct JudgedClaim {
  Claim claim;
  Verdict verdict = Verdict::kNotMeasured;
  std::string measured;  // "yes"; of several answers all, "fast, very fast"
  std::vector<Evidence> evidence;
};

// Every claim about a mechanism of which a kind or an object was measured.
std::vector<JudgedClaim> Judge(const Measurement& measurement);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_PROBES_CLAIMS_H_

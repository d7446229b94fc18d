#include "properties/history/violation_lanes.h"

#include <fmt/format.h>

namespace ipc_hammer {

std::string ViolationLanes(const Program& program, const History& history,
                           const Violation& violation, std::size_t events_max) {
  return SwimLanes(program, history, violation.event_index, events_max,
                   fmt::format("{}: {}", ToString(violation.rule), violation.reason));
}

}  // namespace ipc_hammer

// The picture of a history in which a rule was broken (SwimLanes, history.h): the rule and the
// reason stand where it broke.
#ifndef IPC_HAMMER_PROPERTIES_HISTORY_VIOLATION_LANES_H_
#define IPC_HAMMER_PROPERTIES_HISTORY_VIOLATION_LANES_H_

#include <cstddef>
#include <string>

#include "properties/history/history.h"
#include "properties/rules/rule.h"

namespace ipc_hammer {

inline constexpr std::size_t kEventsShown = 200;

std::string ViolationLanes(const Program& program, const History& history,
                           const Violation& violation, std::size_t events_max = kEventsShown);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_HISTORY_VIOLATION_LANES_H_

// Complaints: what a process of a run sees that no operation of the program tells.
//
// Processes and threads: any. The run keeps the first one, and judges by it.
#ifndef IPC_HAMMER_STRESS_RECORDER_COMPLAIN_H_
#define IPC_HAMMER_STRESS_RECORDER_COMPLAIN_H_

#include <string_view>

#include "properties/rules/rule.h"
#include "stress/recorder/flight_recorder.h"

namespace ipc_hammer {

void Complain(FlightRecorder& recorder, Rule rule, std::string_view text);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_RECORDER_COMPLAIN_H_

#include "stress/recorder/complain.h"

namespace ipc_hammer {

void Complain(FlightRecorder& recorder, Rule rule, std::string_view text) {
  Complaint& complaint = recorder.control().complaint;
  std::uint32_t none = 0;
  if (!complaint.state.compare_exchange_strong(none, 1)) return;
  complaint.rule = rule;
  text.copy(complaint.text, sizeof complaint.text - 1);
  complaint.state.store(2, std::memory_order_release);
}

}  // namespace ipc_hammer

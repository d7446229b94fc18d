#include "properties/history/history.h"

#include <fmt/format.h>

#include <iterator>

#include "properties/history/words.h"
#include "properties/program/text.h"

namespace ipc_hammer {

std::string ToText(const Program& program, const Event& event) {
  std::string text = fmt::format("{} {} -> {}", ActorName(program, event.actor),
                                 CallText(program, event), OutcomeText(program, event));
  if (event.end_ns == Event::kNeverEnded) {
    fmt::format_to(std::back_inserter(text), " [{} ns ..", event.start_ns);
  } else {
    fmt::format_to(std::back_inserter(text), " [{} ns, {}]", event.start_ns,
                   DurationText(event.end_ns - event.start_ns));
  }
  return text;
}

}  // namespace ipc_hammer

// Cell: what one experiment measured, as a value. One place of the comparison table.
//
// It owns its text and can be copied; it says nothing about what was declared.
#ifndef IPC_HAMMER_PROPERTIES_PROBES_CELL_H_
#define IPC_HAMMER_PROPERTIES_PROBES_CELL_H_

#include <cstdint>
#include <string>
#include <utility>

namespace ipc_hammer {

struct Cell {
  enum class State : std::uint8_t {
    kMeasured,
    kNotApplicable,  // the question has no meaning for the kind, or this machine refuses
    kFailed,         // the kind hung, crashed or broke the contract before there was an answer
  };
  State state = State::kFailed;
  std::string value;  // in a word or two: "strangers"; of a failure "hung", "crashed"
  std::string seen;   // one sentence: the experiment, and what was seen
  double number = 0;  // where the value is one
};

inline Cell Measured(std::string value, std::string seen, double number = 0) {
  return {Cell::State::kMeasured, std::move(value), std::move(seen), number};
}
inline Cell NotApplicable(std::string why) {
  return {Cell::State::kNotApplicable, "n/a", std::move(why), 0};
}
inline Cell Failed(std::string why) { return {Cell::State::kFailed, "failed", std::move(why), 0}; }

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_PROBES_CELL_H_

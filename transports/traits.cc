#include "transports/traits.h"

#include <array>

namespace ipc_hammer {
namespace {

// Each in the order of its enumeration.
constexpr std::array<std::string_view, 3> kShapes = {"messages", "bytes", "tokens"};
constexpr std::array<std::string_view, 3> kReaches = {"threads", "relatives", "strangers"};
constexpr std::array<std::string_view, 3> kOrders = {"fifo", "priority", "per-producer"};
constexpr std::array<std::string_view, 3> kEnds = {"never", "persistent", "each-gap"};

template <typename Enum, std::size_t n>
std::string_view Word(const std::array<std::string_view, n>& words, Enum value) {
  return words[static_cast<std::size_t>(value)];
}

}  // namespace

std::string_view ToString(Shape shape) { return Word(kShapes, shape); }
std::string_view ToString(Reach reach) { return Word(kReaches, reach); }
std::string_view ToString(Order order) { return Word(kOrders, order); }
std::string_view ToString(EndOfFile end_of_file) { return Word(kEnds, end_of_file); }

}  // namespace ipc_hammer

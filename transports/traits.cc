#include "transports/traits.h"

#include <array>

namespace ipc_hammer {
namespace {

// Each in the order of its enumeration.
constexpr std::array<std::string_view, 3> kShapes = {"messages", "bytes", "tokens"};
constexpr std::array<std::string_view, 3> kReaches = {"threads", "relatives", "strangers"};
constexpr std::array<std::string_view, 3> kOrders = {"fifo", "priority", "per-producer"};
constexpr std::array<std::string_view, 3> kEnds = {"never", "persistent", "each-gap"};
constexpr std::array<std::string_view, 3> kPersistences = {"process", "kernel", "file-system"};
constexpr std::array<std::string_view, 8> kMechanisms = {
    "pipe", "FIFO", "message queue", "shared memory", "semaphore", "socket", "library", "other"};

template <typename Enum, std::size_t n>
std::string_view Word(const std::array<std::string_view, n>& words, Enum value) {
  return words[static_cast<std::size_t>(value)];
}

}  // namespace

std::string_view ToString(Shape shape) { return Word(kShapes, shape); }
std::string_view ToString(Reach reach) { return Word(kReaches, reach); }
std::string_view ToString(Order order) { return Word(kOrders, order); }
std::string_view ToString(EndOfFile end_of_file) { return Word(kEnds, end_of_file); }
std::string_view ToString(Persistence persistence) { return Word(kPersistences, persistence); }
std::string_view ToString(MechanismFamily mechanism) { return Word(kMechanisms, mechanism); }

}  // namespace ipc_hammer

// Dice: draws from one seed. std::mt19937_64 is the same everywhere; the standard's distributions
// are not, so the few that are needed are here.
#ifndef IPC_HAMMER_PROPERTIES_GENERATORS_DICE_H_
#define IPC_HAMMER_PROPERTIES_GENERATORS_DICE_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <random>
#include <span>

namespace ipc_hammer {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  // 0 .. n-1. The bias of the remainder is below 2^-32 for 32-bit n. REQUIRES: n > 0.
  std::uint32_t Below(std::uint32_t n) { return static_cast<std::uint32_t>(engine_() % n); }
  // low .. high, both included. REQUIRES: low <= high, not the whole 32-bit range.
  std::uint32_t Between(std::uint32_t low, std::uint32_t high) {
    return low + Below(high - low + 1);
  }
  bool OneIn(std::uint32_t n) { return Below(n) == 0; }

  template <typename T>
  T Pick(std::initializer_list<T> values) {
    return values.begin()[Below(static_cast<std::uint32_t>(values.size()))];
  }

  // An index, each as likely as its weight says. REQUIRES: not all weights are 0.
  std::size_t Weighted(std::span<const std::uint32_t> weights) {
    std::uint32_t total = 0;
    for (const std::uint32_t weight : weights) total += weight;
    std::uint32_t drawn = Below(total);
    std::size_t index = 0;
    while (drawn >= weights[index]) drawn -= weights[index++];
    return index;
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_GENERATORS_DICE_H_

#include "stress/jobs/shrink.h"

#include <optional>
#include <utility>

#include "properties/generators/program_gen.h"

namespace ipc_hammer {
namespace {

std::optional<Program> SimplerThatFails(const Program& program, const Traits& traits,
                                        std::size_t& tries_left,
                                        const std::function<bool(const Program&)>& fails) {
  auto candidates = ShrinkProgram(program, traits);
  while (tries_left > 0) {
    auto candidate = candidates.next();
    if (!candidate) return std::nullopt;
    --tries_left;
    if (fails(*candidate)) return std::move(*candidate);
  }
  return std::nullopt;
}

}  // namespace

Program Shrink(Program program, const Traits& traits, std::size_t tries_max,
               const std::function<bool(const Program&)>& fails) {
  while (auto simpler = SimplerThatFails(program, traits, tries_max, fails)) {
    program = *std::move(simpler);
  }
  return program;
}

}  // namespace ipc_hammer

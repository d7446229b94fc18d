#include "properties/generators/program_gen.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "properties/program/text.h"

namespace ipc_hammer {
namespace {

using Programs = rc::Seq<Program>;

// Without that actor and its operations; the actors behind it move up by one.
Program WithoutActor(Program program, std::uint32_t actor) {
  std::erase_if(program.operations, [actor](const Operation& operation) {
    return operation.actor == actor ||
           (operation.action == Action::kKill && operation.target == actor);
  });
  for (Operation& operation : program.operations) {
    if (operation.actor > actor) --operation.actor;
    if (operation.target > actor) --operation.target;
  }
  --(program.role(actor) == Role::kProducer ? program.producers : program.consumers);
  return program;
}

Programs FewerActors(const Program& program) {
  std::vector<Program> fewer;
  for (std::uint32_t actor = 0; actor < program.actors(); ++actor) {
    const bool last_of_its_role =
        program.role(actor) == Role::kProducer ? program.producers == 1 : program.consumers == 1;
    if (!last_of_its_role) fewer.push_back(WithoutActor(program, actor));
  }
  return rc::seq::fromContainer(std::move(fewer));
}

// Programs that differ in one number of the program itself.
Programs SmallerNumber(const Program& program, std::uint32_t Program::* field,
                       std::uint32_t target) {
  return rc::seq::map(rc::shrink::towards(program.*field, target),
                      [program, field](std::uint32_t value) {
                        Program smaller = program;
                        smaller.*field = value;
                        return smaller;
                      });
}

Programs FewerAdversities(const Program& program) {
  std::vector<Program> fewer;
  for (const AdversityField& known : kAdversityFields) {
    Program without = program;
    without.adversities.*known.field = 0;
    if (!(without == program)) fewer.push_back(std::move(without));
  }
  return rc::seq::fromContainer(std::move(fewer));
}

rc::Seq<Operation> SmallerField(const Operation& operation, std::uint32_t Operation::* field,
                                std::uint32_t target) {
  return rc::seq::map(rc::shrink::towards(operation.*field, target),
                      [operation, field](std::uint32_t value) {
                        Operation smaller = operation;
                        smaller.*field = value;
                        return smaller;
                      });
}

rc::Seq<Operation> WithoutFault(Operation operation) {
  if (operation.fault == Fault{}) return {};
  operation.fault = Fault{};
  return rc::seq::just(operation);
}

rc::Seq<Operation> WithoutCloser(Operation operation) {
  if (operation.closed_after_us == kNeverClosed) return {};
  operation.closed_after_us = kNeverClosed;
  return rc::seq::just(operation);
}

rc::Seq<Operation> SimplerOperations(const Operation& operation) {
  return rc::seq::concat(WithoutFault(operation), WithoutCloser(operation),
                         SmallerField(operation, &Operation::repeat, 1),
                         SmallerField(operation, &Operation::timeout_us, kTimeoutNow),
                         SmallerField(operation, &Operation::size_bytes, 0),
                         SmallerField(operation, &Operation::priority, 0));
}

Programs WithOperations(const Program& program, rc::Seq<std::vector<Operation>> lists) {
  return rc::seq::map(std::move(lists), [program](std::vector<Operation> operations) {
    Program with = program;
    with.operations = std::move(operations);
    return with;
  });
}

// What makes a program simple, the most important first.
std::array<std::uint64_t, 13> Measure(const Program& program) {
  std::uint64_t repeats = 0, faults = 0, closers = 0, sizes = 0, priorities = 0, timeouts = 0,
                actors = 0;
  for (const Operation& operation : program.operations) {
    repeats += operation.repeat;
    faults += operation.fault == Fault{} ? 0 : 1;
    closers += operation.closed_after_us == kNeverClosed ? 0 : 1;
    sizes += operation.size_bytes;
    priorities += operation.priority;
    timeouts += operation.timeout_us;
    actors += operation.actor;
  }
  const auto adversities = std::ranges::count_if(
      kAdversityFields,
      [&](const AdversityField& known) { return program.adversities.*known.field != 0; });
  return {program.operations.size(),
          program.actors(),
          static_cast<std::uint64_t>(adversities),
          faults,
          closers,
          repeats,
          timeouts,
          program.capacity_messages,
          program.message_size_bytes,
          sizes,
          priorities,
          program.seed,
          actors};
}

}  // namespace

bool Simpler(const Program& a, const Program& b) { return Measure(a) < Measure(b); }

rc::Seq<Program> ShrinkProgram(const Program& program, const Traits& traits) {
  Programs candidates = rc::seq::concat(
      WithOperations(program, rc::shrink::removeChunks(program.operations)), FewerActors(program),
      FewerAdversities(program), SmallerNumber(program, &Program::capacity_messages, 1),
      SmallerNumber(program, &Program::message_size_bytes, 1),
      WithOperations(program, rc::shrink::eachElement(program.operations, SimplerOperations)),
      SmallerNumber(program, &Program::seed, 0));
  Programs valid = rc::seq::map(std::move(candidates), [traits](Program candidate) {
    Normalise(candidate, traits);
    return candidate;
  });
  return rc::seq::filter(std::move(valid), [program](const Program& candidate) {
    return Simpler(candidate, program);
  });
}

rc::Gen<Program> ProgramGen(const TransportKind& kind, const ProgramShape& shape) {
  return [kind, shape](const rc::Random& random, int size) {
    const std::uint64_t seed = rc::Random(random).next();
    return rc::shrinkable::shrinkRecur(
        RandomProgram(kind, seed, size, shape),
        [traits = kind.traits](const Program& program) { return ShrinkProgram(program, traits); });
  };
}

void showValue(const Program& program, std::ostream& os) { os << '\n' << ToText(program); }

}  // namespace ipc_hammer

#include "properties/program/program.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <functional>
#include <string>

namespace ipc_hammer {
namespace {

Traits QueueTraits() {
  Traits traits;
  traits.producers_max = traits.consumers_max = 2;
  traits.capacity_messages_max = 10;
  traits.message_size_max = 100;
  traits.priorities = 4;
  return traits;
}

Program ValidProgram() {
  Program program;
  program.kind = "any";
  program.message_size_bytes = 50;
  program.operations.resize(3);
  program.operations[1].action = Action::kReceive;
  program.operations[1].actor = 1;
  program.operations[2].action = Action::kClose;
  return program;
}

rc::Gen<Operation> AnyOperation() {
  return rc::gen::build<Operation>(
      rc::gen::set(&Operation::action,
                   rc::gen::map(rc::gen::inRange(0, kActionCount),
                                [](int value) { return static_cast<Action>(value); })),
      rc::gen::set(&Operation::actor), rc::gen::set(&Operation::target),
      rc::gen::set(&Operation::size_bytes), rc::gen::set(&Operation::priority),
      rc::gen::set(&Operation::timeout_us), rc::gen::set(&Operation::repeat),
      rc::gen::set(&Operation::fault,
                   rc::gen::build<Fault>(
                       rc::gen::set(&Fault::kind,
                                    rc::gen::map(rc::gen::inRange(0, kFaultKindCount),
                                                 [](int v) { return static_cast<FaultKind>(v); })),
                       rc::gen::set(&Fault::nth_call))));
}

// Not valid for anything but by accident.
rc::Gen<Program> AnyProgram() {
  return rc::gen::build<Program>(
      rc::gen::set(&Program::capacity_messages), rc::gen::set(&Program::message_size_bytes),
      rc::gen::set(&Program::producers, rc::gen::inRange(0U, 80U)),
      rc::gen::set(&Program::consumers, rc::gen::inRange(0U, 80U)), rc::gen::set(&Program::seed),
      rc::gen::set(&Program::operations,
                   rc::gen::container<std::vector<Operation>>(AnyOperation())));
}

rc::Gen<Traits> AnyTraits() {
  return rc::gen::exec([] {
    Traits traits = QueueTraits();
    traits.shape = *rc::gen::element(Shape::kMessages, Shape::kBytes, Shape::kTokens);
    traits.producers_max = *rc::gen::inRange(1U, 100U);
    traits.consumers_max = *rc::gen::inRange(1U, 100U);
    traits.duplex = *rc::gen::arbitrary<bool>();
    traits.reopens_producer = *rc::gen::arbitrary<bool>();
    if (traits.shape == Shape::kTokens) traits.message_size_max = 0;
    return traits;
  });
}

RC_GTEST_PROP(Normalise, MakesAnyProgramValid, ()) {
  const Traits traits = *AnyTraits();
  Program program = *AnyProgram();
  Normalise(program, traits);
  const auto valid = Validate(program, traits);
  if (!valid) RC_FAIL(valid.error());
}

RC_GTEST_PROP(Normalise, IsIdempotent, ()) {
  const Traits traits = *AnyTraits();
  Program once = *AnyProgram();
  Normalise(once, traits);
  Program twice = once;
  Normalise(twice, traits);
  RC_ASSERT(twice == once);
}

RC_GTEST_PROP(Normalise, ChangesAProgramExactlyIfItIsNotValid, ()) {
  const Traits traits = *AnyTraits();
  Program program = *AnyProgram();
  if (*rc::gen::arbitrary<bool>()) Normalise(program, traits);
  Program normal = program;
  Normalise(normal, traits);
  RC_ASSERT((normal == program) == Validate(program, traits).has_value());
}

TEST(Validate, AcceptsAValidProgram) {
  EXPECT_TRUE(Validate(ValidProgram(), QueueTraits()).has_value());
}

struct Broken {
  const char* says;  // part of the reason
  std::function<void(Program&)> breaks;
};

TEST(Validate, SaysWhatIsWrong) {
  const Broken cases[] = {
      {"producers 3", [](Program& program) { program.producers = 3; }},
      {"consumers 0", [](Program& program) { program.consumers = 0; }},
      {"capacity 11", [](Program& program) { program.capacity_messages = 11; }},
      {"message_size 101", [](Program& program) { program.message_size_bytes = 101; }},
      {"operation 1: size 52", [](Program& program) { program.operations[0].size_bytes = 52; }},
      {"operation 1: priority 5", [](Program& program) { program.operations[0].priority = 5; }},
      {"operation 2: there is no actor 2",
       [](Program& program) { program.operations[1].actor = 2; }},
      {"operation 2: its actor's role", [](Program& program) { program.operations[1].actor = 0; }},
      {"operation 2: times 0", [](Program& program) { program.operations[1].repeat = 0; }},
      {"operation 3: a close comes some time",
       [](Program& program) { program.operations[2].timeout_us = kTimeoutNever; }},
      {"operation 3: only a send or receive is closed under",
       [](Program& program) { program.operations[2].closed_after_us = 1; }},
  };
  for (const Broken& broken : cases) {
    Program program = ValidProgram();
    broken.breaks(program);
    const auto valid = Validate(program, QueueTraits());
    ASSERT_FALSE(valid) << broken.says;
    EXPECT_NE(valid.error().find(broken.says), std::string::npos) << valid.error();
  }
}

}  // namespace
}  // namespace ipc_hammer

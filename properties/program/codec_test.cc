#include "properties/program/codec.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "properties/generators/program_gen.h"
#include "properties/program/text.h"

namespace ipc_hammer {
namespace {

// Any traits that a kind could declare, at their corners.
rc::Gen<TransportKind> AnyKind() {
  return rc::gen::exec([] {
    TransportKind kind;
    kind.name = "any";
    Traits& traits = kind.traits;
    traits.shape = *rc::gen::element(Shape::kMessages, Shape::kBytes, Shape::kTokens);
    traits.producers_max = *rc::gen::element(1U, 2U, 3U, 4U, 64U, 1000U);
    traits.consumers_max = *rc::gen::element(1U, 2U, 3U, 4U, 64U, 1000U);
    traits.duplex = *rc::gen::arbitrary<bool>();
    traits.reopens_producer = *rc::gen::arbitrary<bool>();
    traits.reopens_consumer = *rc::gen::arbitrary<bool>();
    traits.capacity_messages_max = *rc::gen::element<std::size_t>(0, 1, 2, 10, 16, 17, 1 << 20);
    traits.priorities = *rc::gen::element(1U, 2U, 32U, 255U, 256U, 32768U);
    const auto size = *rc::gen::element<std::size_t>(1, 2, 8192, 65535, 65536, 65537, 1 << 24);
    traits.message_size_max = traits.shape == Shape::kTokens ? 0 : size;
    return kind;
  });
}

using Bytes = std::vector<std::uint8_t>;

rc::Gen<Bytes> AnyBytes() {
  return rc::gen::withSize(
      [](int size) { return rc::gen::resize(size * 10, rc::gen::arbitrary<Bytes>()); });
}

RC_GTEST_PROP(Codec, EveryByteStringIsAValidProgram, ()) {
  const TransportKind kind = *AnyKind();
  const Program program = Decode(*AnyBytes(), kind);
  const auto valid = Validate(program, kind.traits);
  if (!valid) RC_FAIL(valid.error());
}

RC_GTEST_PROP(Codec, BytesToProgramToTextToProgramIsTheIdentity, ()) {
  const TransportKind kind = *AnyKind();
  const Program program = Decode(*AnyBytes(), kind);
  const auto parsed = ParseProgram(ToText(program));
  if (!parsed) RC_FAIL(parsed.error());
  RC_ASSERT(*parsed == program);
}

RC_GTEST_PROP(Codec, EncodeIsCanonical, ()) {
  const TransportKind kind = *AnyKind();
  const Bytes bytes = *AnyBytes();
  const Program program = Decode(bytes, kind);
  const Bytes canonical = Encode(program, kind);
  RC_ASSERT(Decode(canonical, kind) == program);
  RC_ASSERT(Encode(Decode(canonical, kind), kind) == canonical);
}

RC_GTEST_PROP(Codec, GeneratedProgramsThatFitARecordSurviveTheBytes, ()) {
  const TransportKind kind = *AnyKind();
  Program program = *ProgramGen(kind, {.capacity_max = 16, .faults = true, .blocking = true});
  std::erase_if(program.operations,
                [](const Operation& operation) { return operation.repeat > 17; });
  for (Operation& operation : program.operations) {
    operation.priority = std::min(operation.priority, 255U);
  }
  RC_ASSERT(Decode(Encode(program, kind), kind) == program);
}

RC_GTEST_PROP(Codec, ReusedMemoryDecodesTheSame, ()) {
  const TransportKind kind = *AnyKind();
  Program reused = Decode(*AnyBytes(), kind);
  const Bytes bytes = *AnyBytes();
  DecodeInto(bytes, kind, reused);
  RC_ASSERT(reused == Decode(bytes, kind));
}

RC_GTEST_PROP(Codec, AByteOfARecordChangesThatOperationOnly, ()) {
  const TransportKind kind = *AnyKind();
  Bytes bytes = *AnyBytes();
  const auto records = *rc::gen::inRange<std::size_t>(1, 20);
  bytes.resize(kHeaderBytes + records * kRecordBytes);
  const Program before = Decode(bytes, kind);
  const auto at = *rc::gen::inRange<std::size_t>(kHeaderBytes, bytes.size());
  bytes[at] = *rc::gen::arbitrary<std::uint8_t>();
  Program after = Decode(bytes, kind);
  RC_ASSERT(after.operations.size() == records);
  const std::size_t changed = (at - kHeaderBytes) / kRecordBytes;
  after.operations[changed] = before.operations[changed];
  RC_ASSERT(after == before);
}

TEST(Codec, NoMoreThanTheDocumentedNumberOfOperationsIsDecoded) {
  TransportKind kind;
  kind.traits.message_size_max = 100;
  const Bytes bytes(kHeaderBytes + (kDecodedOperationsMax + 5) * kRecordBytes, 7);
  EXPECT_EQ(Decode(bytes, kind).operations.size(), kDecodedOperationsMax);
}

}  // namespace
}  // namespace ipc_hammer

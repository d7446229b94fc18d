// Rule traits: what a kind declares is what the probes of the comparison table measure. A probe
// never looks at the trait that it is a witness for (properties/probes/probe.h).
#include <gtest/gtest.h>

#include "properties/conformance/case.h"
#include "properties/probes/probe.h"
#include "properties/probes/probe_run.h"

namespace ipc_hammer {
namespace {

void ExpectAsDeclared(const TransportKind& kind, const char* name) {
  const Probe* const probe = FindProbe(name);
  ASSERT_NE(probe, nullptr) << name;
  const Cell cell = RunProbe(*probe, kind);
  if (cell.state == Cell::State::kNotApplicable) GTEST_SKIP() << cell.seen;
  EXPECT_EQ(Contradiction(*probe, kind.traits, cell), "");
}

LONG_CONFORMANCE_CASE(Traits, AnAnswerComesBackWhereDeclaredAndOnlyThere, true) {
  ExpectAsDeclared(kind, "ways");
}

LONG_CONFORMANCE_CASE(Traits, ItReachesTheDeclaredAndNobodyElse, true) {
  ExpectAsDeclared(kind, "reach");
}

LONG_CONFORMANCE_CASE(Traits, SendsAreKeptApartAsDeclared, true) {
  ExpectAsDeclared(kind, "framing");
}

LONG_CONFORMANCE_CASE(Traits, TheOrderIsTheDeclaredOne, traits.shape != Shape::kTokens) {
  ExpectAsDeclared(kind, "order");
}

LONG_CONFORMANCE_CASE(Traits, TheCapacityIsTheDeclaredOne, true) {
  ExpectAsDeclared(kind, "capacity");
}

LONG_CONFORMANCE_CASE(Traits, AKillIsSurvivedWhereDeclared,
                      traits.survives_kill&& traits.reach != Reach::kThreads) {
  ExpectAsDeclared(kind, "survives-kill");
}

LONG_CONFORMANCE_CASE(Traits, AReceiverHearsOfTheLastSendersEndAsDeclared, true) {
  ExpectAsDeclared(kind, "end-of-file");
}

LONG_CONFORMANCE_CASE(Traits, ASenderIsToldThatNobodyReceivesAsDeclared, true) {
  ExpectAsDeclared(kind, "nobody-receives");
}

LONG_CONFORMANCE_CASE(Traits, WhatIsQueuedLastsAsLongAsDeclared, true) {
  ExpectAsDeclared(kind, "persistence");
}

}  // namespace
}  // namespace ipc_hammer

// Rule no-spin: a blocked actor uses no CPU.
#include <time.h>

#include <chrono>

#include "properties/conformance/bench.h"
#include "properties/conformance/case.h"

namespace ipc_hammer {
namespace {

constexpr std::chrono::milliseconds kBlocked{200};
// A fifth: sanitizers make the system calls around a wait dearer, a spinning wait needs all of it.
constexpr std::int64_t kCpuMaxNs = std::chrono::nanoseconds(kBlocked).count() / 5;

std::int64_t ThreadCpuNs() {
  timespec used;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return std::int64_t{used.tv_sec} * 1'000'000'000 + used.tv_nsec;
}

CONFORMANCE_CASE(NoSpin, ABlockedReceiveUsesNoCpu, true) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  const std::int64_t before_ns = ThreadCpuNs();
  ASSERT_EQ(Said(bench.Receive(Deadline::After(kBlocked))), "timed_out");
  EXPECT_LT(ThreadCpuNs() - before_ns, kCpuMaxNs);
}

CONFORMANCE_CASE(NoSpin, ABlockedSendUsesNoCpu, GetsFull(traits)) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  ASSERT_EQ(Said(bench.Fill()), "ok");
  const std::int64_t before_ns = ThreadCpuNs();
  ASSERT_EQ(Said(bench.Send(Deadline::After(kBlocked))), "timed_out");
  EXPECT_LT(ThreadCpuNs() - before_ns, kCpuMaxNs);
}

CONFORMANCE_CASE(NoSpin, AReceiverWhosePeerIsSilentUsesNoCpu, traits.duplex) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  ASSERT_EQ(bench.Works(1), "ok");
  std::vector<std::byte> buffer(bench.options.message_size_bytes);
  const std::int64_t before_ns = ThreadCpuNs();
  ASSERT_EQ(Said(bench.producer->Receive(buffer, Deadline::After(kBlocked))), "timed_out");
  EXPECT_LT(ThreadCpuNs() - before_ns, kCpuMaxNs);
}

}  // namespace
}  // namespace ipc_hammer

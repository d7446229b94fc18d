// Rule no-spin: a blocked actor uses no CPU.
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <set>
#include <vector>

#include "properties/conformance/actors.h"
#include "properties/conformance/bench.h"
#include "properties/conformance/case.h"
#include "properties/conformance/surroundings.h"
#include "properties/faults/descriptor_limit.h"
#include "transports/sys/file_descriptor.h"

namespace ipc_hammer {
namespace {

constexpr std::chrono::milliseconds kBlocked{200};
// A fifth: sanitizers make the system calls around a wait dearer, a spinning wait needs all of it.
constexpr std::int64_t kCpuMaxNs = std::chrono::nanoseconds(kBlocked).count() / 5;

// Of all threads: those that a kind has of its own must not spin either.
std::int64_t CpuNs() {
  timespec used;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return std::int64_t{used.tv_sec} * 1'000'000'000 + used.tv_nsec;
}

CONFORMANCE_CASE(NoSpin, ABlockedReceiveUsesNoCpu, true) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  const std::int64_t before_ns = CpuNs();
  ASSERT_EQ(Said(bench.Receive(Deadline::After(kBlocked))), "timed_out");
  EXPECT_LT(CpuNs() - before_ns, kCpuMaxNs);
}

CONFORMANCE_CASE(NoSpin, ABlockedSendUsesNoCpu, GetsFull(traits)) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  ASSERT_EQ(Said(bench.Fill()), "ok");
  const std::int64_t before_ns = CpuNs();
  ASSERT_EQ(Said(bench.Send(Deadline::After(kBlocked))), "timed_out");
  EXPECT_LT(CpuNs() - before_ns, kCpuMaxNs);
}

CONFORMANCE_CASE(NoSpin, AReceiverWhosePeerIsSilentUsesNoCpu, traits.duplex) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  ASSERT_EQ(bench.Works(1), "ok");
  std::vector<std::byte> buffer(bench.options.message_size_bytes);
  const std::int64_t before_ns = CpuNs();
  ASSERT_EQ(Said(bench.producer->Receive(buffer, Deadline::After(kBlocked))), "timed_out");
  EXPECT_LT(CpuNs() - before_ns, kCpuMaxNs);
}

// A FIFO without writers is readable all the time (nxgtw/go-ipc#2).
CONFORMANCE_CASE(NoSpin, AReceiverThatWaitsForTheNextSenderUsesNoCpu,
                 traits.end_of_file == EndOfFile::kOnceEachGap) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  ASSERT_EQ(bench.Works(1), "ok");
  bench.producer.reset();
  std::vector<std::byte> buffer(bench.options.message_size_bytes);
  auto ended = bench.consumer->Receive(buffer, Soon());
  while (ended && ended->source_ended) ended = bench.consumer->Receive(buffer, Soon());
  ASSERT_EQ(Said(ended), "peer_closed");
  const std::int64_t before_ns = CpuNs();
  ASSERT_EQ(Said(bench.consumer->Receive(buffer, Deadline::After(kBlocked))), "timed_out");
  EXPECT_LT(CpuNs() - before_ns, kCpuMaxNs);
}

// A listener stays readable while a caller cannot be accepted (nanomsg/nanomsg#152), whichever
// thread of the kind's accepts. The caller comes when there is no descriptor for it any more.
CONFORMANCE_CASE(NoSpin, AReceiverWithoutADescriptorForACallerUsesNoCpu,
                 (traits.survives_descriptor_shortage && traits.reach == Reach::kStrangers &&
                  traits.producers_max > 1)) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  ASSERT_EQ(bench.Works(1), "ok");
  const FileDescriptor comes(eventfd(0, EFD_CLOEXEC));
  ChildActor caller([&] {
    eventfd_t now = 0;
    if (eventfd_read(comes.get(), &now) != 0) return 1;
    const auto producer =
        kind.open(bench.name, Role::kProducer, bench.options, Deadline::After(kBlocked));
    if (producer) pause();
    return 0;  // the kernel or the kind would not have it wait
  });
  const std::set<int> open = OpenDescriptors();
  const ScopedDescriptorLimit limit(open.empty() ? 0 : *open.rbegin() + 1);
  ASSERT_EQ(eventfd_write(comes.get(), 1), 0);
  std::vector<std::byte> buffer(bench.options.message_size_bytes);
  const std::int64_t before_ns = CpuNs();
  const auto got = bench.consumer->Receive(buffer, Deadline::After(kBlocked));
  EXPECT_LT(CpuNs() - before_ns, kCpuMaxNs) << Said(got);
}

}  // namespace
}  // namespace ipc_hammer

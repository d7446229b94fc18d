// Rule limits: too large, too many, no descriptors, a bad name: a clear error, nothing left behind,
// and afterwards everything works as before.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include "properties/conformance/actors.h"
#include "properties/conformance/bench.h"
#include "properties/conformance/case.h"
#include "properties/conformance/surroundings.h"
#include "properties/faults/descriptor_limit.h"
#include "properties/sandbox/sandbox.h"
#include "properties/testing/test_sandbox.h"

namespace ipc_hammer {
namespace {

constexpr std::size_t kLarge = std::size_t{1} << 20;
constexpr std::size_t kLargeMessages = 4096;

CONFORMANCE_CASE(Limits, AMessageSizeAboveTheKindsIsRefused, traits.shape != Shape::kTokens) {
  const LeftBehind left;
  Options options = UsualOptions(kind.traits);
  for (const std::size_t size : {kind.traits.message_size_max + 1, ~std::size_t{0}}) {
    options.message_size_bytes = size;
    EXPECT_EQ(Said(kind.create(FreshName(), options)), "too_large") << size;
  }
  EXPECT_EQ(left.Tell(), "");
}

CONFORMANCE_CASE(Limits, ACapacityAboveTheKindsIsRefused, traits.capacity_messages_max > 0) {
  const LeftBehind left;
  Options options = UsualOptions(kind.traits);
  for (const std::size_t capacity : {kind.traits.capacity_messages_max + 1, ~std::size_t{0}}) {
    options.capacity_messages = capacity;
    EXPECT_EQ(Said(kind.create(FreshName(), options)), "too_large") << capacity;
  }
  EXPECT_EQ(left.Tell(), "");
}

CONFORMANCE_CASE(Limits, ACapacityOfNothingIsInvalid, traits.exact_capacity) {
  Options options = UsualOptions(kind.traits);
  options.capacity_messages = 0;
  EXPECT_EQ(Said(kind.create(FreshName(), options)), "invalid_argument");
}

CONFORMANCE_CASE(Limits, NamesThatCouldLeadElsewhereAreRefused, true) {
  const LeftBehind left;
  const std::string bad[] = {"",        ".",        "..",
                             ".hidden", "a/b",      "/a",
                             "../a",    "a b",      std::string("a\0b", 3),
                             "a\nb",    "\xc3\xa4", std::string(65, 'a')};
  const Options options = UsualOptions(kind.traits);
  for (const std::string& text : bad) {
    const ChannelName name{text, ScratchFolder()};
    EXPECT_EQ(Said(kind.create(name, options)), "invalid_argument") << text;
    if (kind.traits.reach != Reach::kStrangers) continue;
    EXPECT_EQ(Said(kind.open(name, Role::kProducer, options, Deadline::Now())), "invalid_argument")
        << text;
    EXPECT_EQ(Said(kind.unlink(name)), "invalid_argument") << text;
  }
  EXPECT_EQ(left.Tell(), "");
}

// A name that does not fit is refused, not cut: what is made is below the folder it was asked for.
CONFORMANCE_CASE(Limits, AFolderThatIsTooLongIsRefusedAndNotCut, true) {
  const LeftBehind left;
  const Options options = UsualOptions(kind.traits);
  std::string folder = ScratchFolder();
  for (int deeper = 0; deeper < 5; ++deeper) {
    folder += "/" + std::string(30, 'd');
    ASSERT_EQ(mkdir(folder.c_str(), 0700), 0) << folder;
    const auto before = NamedObjects();
    const auto channel = kind.create({FreshName().text, folder}, options);
    EXPECT_TRUE(channel || channel.error().code == Errc::kInvalidArgument)
        << Said(channel) << " below " << folder;
    for (const auto& [path, mode] : Added(before, NamedObjects())) {
      const bool is_file_name = path.starts_with(ScratchFolder() + "/");
      EXPECT_TRUE(!is_file_name || path.starts_with(folder + "/")) << path << " for " << folder;
    }
  }
  std::error_code ignored;
  std::filesystem::remove_all(ScratchFolder() + "/" + std::string(30, 'd'), ignored);
  EXPECT_EQ(left.Tell(), "");
}

CONFORMANCE_CASE(Limits, TheLongestAndTheOddestGoodNamesWork, true) {
  const std::string fresh = FreshName().text;
  const Options options = UsualOptions(kind.traits);
  for (std::string text : {fresh + "_.-A9z", fresh}) {
    if (text == fresh) text.resize(64, 'x');
    const auto channel = kind.create({text, ScratchFolder()}, options);
    EXPECT_EQ(Said(channel), "ok") << text;
  }
}

CONFORMANCE_CASE(Limits, OpeningWhatIsNotThereIsNotFound, traits.reach == Reach::kStrangers) {
  const LeftBehind left;
  const ChannelName name = FreshName();
  const Options options = UsualOptions(kind.traits);
  EXPECT_EQ(Said(kind.open(name, Role::kProducer, options, Deadline::Now())), "not_found");
  EXPECT_EQ(Said(kind.unlink(name)), "not_found");
  EXPECT_EQ(left.Tell(), "");
}

CONFORMANCE_CASE(Limits, OneEndpointTooManyIsRefusedAndTheOthersWork, traits.producers_max <= 64) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  std::vector<std::unique_ptr<Endpoint>> more;
  for (std::uint32_t i = 1; i < kind.traits.producers_max; ++i) {
    auto producer = bench.channel->Attach(Role::kProducer, Soon());
    ASSERT_EQ(Said(producer), "ok") << i;
    more.push_back(*std::move(producer));
  }
  EXPECT_EQ(Said(bench.channel->Attach(Role::kProducer, Deadline::Now())), "invalid_argument");
  EXPECT_EQ(bench.Works(), "ok");
  if (kind.traits.reach == Reach::kThreads) return;
  // Nor in another process.
  ChildActor child([&] {
    const auto producer = bench.channel->Attach(Role::kProducer, Deadline::Now());
    return !producer && producer.error().code == Errc::kInvalidArgument ? 0 : 1;
  });
  EXPECT_EQ(child.Wait(), "exit 0");
  EXPECT_EQ(bench.Works(), "ok");
}

// More than an unsigned number of 32 bits can say, in all: refused, or there to its last byte.
CONFORMANCE_CASE(Limits, AChannelOfFourGigabytesIsRefusedOrWhole,
                 traits.shape == Shape::kMessages && traits.message_size_max >= kLarge) {
  Options options = UsualOptions(kind.traits);
  options.message_size_bytes = kLarge;
  options.capacity_messages = kLargeMessages;
  if (kind.traits.capacity_messages_max != 0) {
    options.capacity_messages = std::min(kLargeMessages, kind.traits.capacity_messages_max);
  }
  Bench bench(kind, options);
  if (!bench.ok()) return;
  std::vector<std::byte> buffer(options.message_size_bytes);
  for (std::uint64_t i = 0; i < 3; ++i) {
    const auto message = Bytes(options.message_size_bytes, {.sequence = i});
    const auto sent = bench.producer->Send(message, 0, Deadline::Now());
    if (!sent) continue;  // no room for so much at once
    const auto got = bench.consumer->Receive(buffer, Soon());
    ASSERT_EQ(Said(got), "ok");
    ASSERT_EQ(got->size_bytes, message.size());
    ASSERT_EQ(buffer, message);
  }
}

// By name, here and in another process; and what is refused takes nothing from the one who is
// there.
CONFORMANCE_CASE(Limits, TheOnlyOneOfARoleStaysTheOnlyOne,
                 traits.reach == Reach::kStrangers && traits.keeps_roles_single &&
                     (traits.producers_max == 1 || traits.consumers_max == 1)) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  const auto is_refused = [&](Role role) {
    return !kind.open(bench.name, role, bench.options, Deadline::Now());
  };
  for (const Role role : {Role::kProducer, Role::kConsumer}) {
    const bool is_only_one =
        (role == Role::kProducer ? kind.traits.producers_max : kind.traits.consumers_max) == 1;
    if (!is_only_one) continue;
    const char* const name = role == Role::kProducer ? "producer" : "consumer";
    for (int i = 0; i < 2; ++i) {
      EXPECT_TRUE(is_refused(role)) << name << " in the same process";
      EXPECT_EQ(ChildActor([&] { return is_refused(role) ? 0 : 1; }).Wait(), "exit 0")
          << name << " in another process";
    }
  }
  EXPECT_EQ(bench.Works(), "ok");
}

// What is declared the other way round.
CONFORMANCE_CASE(Limits, ASecondOfARoleIsLetInWhereNothingKeepsItAway,
                 traits.reach == Reach::kStrangers && !traits.keeps_roles_single) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  const Role role = kind.traits.consumers_max == 1 ? Role::kConsumer : Role::kProducer;
  EXPECT_EQ(Said(kind.open(bench.name, role, bench.options, Soon())), "ok");
}

// More names than the 8 bits have values that ftok(3) takes of its id: no two are one channel.
CONFORMANCE_CASE(Limits, ManyNamesAreManyChannels,
                 traits.reach == Reach::kStrangers && !traits.asynchronous) {
  constexpr int kNames = 300;
  const Options options = SmallOptions(kind.traits);
  std::vector<std::unique_ptr<Channel>> channels;
  for (int i = 0; i < kNames; ++i) {
    auto channel = kind.create(FreshName(), options);
    if (!channel && channel.error().code == Errc::kNoSpace) break;  // the machine's own limit
    ASSERT_EQ(Said(channel), "ok") << i;
    channels.push_back(*std::move(channel));
  }
  EXPECT_GT(channels.size(), 4U);
}

// The sandbox's file systems with so many pages left, for as long as it lives.
class ScopedFullness {
 public:
  explicit ScopedFullness(std::size_t pages_left) {
    const std::uint64_t left = pages_left * kPage;
    is_set_ = LimitSharedMemory(TestSandbox(), shared_memory_.used + left) &&
              LimitScratch(TestSandbox(), scratch_.used + left);
  }
  ~ScopedFullness() {
    static_cast<void>(LimitSharedMemory(TestSandbox(), shared_memory_.size));
    static_cast<void>(LimitScratch(TestSandbox(), scratch_.size));
  }
  ScopedFullness(const ScopedFullness&) = delete;
  ScopedFullness& operator=(const ScopedFullness&) = delete;

  bool is_set() const { return is_set_; }

 private:
  static constexpr std::uint64_t kPage = 4096;
  struct Bytes {
    explicit Bytes(const std::string& folder) {
      struct statvfs status;
      if (statvfs(folder.c_str(), &status) != 0) return;
      size = status.f_blocks * status.f_frsize;
      used = (status.f_blocks - status.f_bfree) * status.f_frsize;
    }
    std::uint64_t size = 0;
    std::uint64_t used = 0;
  };

  const Bytes shared_memory_{TestSandbox().shared_memory_folder};
  const Bytes scratch_{TestSandbox().scratch_folder};
  bool is_set_ = false;
};

// A channel and as many messages as it takes, up to a usual capacity: all of its memory is touched.
Result<void> MakeAndFill(const TransportKind& kind) {
  const Options options = UsualOptions(kind.traits);
  auto channel = kind.create(FreshName(), options);
  if (!channel) return std::unexpected(channel.error());
  auto consumer = (*channel)->Attach(Role::kConsumer, Soon());
  if (!consumer) return std::unexpected(consumer.error());
  auto producer = (*channel)->Attach(Role::kProducer, Soon());
  if (!producer) return std::unexpected(producer.error());
  for (std::uint64_t i = 0; i < options.capacity_messages; ++i) {
    const auto sent = SendUnit(**producer, kind.traits, options, {0, i}, Deadline::Now());
    if (!sent && sent.error().code == Errc::kWouldBlock) break;
    if (!sent) return sent;
  }
  return {};
}

// Memory that is promised and not there is a death by SIGBUS at the first touch.
CONFORMANCE_CASE(Limits, AFullFileSystemIsNoSpaceAndNoDeath,
                 (traits.reserves_memory && traits.reach != Reach::kThreads)) {
  if (!TestSandbox().isolated) GTEST_SKIP() << "the file systems are everybody's";
  const LeftBehind left;
  for (const std::size_t pages : {1, 2, 3, 4, 6, 8, 12}) {
    const ScopedFullness fullness(pages);
    if (!fullness.is_set()) GTEST_SKIP() << "the file systems' sizes cannot be set";
    ChildActor user([&] {
      const auto filled = MakeAndFill(kind);
      return filled || filled.error().code == Errc::kNoSpace ? 0 : 1;
    });
    EXPECT_EQ(user.Wait(), "exit 0") << "with " << pages << " pages left";
  }
  EXPECT_EQ(Said(MakeAndFill(kind)), "ok");
  EXPECT_EQ(left.Tell(), "");
}

int LowestFreeDescriptor() {
  const int lowest = fcntl(0, F_DUPFD_CLOEXEC, 0);
  close(lowest);
  return lowest;
}

// Everything that makes descriptors, up to a message. The error of the first thing that failed.
Result<void> MakeAndUse(const TransportKind& kind) {
  const Options options = UsualOptions(kind.traits);
  auto channel = kind.create(FreshName(), options);
  if (!channel) return std::unexpected(channel.error());
  auto consumer = (*channel)->Attach(Role::kConsumer, Soon());
  if (!consumer) return std::unexpected(consumer.error());
  auto producer = (*channel)->Attach(Role::kProducer, Soon());
  if (!producer) return std::unexpected(producer.error());
  if (auto sent = SendUnit(**producer, kind.traits, options, {}, Soon()); !sent) return sent;
  auto received = ReceiveUnit(**consumer, kind.traits, options, {}, Soon());
  if (!received) return std::unexpected(received.error());
  return {};
}

CONFORMANCE_CASE(Limits, RunningOutOfDescriptorsAnywhereIsNoSpaceAndLeavesNothing, true) {
  ASSERT_EQ(Said(MakeAndUse(kind)), "ok");
  const LeftBehind left;
  const int lowest = LowestFreeDescriptor();
  bool enough = false;
  for (int spare = 0; !enough; ++spare) {
    ASSERT_LT(spare, 64) << "more descriptors than one channel and two endpoints can need";
    Result<void> result;
    {
      const ScopedDescriptorLimit limit(lowest + spare);
      result = MakeAndUse(kind);
    }
    enough = result.has_value();
    if (!enough) ASSERT_EQ(Said(result), "no_space") << spare << " " << ToString(result.error());
    ASSERT_EQ(left.Tell(), "") << "with " << spare << " descriptors";
  }
}

// Opens the name with ever more descriptors to spare, until there are enough: "" or what is wrong.
std::string OpenWithFewDescriptors(const TransportKind& kind, const Bench& bench) {
  const int lowest = LowestFreeDescriptor();
  const std::set<int> before = OpenDescriptors();
  for (int spare = 0; spare < 64; ++spare) {
    std::string said;
    {
      const ScopedDescriptorLimit limit(lowest + spare);
      said = Said(kind.open(bench.name, Role::kProducer, bench.options, Soon()));
    }
    const std::string with = std::to_string(spare) + " descriptors: ";
    if (OpenDescriptors() != before) return with + "some are left open";
    if (said == "ok") return "";
    if (said != "no_space") return with + said;
  }
  return "more descriptors than one endpoint can need";
}

// A stranger's own shortage. What it is sent and has no room for is cut off
// (systemd/systemd#15457).
CONFORMANCE_CASE(Limits, AnOpenerWithFewDescriptorsHearsNoSpaceAndKeepsNothing,
                 (traits.survives_descriptor_shortage && traits.reach == Reach::kStrangers &&
                  traits.producers_max > 1)) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  ChildActor opener([&] {
    const std::string wrong = OpenWithFewDescriptors(kind, bench);
    if (!wrong.empty()) std::fprintf(stderr, "an opener with %s\n", wrong.c_str());
    return wrong.empty() ? 0 : 1;
  });
  EXPECT_EQ(opener.Wait(), "exit 0");
  // A raw stream tells the end of each of its connections first.
  if (kind.traits.shape != Shape::kBytes) EXPECT_EQ(bench.Works(), "ok");
}

}  // namespace
}  // namespace ipc_hammer

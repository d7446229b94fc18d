// Rule hostile-peer, of memory that is shared: each word that an operation looks at is changed by
// another process before it looks and after each time that it has looked. So what is checked and
// then read again, nanoseconds later, is another value the second time, in every run
// (microsoft/CCF#1696), and so is an index that is never checked (microsoft/CCF#4042).
//
// The processor's debug registers tell which words those are (crash_points.h). What is asked is
// that the calls return, by their deadlines or the patience they declare, and that no more is
// received than fits. What a peer spoils may be lost or wrong.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "properties/conformance/bench.h"
#include "properties/conformance/case.h"
#include "properties/conformance/crash_points.h"
#include "properties/conformance/scene.h"
#include "properties/conformance/shared_ranges.h"

namespace ipc_hammer {
namespace {

// Objects keep what they decide by at their beginning.
constexpr std::size_t kBytesMax = 8192;
constexpr std::size_t kMessageBytes = 16;
// Calls with the deadline Now() may still wait for a lock that was scribbled on, each of them.
constexpr std::chrono::milliseconds kReturnsWithin = 2 * kStuckAfter;
constexpr int kMoreThanFits = 4;

// A word of 32 bits that an operation reads or writes, so many times.
struct Word {
  std::size_t range = 0;  // number of the shared mapping
  std::size_t offset = 0;
  std::uint32_t accesses = 0;
};

// One process with both ends, each of which only it has.
class Target {
 public:
  explicit Target(const TransportKind& kind)
      : own_(SharedRangesOf(getpid())), bench_(kind, Of(kind)) {
    bench_.producer.reset();
    bench_.consumer.reset();
  }

  const std::string& error() const { return bench_.error(); }

  // Repeats until the victim is killed, and pauses after each time.
  VictimBody Repeated() {
    return {.prepare = [this] { return Attach(); },
            .operation =
                [this] {
                  while (true) {
                    ThereAndBack();
                    raise(SIGSTOP);
                  }
                }};
  }
  VictimBody Once() {
    return {.prepare = [this] { return Attach(); }, .operation = [this] { ThereAndBack(); }};
  }

  // What the victim shares by the channel: the mappings that were not there before it.
  std::vector<SharedRange> RangesOf(pid_t victim) const {
    std::vector<SharedRange> ranges = SharedRangesOf(victim);
    std::erase_if(ranges, [this](const SharedRange& range) {
      return std::ranges::find(own_, range.begin, &SharedRange::begin) != own_.end();
    });
    return ranges;
  }

 private:
  static Options Of(const TransportKind& kind) {
    Options options = WithCapacity(kind.traits, 1);
    options.message_size_bytes = std::min(kMessageBytes, options.message_size_bytes);
    return options;
  }

  bool Attach() {
    for (auto [role, end] :
         {std::pair(Role::kConsumer, &consumer_), {Role::kProducer, &producer_}}) {
      auto attached = bench_.channel->Attach(role, Soon());
      if (!attached) return false;
      *end = *std::move(attached);
    }
    ThereAndBack();  // what is done only once is done
    return true;
  }

  // Buffers of exactly the size, so that the sanitizer sees the first byte too many.
  void ThereAndBack() {
    const std::vector<std::byte> message(bench_.options.message_size_bytes, std::byte{1});
    static_cast<void>(producer_->Send(message, 0, Deadline::Now()));
    std::vector<std::byte> buffer(bench_.options.message_size_bytes);
    const auto received = consumer_->Receive(buffer, Deadline::Now());
    if (received && received->size_bytes > buffer.size()) _exit(kMoreThanFits);
  }

  std::vector<SharedRange> own_;
  Bench bench_;
  std::unique_ptr<Endpoint> producer_;
  std::unique_ptr<Endpoint> consumer_;
};

// All words of the first kBytesMax of each range.
std::vector<Word> WordsOf(const std::vector<SharedRange>& ranges) {
  std::vector<Word> words;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const std::size_t size = std::min(ranges[i].size_bytes, kBytesMax);
    for (std::size_t offset = 0; offset < size; offset += 4) words.push_back({i, offset, 0});
  }
  return words;
}

// Counts the accesses to a few words in the victim's next round. False if it ended.
bool CountAccesses(Victim& victim, const std::vector<SharedRange>& ranges, std::span<Word> words) {
  std::vector<std::uint64_t> addresses;
  for (const Word& word : words) addresses.push_back(ranges[word.range].begin + word.offset);
  if (!victim.Watch(addresses)) return false;
  std::uint32_t accessed = 0;
  Victim::Came came{};
  while ((came = victim.RunToAccess(accessed)) == Victim::Came::kToAccess) {
    for (std::size_t i = 0; i < words.size(); ++i) words[i].accesses += accessed >> i & 1;
  }
  return came == Victim::Came::kToPause;
}

// Those that a message there and back comes to.
void FindWords(const TransportKind& kind, std::vector<Word>& words) {
  Target target(kind);
  ASSERT_EQ(target.error(), "");
  Victim victim(target.Repeated());
  ASSERT_TRUE(victim.is_ready());
  if (!victim.Watch({})) GTEST_SKIP() << "no debug registers here";
  const std::vector<SharedRange> ranges = target.RangesOf(victim.pid());
  words = WordsOf(ranges);
  for (std::span<Word> rest = words; !rest.empty();) {
    const std::span<Word> few = rest.first(std::min(kWatchedWordsMax, rest.size()));
    ASSERT_TRUE(CountAccesses(victim, ranges, few)) << "the victim has ended";
    rest = rest.subspan(few.size());
  }
  std::erase_if(words, [](const Word& word) { return word.accesses == 0; });
}

enum class Change { kAllOnes, kZero, kOneMore };
constexpr std::array kChanges = {Change::kAllOnes, Change::kZero, Change::kOneMore};

std::uint32_t Changed(std::uint32_t was, Change change) {
  switch (change) {
    case Change::kAllOnes:
      return ~std::uint32_t{0};
    case Change::kZero:
      return 0;
    case Change::kOneMore:
      return was + 1;
  }
  return was;
}

// As another process does that has the object mapped. Returns what the word is then.
std::optional<std::uint32_t> Overwrite(pid_t process, std::uint64_t address, Change change) {
  std::uint32_t value = 0;
  iovec local{&value, sizeof value};
  iovec remote{reinterpret_cast<void*>(address), sizeof value};
  if (process_vm_readv(process, &local, 1, &remote, 1, 0) != sizeof value) return std::nullopt;
  value = Changed(value, change);
  if (process_vm_writev(process, &local, 1, &remote, 1, 0) != sizeof value) return std::nullopt;
  return value;
}

// On a fresh channel: the word is changed after so many accesses to it.
void Attack(const TransportKind& kind, const Word& word, std::uint32_t accesses, Change change) {
  Target target(kind);
  ASSERT_EQ(target.error(), "");
  Victim victim(target.Once());
  ASSERT_TRUE(victim.is_ready());
  const std::vector<SharedRange> ranges = target.RangesOf(victim.pid());
  ASSERT_LT(word.range, ranges.size());
  const std::uint64_t address = ranges[word.range].begin + word.offset;
  ASSERT_TRUE(victim.Watch(std::array{address}));
  std::uint32_t accessed = 0;
  for (std::uint32_t i = 0; i < accesses; ++i) {
    if (victim.RunToAccess(accessed) != Victim::Came::kToAccess) return;  // fewer this time
  }
  const std::optional<std::uint32_t> value = Overwrite(victim.pid(), address, change);
  ASSERT_TRUE(value);
  ASSERT_TRUE(victim.Watch({}));
  ASSERT_EQ(victim.GoOn(kReturnsWithin), "exit 0")
      << ranges[word.range].name << ": the word at " << word.offset << " was made " << *value
      << " after " << accesses << " of " << word.accesses << " accesses";
}

LONG_CONFORMANCE_CASE(HostilePeer, AnySharedWordMayChangeWhileItIsLookedAt,
                      kFindsCrashPoints&& traits.mechanism == MechanismFamily::kSharedMemory &&
                          traits.shape == Shape::kMessages && traits.reach != Reach::kThreads &&
                          TakesAnotherProducer(traits) && TakesAnotherConsumer(traits)) {
  if (!CanTrace()) GTEST_SKIP() << "a child cannot be traced here";
  std::vector<Word> words;
  ASSERT_NO_FATAL_FAILURE(FindWords(kind, words));
  if (testing::Test::IsSkipped()) return;
  ASSERT_FALSE(words.empty());
  for (const Word& word : words) {
    for (std::uint32_t accesses = 0; accesses < word.accesses; ++accesses) {
      for (const Change change : kChanges) {
        ASSERT_NO_FATAL_FAILURE(Attack(kind, word, accesses, change));
      }
      StillMoves();
    }
  }
}

}  // namespace
}  // namespace ipc_hammer

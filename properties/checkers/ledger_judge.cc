// JudgeLedgers (ledger.h): the producers' books against the consumers'.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "properties/checkers/ledger.h"
#include "properties/checkers/report.h"
#include "properties/program/text.h"

namespace ipc_hammer {
namespace {

constexpr std::size_t kBuckets = LedgerLane::kBuckets;

// The buckets of several lanes of one producer, brought to one width.
struct Sum {
  std::uint32_t width_log2 = 0;
  std::array<LedgerLane::Bucket, kBuckets> buckets{};

  void Add(const LedgerLane& lane) {
    const std::uint32_t shift = width_log2 - lane.width_log2;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      buckets[i >> shift].count += lane.buckets[i].count;
      buckets[i >> shift].fingerprint += lane.buckets[i].fingerprint;
    }
  }
};

class Judge {
 public:
  Judge(const Program& program, std::span<const Ledger* const> sent,
        std::span<const Ledger* const> received, const LedgerOptions& options)
      : program_(program), sent_(sent), received_(received), options_(options) {}

  std::vector<Violation> Run() {
    for (const Ledger* const ledger : received_) JudgeOne(*ledger);
    for (const Ledger* const ledger : received_) taken_ += ledger->receiving() ? 1 : 0;
    for (const Ledger* const ledger : received_) taken_ += ledger->corrupt();
    const auto actors = static_cast<std::uint32_t>(sent_.size());
    for (std::uint32_t producer = 0; producer < actors; ++producer) JudgeProducer(producer);
    for (std::uint32_t producer = actors; producer < kActorsMax; ++producer) {
      for (const Ledger* const ledger : received_) unknown_ += ledger->lane(producer).count();
    }
    if (unknown_ != 0) {
      Add(Rule::kNoInvention, "received {} messages of actors that do not send", unknown_);
    }
    return report_.Take();
  }

 private:
  template <typename... Args>
  void Add(Rule rule, fmt::format_string<Args...> format, Args&&... args) {
    report_.Add(rule, Violation::kNoEvent, format, std::forward<Args>(args)...);
  }

  void JudgeOne(const Ledger& ledger) {
    unknown_ += ledger.unknown();
    if (ledger.corrupt() == 0) return;
    Add(Rule::kIntegrity,
        "received {} messages that are not what any actor sent, the first of {} "
        "bytes",
        ledger.corrupt(), ledger.corrupt_size_bytes());
  }

  void JudgeProducer(std::uint32_t producer) {
    const LedgerLane& own = sent_[producer]->lane(producer);
    Sum sent{.width_log2 = own.width_log2};
    for (const Ledger* const ledger : received_) {
      sent.width_log2 = std::max(sent.width_log2, ledger->lane(producer).width_log2);
    }
    Sum received{.width_log2 = sent.width_log2};
    sent.Add(own);
    for (const Ledger* const ledger : received_) received.Add(ledger->lane(producer));
    const std::uint64_t surplus = JudgeBuckets(producer, sent, received);
    if (options_.ordered) JudgeOrder(producer, surplus);
  }

  // Returns how many messages were received more often than sent.
  std::uint64_t JudgeBuckets(std::uint32_t producer, const Sum& sent, const Sum& received) {
    std::uint64_t surplus = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      const LedgerLane::Bucket& got = received.buckets[i];
      const LedgerLane::Bucket had = WithInFlight(producer, sent, i, got);
      if (had == got) continue;
      if (got.count < had.count) {
        Missing(producer, sent, i, had.count - got.count);
      } else if (got.count == had.count) {
        Swapped(producer, sent, i);
      } else {
        surplus += got.count - had.count;
        Surplus(producer, sent, i, got.count - had.count);
      }
    }
    return surplus;
  }

  // What was sent; where it shows that a send which was cut has happened, with that message.
  LedgerLane::Bucket WithInFlight(std::uint32_t producer, const Sum& sent, std::size_t bucket,
                                  const LedgerLane::Bucket& got) const {
    LedgerLane::Bucket had = sent.buckets[bucket];
    const std::uint64_t sequence = sent_[producer]->in_flight();
    const bool here = sent_[producer]->sending() && sequence >> sent.width_log2 == bucket;
    if (here && got != had && got.count >= had.count) {
      ++had.count;
      had.fingerprint += LedgerLane::Fingerprint(sequence);
    }
    return had;
  }

  std::string Place(std::uint32_t producer, const Sum& sum, std::size_t bucket) const {
    const std::uint64_t from = std::uint64_t{bucket} << sum.width_log2;
    return fmt::format("{}#{} .. #{}", ActorName(program_, producer), from,
                       from + (std::uint64_t{1} << sum.width_log2) - 1);
  }

  void Missing(std::uint32_t producer, const Sum& sent, std::size_t bucket, std::uint64_t missing) {
    const std::uint64_t explained = std::min(missing, taken_);
    taken_ -= explained;
    if (missing == explained || !options_.drained) return;
    std::string hint;
    const bool sent_all = sent_[producer]->lane(producer).gaps == 0;
    if (sent_all && received_.size() == 1 && received_[0]->lane(producer).gaps != 0) {
      hint = fmt::format(", the first is #{}", received_[0]->lane(producer).first_gap);
    }
    Add(Rule::kNoLoss, "{} of the messages {} were sent and never received{}", missing - explained,
        Place(producer, sent, bucket), hint);
  }

  void Surplus(std::uint32_t producer, const Sum& sent, std::size_t bucket, std::uint64_t surplus) {
    const bool sent_any = sent.buckets[bucket].count != 0;
    Add(sent_any ? Rule::kNoDuplicate : Rule::kNoInvention,
        "{} more messages of {} were received than sent", surplus, Place(producer, sent, bucket));
  }

  // As many as were sent, but not the same.
  void Swapped(std::uint32_t producer, const Sum& sent, std::size_t bucket) {
    Add(Rule::kNoDuplicate,
        "of {} as many messages were received as were sent, but not the same: some twice, some "
        "never",
        Place(producer, sent, bucket));
  }

  void JudgeOrder(std::uint32_t producer, std::uint64_t surplus) {
    std::uint64_t backward = 0;
    std::uint64_t first = 0;
    for (const Ledger* const ledger : received_) {
      const LedgerLane& lane = ledger->lane(producer);
      if (lane.backward != 0 && backward == 0) first = lane.first_backward;
      backward += lane.backward;
    }
    if (backward <= surplus) return;  // doubled messages step back too
    Add(Rule::kOrder, "{} messages of {} were received after later ones, the first is #{}",
        backward - surplus, ActorName(program_, producer), first);
  }

  const Program& program_;
  std::span<const Ledger* const> sent_;
  std::span<const Ledger* const> received_;
  const LedgerOptions& options_;
  Report report_;
  std::uint64_t taken_ = 0;  // messages that killed receivers may have taken
  std::uint64_t unknown_ = 0;
};

}  // namespace

bool KeepsSequences(const Program& program, const Traits& traits) {
  const bool reopens = std::ranges::any_of(
      program.operations, [](const Operation& op) { return op.action == Action::kOpen; });
  return traits.order == Order::kFifo || (traits.order == Order::kPerProducer && !reopens);
}

std::vector<Violation> JudgeLedgers(const Program& program, std::span<const Ledger* const> sent,
                                    std::span<const Ledger* const> received,
                                    const LedgerOptions& options) {
  return Judge(program, sent, received, options).Run();
}

}  // namespace ipc_hammer

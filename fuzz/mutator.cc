#include "fuzz/mutator.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <random>

#include "properties/program/codec.h"

namespace ipc_hammer {
namespace {

using Bytes = std::span<const std::uint8_t>;

class Dice {
 public:
  explicit Dice(std::uint32_t seed) : engine_(seed) { engine_.discard(2); }  // see minstd_rand
  // 0 .. count-1. REQUIRES: count > 0.
  std::size_t Below(std::size_t count) { return static_cast<std::size_t>(engine_() >> 4) % count; }
  bool OneIn(std::size_t count) { return Below(count) == 0; }
  std::uint8_t Byte() { return static_cast<std::uint8_t>(Below(256)); }

 private:
  std::minstd_rand engine_;
};

// The records behind the header of a program that is being changed.
class Records {
 public:
  // What is missing of the header or of the last record becomes zero, as the decoder reads it.
  Records(std::span<std::uint8_t> data, std::size_t size) : data_(data) {
    const std::size_t records = size <= kHeaderBytes ? 0 : size - kHeaderBytes;
    count_ = std::min({(records + kRecordBytes - 1) / kRecordBytes, kDecodedOperationsMax, Room()});
    const std::size_t kept = std::min(size, size_bytes());
    std::fill(data_.begin() + static_cast<std::ptrdiff_t>(kept),
              data_.begin() + static_cast<std::ptrdiff_t>(size_bytes()), std::uint8_t{0});
  }

  std::size_t count() const { return count_; }
  std::size_t free() const { return std::min(Room(), kDecodedOperationsMax) - count_; }
  std::size_t size_bytes() const { return kHeaderBytes + count_ * kRecordBytes; }
  std::uint8_t* at(std::size_t index) { return data_.data() + kHeaderBytes + index * kRecordBytes; }

  // Makes room for `count` records at `index`. REQUIRES: count <= free().
  void Open(std::size_t index, std::size_t count) {
    std::memmove(at(index + count), at(index), (count_ - index) * kRecordBytes);
    count_ += count;
  }
  void Erase(std::size_t index, std::size_t count) {
    std::memmove(at(index), at(index + count), (count_ - index - count) * kRecordBytes);
    count_ -= count;
  }

 private:
  std::size_t Room() const { return (data_.size() - kHeaderBytes) / kRecordBytes; }

  std::span<std::uint8_t> data_;
  std::size_t count_;
};

// Positions within a record (codec.h).
enum Field : std::size_t { kAction, kActor, kSizeLow, kSizeHigh, kPriority, kFault, kNth, kRepeat };

// Sizes around which transports change their mind, less one each: 0, 1, 2, 8, 4096, 65536 ...
constexpr std::array<std::uint16_t, 12> kSizes = {0,   1,   7,    8,    23,   24,
                                                  255, 256, 4095, 4096, 4097, 65535};

void FillRecord(std::uint8_t* record, Dice& dice) {
  record[kAction] = dice.Byte();
  record[kActor] = static_cast<std::uint8_t>(dice.Below(8));
  const std::uint16_t size =
      dice.OneIn(2) ? kSizes[dice.Below(kSizes.size())] : static_cast<std::uint16_t>(dice.Byte());
  record[kSizeLow] = static_cast<std::uint8_t>(size & 255);
  record[kSizeHigh] = static_cast<std::uint8_t>(size >> 8);
  record[kPriority] = static_cast<std::uint8_t>(dice.Below(4));
  record[kFault] = dice.OneIn(6) ? dice.Byte() | 192 : 0;  // from 192 on there is a fault
  record[kNth] = static_cast<std::uint8_t>(dice.Below(4));
  record[kRepeat] = dice.OneIn(6) ? dice.Byte() | 192 : 0;
}

void Insert(Records& records, Dice& dice) {
  const std::size_t count = std::min(records.free(), 1 + dice.Below(4));
  const std::size_t index = dice.Below(records.count() + 1);
  records.Open(index, count);
  for (std::size_t i = 0; i < count; ++i) FillRecord(records.at(index + i), dice);
}

void Delete(Records& records, Dice& dice) {
  if (records.count() == 0) return;
  const std::size_t index = dice.Below(records.count());
  const std::size_t most = records.count() - index;
  records.Erase(index, 1 + dice.Below(dice.OneIn(4) ? most : std::min<std::size_t>(most, 3)));
}

void Duplicate(Records& records, Dice& dice) {
  if (records.count() == 0 || records.free() == 0) return;
  const std::size_t from = dice.Below(records.count());
  const std::size_t most = std::min({records.count() - from, records.free(), std::size_t{16}});
  const std::size_t count = 1 + dice.Below(most);
  std::array<std::uint8_t, 16 * kRecordBytes> copy;
  std::memcpy(copy.data(), records.at(from), count * kRecordBytes);
  const std::size_t to = dice.Below(records.count() + 1);
  records.Open(to, count);
  std::memcpy(records.at(to), copy.data(), count * kRecordBytes);
}

void Swap(Records& records, Dice& dice) {
  if (records.count() < 2) return;
  std::uint8_t* const a = records.at(dice.Below(records.count()));
  std::uint8_t* const b = records.at(dice.Below(records.count()));
  if (a != b) std::swap_ranges(a, a + kRecordBytes, b);
}

void ChangeField(Records& records, Dice& dice) {
  if (records.count() == 0) return;
  std::uint8_t* const record = records.at(dice.Below(records.count()));
  std::array<std::uint8_t, kRecordBytes> fresh;
  FillRecord(fresh.data(), dice);
  const std::size_t field = dice.Below(kRecordBytes);
  record[field] = fresh[field];
  if (field == kSizeLow) record[kSizeHigh] = fresh[kSizeHigh];
  if (field == kFault) record[kNth] = fresh[kNth];
}

// The same fault one call later or earlier: how every point of an operation is visited.
void MoveFault(Records& records, Dice& dice) {
  if (records.count() == 0) return;
  std::uint8_t* const record = records.at(dice.Below(records.count()));
  if (record[kFault] < 192) record[kFault] = dice.Byte() | 192;
  record[kNth] = static_cast<std::uint8_t>(record[kNth] + (dice.OneIn(2) ? 1 : 255));
}

void ChangeHeader(std::span<std::uint8_t> data, Dice& dice) {
  const std::size_t at = dice.Below(kHeaderBytes);
  data[at] = dice.OneIn(2) ? dice.Byte() : static_cast<std::uint8_t>(dice.Below(4));
}

void MutateOnce(std::span<std::uint8_t> data, Records& records, Dice& dice) {
  switch (dice.Below(12)) {
    case 0:
    case 1:
    case 2:
      return Insert(records, dice);
    case 3:
    case 4:
      return Delete(records, dice);
    case 5:
      return Duplicate(records, dice);
    case 6:
      return Swap(records, dice);
    case 7:
      return MoveFault(records, dice);
    case 8:
      return ChangeHeader(data, dice);
    default:
      return ChangeField(records, dice);
  }
}

Bytes HeaderOf(Bytes program) { return program.first(std::min(program.size(), kHeaderBytes)); }
Bytes RecordsOf(Bytes program) { return program.subspan(HeaderOf(program).size()); }

// One to eight whole records, as far as there are any, taken off the front.
Bytes TakeRun(Bytes& records, Dice& dice) {
  const std::size_t wanted = (1 + dice.Below(8)) * kRecordBytes;
  const Bytes run = records.first(std::min(wanted, records.size() / kRecordBytes * kRecordBytes));
  records = records.subspan(run.size());
  return run;
}

}  // namespace

std::size_t MutateProgram(std::span<std::uint8_t> data, std::size_t size, std::uint32_t seed,
                          MutateBytes fallback) {
  Dice dice(seed);
  if (data.size() < kHeaderBytes || dice.OneIn(10)) {
    return fallback(data.data(), size, data.size());
  }
  Records records(data, size);
  const std::size_t rounds = 1 + dice.Below(3);
  for (std::size_t i = 0; i < rounds; ++i) MutateOnce(data, records, dice);
  return records.size_bytes();
}

std::size_t CrossPrograms(Bytes first, Bytes second, std::span<std::uint8_t> out,
                          std::uint32_t seed) {
  Dice dice(seed);
  if (dice.OneIn(2)) std::swap(first, second);
  if (out.size() < kHeaderBytes) return 0;
  std::fill_n(out.begin(), kHeaderBytes, std::uint8_t{0});
  std::ranges::copy(HeaderOf(first), out.begin());
  std::size_t size = kHeaderBytes;
  std::array<Bytes, 2> parents = {RecordsOf(first), RecordsOf(second)};
  const auto has_records = [](Bytes records) { return records.size() >= kRecordBytes; };
  for (std::size_t turn = 0; std::ranges::any_of(parents, has_records); ++turn) {
    const Bytes run = TakeRun(parents[turn % 2], dice);
    if (dice.OneIn(3)) continue;
    if (run.size() > out.size() - size) break;
    std::ranges::copy(run, out.begin() + static_cast<std::ptrdiff_t>(size));
    size += run.size();
  }
  return size;
}

}  // namespace ipc_hammer

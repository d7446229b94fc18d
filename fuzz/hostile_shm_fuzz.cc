// shm_posix against an actor that owns its shared object: it writes any word at any moment, before
// the object is opened, between two operations and during them, resizes it upwards, or puts an
// object of its own in its place.
//
// Input: decisions, read by FuzzedDataProvider. Properties: every call gives a documented error or
// a message that fits the buffer, and returns by its deadline or the lock's patience after it;
// afterwards the name can be created again. A crash, a hang or a huge allocation is libFuzzer's and
// the sanitizer's to see.
//
// The hostile actor writes through a mapping of its own, as another process would. So
// ThreadSanitizer does not know that it is the same memory, and reports none of its races; it
// judges the transport's own threads elsewhere. An object that is made smaller while mapped is not
// tried: touching it is SIGBUS, which transports/sys/mapping.h declares.
#include <fcntl.h>
#include <fuzzer/FuzzedDataProvider.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "fuzz/fuzz_target.h"
#include "fuzz/require.h"
#include "transports/shared_memory/message_ring.h"
#include "transports/shared_memory/shm_posix.h"

namespace ipc_hammer {
namespace {

constexpr std::size_t kMessageBytes = 24;
constexpr std::chrono::seconds kSlack{5};  // a busy machine; libFuzzer's -timeout is above it

struct Scribble {
  std::size_t offset;  // of a 32-bit word
  std::uint32_t value;
};

// The hostile actor's view of the object that has the name now.
class HostileView {
 public:
  explicit HostileView(const std::string& name) : fd_(shm_open(name.c_str(), O_RDWR, 0)) {
    struct stat status{};
    if (fd_ < 0 || fstat(fd_, &status) != 0 || status.st_size < 4) return;
    words_ = static_cast<std::size_t>(status.st_size) / 4;
    void* const data = mmap(nullptr, words_ * 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
    data_ = data == MAP_FAILED ? nullptr : static_cast<std::uint32_t*>(data);
  }
  ~HostileView() {
    if (data_ != nullptr) munmap(data_, words_ * 4);
    if (fd_ >= 0) close(fd_);
  }
  HostileView(const HostileView&) = delete;
  HostileView& operator=(const HostileView&) = delete;

  void Write(const Scribble& scribble) {
    if (data_ == nullptr) return;
    std::atomic_ref(data_[scribble.offset / 4 % words_])
        .store(scribble.value, std::memory_order_relaxed);
  }
  void Grow(off_t bytes) {
    struct stat status{};
    if (fstat(fd_, &status) == 0) std::ignore = ftruncate(fd_, status.st_size + bytes);
  }

 private:
  int fd_;
  std::size_t words_ = 0;
  std::uint32_t* data_ = nullptr;
};

// Repeats some scribbles from a second thread for as long as it lives, and has begun with them when
// it is made: an operation takes less time than a thread takes to start.
class Scribbler {
 public:
  Scribbler(HostileView& view, std::vector<Scribble> scribbles)
      : thread_([this, &view, todo = std::move(scribbles)] {
          has_begun_.store(true);
          has_begun_.notify_one();
          while (!stop_.load(std::memory_order_relaxed)) {
            for (const Scribble& scribble : todo) view.Write(scribble);
          }
        }) {
    has_begun_.wait(false);
  }
  ~Scribbler() {
    stop_.store(true, std::memory_order_relaxed);
    thread_.join();
  }

 private:
  std::atomic<bool> stop_ = false;
  std::atomic<bool> has_begun_ = false;
  std::thread thread_;
};

bool IsOneOf(Errc code, std::initializer_list<Errc> allowed) {
  return std::ranges::find(allowed, code) != allowed.end();
}

class Attack {
 public:
  Attack(FuzzedDataProvider& decisions, std::string text)
      : decisions_(decisions), name_{.text = std::move(text)}, may_break_lock_(OneIn(16)) {}

  void Run() {
    options_ = {.capacity_messages = 1 + Below(4), .message_size_bytes = kMessageBytes};
    auto channel = kind_.create(name_, options_);
    Require(channel.has_value(), "a fresh name can be created");
    Attach(**channel);
    for (int steps = 0; steps < kStepsMax && decisions_.remaining_bytes() > 0 && !slow_; ++steps) {
      Step();
    }
    endpoints_.clear();
    channel->reset();
    shm_unlink(("/" + name_.text).c_str());  // what the hostile actor made
  }

 private:
  static constexpr int kStepsMax = 24;

  std::size_t Below(std::size_t count) {
    return decisions_.ConsumeIntegralInRange<std::size_t>(0, count - 1);
  }
  bool OneIn(std::size_t count) { return Below(count) == 0; }

  void Attach(Channel& channel) {
    for (const Role role : {Role::kProducer, Role::kConsumer}) {
      auto endpoint = channel.Attach(role, Deadline::Now());
      Require(endpoint.has_value(), "an endpoint can be attached");
      endpoints_.push_back({role, *std::move(endpoint)});
    }
    view_ = std::make_unique<HostileView>("/" + name_.text);
  }

  void Step() {
    switch (Below(8)) {
      case 0:
      case 1:
      case 2:
        return view_->Write(ReadScribble());
      case 3:
        return Open();
      case 4:
        return Rarely();
      case 5:
        return WhileScribbling();
      default:
        return Operate();
    }
  }

  // Values that a check may get wrong: near zero, near the capacity, near the ends of the type.
  std::uint32_t ReadValue() {
    constexpr std::array<std::uint32_t, 14> kValues = {0,
                                                       1,
                                                       2,
                                                       3,
                                                       4,
                                                       5,
                                                       kMessageBytes,
                                                       kMessageBytes + 1,
                                                       0x7fffffff,
                                                       0x80000000,
                                                       0xffffffff,
                                                       0xfffffffe,
                                                       0x40000000,
                                                       0xc0000000};
    return OneIn(2) ? kValues[Below(kValues.size())] : decisions_.ConsumeIntegral<std::uint32_t>();
  }

  Scribble ReadScribble() {
    constexpr std::array kFields = {
        offsetof(RingHeader, sent),      offsetof(RingHeader, sent) + 4,
        offsetof(RingHeader, received),  offsetof(RingHeader, received) + 4,
        offsetof(RingHeader, not_empty), offsetof(RingHeader, not_full),
        offsetof(RingHeader, lock),      sizeof(RingHeader)};
    std::size_t offset = OneIn(4) ? Below(sizeof(RingHeader) + 4 * 32) & ~std::size_t{3}
                                  : kFields[Below(kFields.size())];
    // A lock that is broken costs its patience, a thousand times of what anything else costs.
    if (offset == offsetof(RingHeader, lock) && !may_break_lock_) offset = kFields[0];
    return {offset, ReadValue()};
  }

  void Open() {
    const Role role = OneIn(2) ? Role::kProducer : Role::kConsumer;
    auto opened = Timed([&] { return kind_.open(name_, role, options_, ReadDeadline()); });
    if (opened) {
      endpoints_.push_back({role, *std::move(opened)});
      return;
    }
    Require(IsOneOf(opened.error().code,
                    {Errc::kNotFound, Errc::kPermission, Errc::kCorrupt, Errc::kInvalidArgument,
                     Errc::kWouldBlock, Errc::kTimedOut, Errc::kNoSpace, Errc::kSystem}),
            "open fails as documented");
  }

  void Rarely() {
    switch (Below(3)) {
      case 0:
        return view_->Grow(static_cast<off_t>(1 + Below(8192)));
      case 1:
        return Replace();
      default:
        if (endpoints_.size() > 1) endpoints_.erase(endpoints_.begin());
    }
  }

  // Another object under the name, whose size and words are the hostile actor's.
  void Replace() {
    const std::string path = "/" + name_.text;
    shm_unlink(path.c_str());
    const int fd = shm_open(path.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd < 0) return;
    std::ignore = ftruncate(fd, static_cast<off_t>(Below(2 * sizeof(RingHeader))));
    const auto bytes = decisions_.ConsumeBytes<std::uint8_t>(Below(64));
    std::ignore = pwrite(fd, bytes.data(), bytes.size(), 0);
    close(fd);
    view_ = std::make_unique<HostileView>(path);
  }

  // Of three the last two change one word to and fro: what is read twice is different each time.
  void WhileScribbling() {
    std::vector<Scribble> scribbles;
    for (std::size_t count = 1 + Below(3); count > 0; --count) scribbles.push_back(ReadScribble());
    if (scribbles.size() == 3) scribbles[2].offset = scribbles[1].offset;
    const Scribbler scribbler(*view_, std::move(scribbles));
    for (std::size_t count = 1 + Below(4); count > 0 && !slow_; --count) {
      OneIn(4) ? Open() : Operate();
    }
  }

  Deadline ReadDeadline() {
    return OneIn(4) ? Deadline::After(std::chrono::microseconds(200)) : Deadline::Now();
  }

  void Operate() {
    auto& [role, endpoint] = endpoints_[Below(endpoints_.size())];
    role == Role::kProducer ? Send(*endpoint) : Receive(*endpoint);
  }

  void Send(Endpoint& endpoint) {
    // On the heap and exact, so that one byte too many is seen.
    const std::vector<std::byte> message(Below(kMessageBytes + 2), std::byte{'m'});
    const auto sent = Timed([&] { return endpoint.Send(message, 0, ReadDeadline()); });
    if (sent) return Require(*sent == message.size(), "a message is sent as a whole");
    Require(IsOneOf(sent.error().code, {Errc::kWouldBlock, Errc::kTimedOut, Errc::kTooLarge,
                                        Errc::kNoSpace, Errc::kCorrupt, Errc::kSystem}),
            "send fails as documented");
  }

  void Receive(Endpoint& endpoint) {
    std::vector<std::byte> buffer(kMessageBytes);
    const auto received = Timed([&] { return endpoint.Receive(buffer, ReadDeadline()); });
    if (received) return Require(received->size_bytes <= buffer.size(), "a message fits");
    Require(IsOneOf(received.error().code,
                    {Errc::kWouldBlock, Errc::kTimedOut, Errc::kCorrupt, Errc::kSystem}),
            "receive fails as documented");
  }

  template <typename Call>
  std::invoke_result_t<Call> Timed(Call call) {
    const std::int64_t begin = MonotonicNs();
    auto result = call();
    const std::chrono::nanoseconds took(MonotonicNs() - begin);
    Require(took < kLockPatience + kSlack, "a call returns in time");
    slow_ = took > kLockPatience / 2;  // a broken lock: the rest would only wait as well
    return result;
  }

  struct Actor {
    Role role;
    std::unique_ptr<Endpoint> endpoint;
  };

  FuzzedDataProvider& decisions_;
  const TransportKind kind_ = ShmPosix();
  const ChannelName name_;
  const bool may_break_lock_;
  Options options_;
  bool slow_ = false;
  std::vector<Actor> endpoints_;
  std::unique_ptr<HostileView> view_;
};

}  // namespace
}  // namespace ipc_hammer

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ipc_hammer;
  FuzzedDataProvider decisions(data, size);
  Attack(decisions, FuzzSandbox().name_prefix + "hostile").Run();
  return Executed(Execution::kTested);
}

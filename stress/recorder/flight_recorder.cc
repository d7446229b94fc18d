#include "stress/recorder/flight_recorder.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <memory>
#include <new>
#include <utility>

#include "stress/recorder/word_wait.h"

namespace ipc_hammer {
namespace {

// Where the parts of the memory begin: they follow each other, each on a cache line of its own.
struct Layout {
  std::size_t slots, operations, events, ledgers, end;
};

constexpr std::size_t AlignUp(std::size_t n) { return (n + 63) / 64 * 64; }

Layout LayoutOf(std::size_t actors, std::size_t operations, std::size_t ring_events,
                bool keep_history) {
  Layout layout{};
  layout.slots = AlignUp(sizeof(ControlBlock));
  layout.operations = layout.slots + actors * sizeof(ActorSlot);
  layout.events = AlignUp(layout.operations + operations * sizeof(Operation));
  layout.ledgers = AlignUp(layout.events + actors * ring_events * sizeof(Event));
  layout.end = layout.ledgers + (keep_history ? 0 : actors * 2 * sizeof(Ledger));
  return layout;
}

std::byte* At(void* memory, std::size_t offset) { return static_cast<std::byte*>(memory) + offset; }

void CopyText(std::span<char> to, const std::string& from) {
  const std::size_t n = std::min(from.size(), to.size() - 1);
  std::memcpy(to.data(), from.data(), n);
  to[n] = '\0';
}

Result<void*> Map(int fd, std::size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) return FailErrno("mmap of the flight recorder");
  return memory;
}

}  // namespace

Result<FlightRecorder> FlightRecorder::Create(const Program& program,
                                              const RecorderOptions& options) {
  const Layout layout = LayoutOf(program.actors(), program.operations.size(), options.ring_events,
                                 options.keep_history);
  FileDescriptor file(memfd_create("ipc_hammer_recorder", MFD_CLOEXEC));
  if (!file.is_open()) return FailErrno("memfd_create");
  if (ftruncate(file.get(), static_cast<off_t>(layout.end)) != 0) return FailErrno("ftruncate");
  const Result<void*> memory = Map(file.get(), layout.end);
  if (!memory) return std::unexpected(memory.error());

  auto* control = new (*memory) ControlBlock{};
  CopyText(control->kind, program.kind);
  CopyText(control->channel, options.name.text);
  CopyText(control->folder, options.name.folder);
  control->capacity_messages = program.capacity_messages;
  control->message_size_bytes = program.message_size_bytes;
  control->producers = program.producers;
  control->consumers = program.consumers;
  control->seed = program.seed;
  control->adversities = program.adversities;
  control->operations = static_cast<std::uint32_t>(program.operations.size());
  control->ring_events = options.ring_events;
  control->creator = options.creator;
  control->keep_history = options.keep_history;
  control->region_bytes = layout.end;
  for (std::uint32_t i = 0; i < program.actors(); ++i) {
    new (At(*memory, layout.slots + i * sizeof(ActorSlot))) ActorSlot{};
  }
  std::uninitialized_copy(program.operations.begin(), program.operations.end(),
                          reinterpret_cast<Operation*>(At(*memory, layout.operations)));
  return FlightRecorder(std::move(file), *memory, layout.end);
}

Result<FlightRecorder> FlightRecorder::Open(FileDescriptor file) {
  struct stat status{};
  if (fstat(file.get(), &status) != 0) return FailErrno("fstat");
  const auto bytes = static_cast<std::size_t>(status.st_size);
  if (bytes < sizeof(ControlBlock)) return Fail(Errc::kCorrupt, "opening the flight recorder");
  const Result<void*> memory = Map(file.get(), bytes);
  if (!memory) return std::unexpected(memory.error());
  const auto* control = static_cast<const ControlBlock*>(*memory);
  const std::uint64_t actors = std::uint64_t{control->producers} + control->consumers;
  if (actors > kActorsMax || control->region_bytes != bytes ||
      LayoutOf(actors, control->operations, control->ring_events, control->keep_history).end !=
          bytes) {
    munmap(*memory, bytes);
    return Fail(Errc::kCorrupt, "opening the flight recorder");
  }
  return FlightRecorder(std::move(file), *memory, bytes);
}

FlightRecorder::FlightRecorder(FileDescriptor file, void* memory, std::size_t bytes)
    : file_(std::move(file)),
      memory_(memory),
      bytes_(bytes),
      control_(static_cast<ControlBlock*>(memory)) {
  const Layout layout =
      LayoutOf(actors(), control_->operations, control_->ring_events, control_->keep_history);
  slots_ = reinterpret_cast<ActorSlot*>(At(memory, layout.slots));
  operations_ = reinterpret_cast<Operation*>(At(memory, layout.operations));
  events_ = reinterpret_cast<Event*>(At(memory, layout.events));
  ledgers_ = reinterpret_cast<Ledger*>(At(memory, layout.ledgers));  // zeroed memory is empty ones
}

FlightRecorder::FlightRecorder(FlightRecorder&& other) noexcept
    : file_(std::move(other.file_)),
      memory_(std::exchange(other.memory_, nullptr)),
      bytes_(other.bytes_),
      control_(other.control_),
      slots_(other.slots_),
      operations_(other.operations_),
      events_(other.events_),
      ledgers_(other.ledgers_),
      doorbell_seen_(other.doorbell_seen_) {}

FlightRecorder::~FlightRecorder() {
  if (memory_ != nullptr) munmap(memory_, bytes_);
}

std::span<Event> FlightRecorder::RingMemory(std::uint32_t actor) const {
  return {events_ + std::size_t{actor} * control_->ring_events, control_->ring_events};
}

Program FlightRecorder::program() const {
  return {.kind = control_->kind,
          .capacity_messages = control_->capacity_messages,
          .message_size_bytes = control_->message_size_bytes,
          .producers = control_->producers,
          .consumers = control_->consumers,
          .seed = control_->seed,
          .adversities = control_->adversities,
          .operations = {operations_, operations_ + control_->operations}};
}

ChannelName FlightRecorder::name() const {
  return {.text = control_->channel, .folder = control_->folder};
}

History FlightRecorder::Events(std::uint32_t actor) const {
  const std::uint64_t written = slots_[actor].events.load(std::memory_order_acquire);
  const std::span<const Event> ring = RingMemory(actor);
  const std::uint64_t kept = std::min<std::uint64_t>(written, ring.size());
  History events;
  events.reserve(kept);
  for (std::uint64_t n = written - kept; n < written; ++n) {
    events.push_back(ring[n % ring.size()]);
  }
  // A close from another thread is written after the calls that it came into.
  for (auto event = events.begin(); event != events.end(); ++event) {
    const auto place =
        std::ranges::upper_bound(events.begin(), event, event->start_ns, {}, &Event::start_ns);
    std::rotate(place, event, event + 1);
  }
  return events;
}

History FlightRecorder::AllEvents() const {
  History all;
  for (std::uint32_t actor = 0; actor < actors(); ++actor) {  // each actor's are in order already
    History merged;
    std::ranges::merge(all, Events(actor), std::back_inserter(merged), {}, &Event::start_ns,
                       &Event::start_ns);
    all = std::move(merged);
  }
  return all;
}

bool FlightRecorder::IsComplete() const {
  for (std::uint32_t actor = 0; actor < actors(); ++actor) {
    if (slots_[actor].events.load(std::memory_order_acquire) > control_->ring_events) return false;
  }
  return true;
}

void FlightRecorder::Enter(Phase phase) {
  control_->phase.store(static_cast<std::uint32_t>(phase), std::memory_order_release);
  FutexWake(control_->phase, kWakeAll);
}

bool FlightRecorder::AwaitPhase(Phase phase, Deadline deadline) const {
  for (;;) {
    const std::uint32_t now = control_->phase.load(std::memory_order_acquire);
    if (now >= static_cast<std::uint32_t>(phase)) return true;
    if (!WaitWhileEqual(control_->phase, now, deadline)) return false;
  }
}

void FlightRecorder::RingDoorbell() {
  control_->doorbell.fetch_add(1, std::memory_order_release);
  FutexWake(control_->doorbell, kWakeAll);
}

void FlightRecorder::AwaitDoorbell(Deadline deadline) {
  WaitWhileEqual(control_->doorbell, doorbell_seen_, deadline);
  doorbell_seen_ = control_->doorbell.load(std::memory_order_acquire);
}

}  // namespace ipc_hammer

// What is left of a channel, and of a message in it, once the only process that had it open was
// killed?
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "properties/conformance/actors.h"
#include "properties/conformance/bench.h"
#include "properties/conformance/surroundings.h"
#include "properties/probes/experiments.h"
#include "properties/probes/numbers.h"
#include "properties/testing/test_sandbox.h"

namespace ipc_hammer {
namespace {

constexpr std::uint8_t kMessage = 7;

std::vector<std::string> Objects() {
  auto objects = NamedObjects();
  objects.merge(SystemVObjects());
  std::vector<std::string> names;
  for (const auto& [name, mode] : objects) names.push_back(name);
  return names;
}

void Replace(const std::string& what, const char* by, std::string& text) {
  if (what.empty()) return;
  if (const auto at = text.find(what); at != text.npos) text.replace(at, what.size(), by);
}

// A channel with a message in it, and nobody left.
struct Orphan {
  explicit Orphan(const TransportKind& kind)
      : name(FreshName()), options(UsualOptions(kind.traits)) {
    const std::vector<std::string> before = Objects();
    ChildActor creator([&] {
      const auto channel = kind.create(name, options);
      if (!channel) return 10 + static_cast<int>(channel.error().code);
      const auto consumer = (*channel)->Attach(Role::kConsumer, Soon());
      const auto producer = (*channel)->Attach(Role::kProducer, Soon());
      if (!consumer || !producer) return 1;
      return SendNumber(**producer, options, kMessage) ? raise(SIGKILL) : 2;
    });
    end = creator.Wait();
    std::ranges::set_difference(Objects(), before, std::back_inserter(left));
    std::erase_if(left, [this](const std::string& object) { return IsOthers(object); });
  }

  // The cell that ends the experiment, if it did not get so far.
  std::optional<Cell> End() const {
    if (end == "signal 9") return std::nullopt;
    for (const Errc refusal : {Errc::kNoSpace, Errc::kPermission}) {
      if (end == fmt::format("exit {}", 10 + static_cast<int>(refusal))) {
        return NotMade(std::string(ToString(refusal)));
      }
    }
    return Failed("a process could not make a channel and send: " + end);
  }
  // Their paths, as they are outside of a sandbox, with NAME for the channel's name.
  std::string Left() const {
    if (left.empty()) return "nothing";
    std::vector<std::string> texts = left;
    for (std::string& text : texts) {
      Replace(name.folder, "FOLDER", text);
      Replace(TestSandbox().queue_folder, "/dev/mqueue", text);
      Replace(name.text, "NAME", text);
    }
    return fmt::format("{}", fmt::join(texts, ", "));
  }
  // Outside of a sandbox others make objects as well; System V objects are then not looked at.
  bool IsOthers(const std::string& object) const {
    return object.starts_with('/') && object.find(name.text) == object.npos;
  }
  bool IsInAFolderOfTheCaller() const {
    return !left.empty() && std::ranges::all_of(left, [this](const std::string& path) {
      return path.starts_with(name.folder + "/");
    });
  }

  const ChannelName name;
  const Options options;
  std::string end;                // the creator's
  std::vector<std::string> left;  // sorted
};

// What a process that comes later finds: "" if it is the message.
std::string LooksForIt(const TransportKind& kind, const Orphan& orphan) {
  if (!kind.open) return "has no name to open";
  const auto consumer =
      kind.open(orphan.name, Role::kConsumer, orphan.options, Deadline::After(kMoment));
  if (!consumer) {
    const auto producer = kind.open(orphan.name, Role::kProducer, orphan.options, Deadline::Now());
    return "that opens it hears " + Said(consumer) + " to receive and " + Said(producer) +
           " to send";
  }
  const auto got =
      NumberReceiver(**consumer, orphan.options).Next(Deadline::After(MomentOf(kind.traits)));
  if (!got) return "that opened it to receive hears " + Said(got);
  const bool is_token = orphan.options.message_size_bytes == 0;
  return is_token || *got == kMessage ? "" : "that opened it received another message";
}

}  // namespace

Cell MeasurePersistence(const TransportKind& kind) {
  const Orphan orphan(kind);
  if (const auto end = orphan.End()) return *end;
  const std::string looks = LooksForIt(kind, orphan);
  if (kind.unlink) static_cast<void>(kind.unlink(orphan.name));
  const std::string seen = fmt::format(
      "its only process sent a message and was killed, which left {}; a later process {}",
      orphan.Left(), looks.empty() ? "opened it and received the message" : looks);
  if (!looks.empty()) return Measured("process", seen);
  return Measured(orphan.IsInAFolderOfTheCaller() ? "file-system" : "kernel", seen);
}

Cell MeasureCleanup(const TransportKind& kind) {
  const Orphan orphan(kind);
  if (const auto end = orphan.End()) return *end;
  const std::string seen = "its only process was killed, which left " + orphan.Left();
  if (orphan.left.empty()) return Measured("kernel", seen);
  if (!kind.unlink) return Measured("user", seen + ", and the kind has no unlink");
  const auto unlinked = kind.unlink(orphan.name);
  const std::vector<std::string> now = Objects();
  const bool gone = std::ranges::none_of(orphan.left, [&now](const std::string& object) {
    return std::ranges::binary_search(now, object);
  });
  return Measured("user", fmt::format("{}; unlink() {}", seen,
                                      gone ? "removed all of it" : "said " + Said(unlinked)));
}

}  // namespace ipc_hammer

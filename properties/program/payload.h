// Payloads that validate themselves: from the bytes alone a judge tells who sent them, as which
// message of which run, and whether each byte is right.
//
// From kPayloadHeaderBytes on, a payload begins with a header (run, check, producer, length,
// sequence) that Identify() reads. Shorter ones hold only filler and can be compared with what is
// expected (Matches). The filler depends on run, producer and sequence, so no two messages of a run
// agree by accident and nothing of an old run is taken for new.
#ifndef IPC_HAMMER_PROPERTIES_PROGRAM_PAYLOAD_H_
#define IPC_HAMMER_PROPERTIES_PROGRAM_PAYLOAD_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace ipc_hammer {

// Producer here is the sending actor's number: in duplex channels consumers send as well.
struct MessageId {
  std::uint32_t producer = 0;
  std::uint64_t sequence = 0;  // 0, 1, 2 ... for each sending actor
  friend bool operator==(const MessageId&, const MessageId&) = default;
};

inline constexpr std::size_t kPayloadHeaderBytes = 24;

// Writes the payload of that message. Any size, also 0.
void FillPayload(std::span<std::byte> payload, std::uint32_t run, MessageId id);

// True if the bytes are exactly this message's payload.
bool Matches(std::span<const std::byte> payload, std::uint32_t run, MessageId id);

// Which message of this run the header claims to be, if it is one: the header's check, run and
// length hold. The filler is not looked at. REQUIRES nothing: any bytes are fine.
std::optional<MessageId> Identify(std::span<const std::byte> payload, std::uint32_t run);

// Raw streams: fills or checks the bytes at `offset` of a sender's endless stream.
void FillStream(std::span<std::byte> bytes, std::uint32_t run, std::uint32_t sender,
                std::uint64_t offset);
bool MatchesStream(std::span<const std::byte> bytes, std::uint32_t run, std::uint32_t sender,
                   std::uint64_t offset);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_PROGRAM_PAYLOAD_H_

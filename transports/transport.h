// The contract between a transport and everything that hammers it.
//
// Glossary
//   mechanism       an IPC facility of Linux: a pipe, a POSIX message queue, ...
//   transport kind  a value that names one way to use a mechanism: name, traits, factory
//   channel         one created instance; named, or inherited by related processes
//   endpoint        one actor's handle on a channel; it has the role of producer or consumer
//   actor           a process or thread that performs operations
//
// Life of a channel: kind.create() makes it and returns a Channel, which the creator keeps until
// the end; threads and forked relatives Attach() through it, strangers kind.open() it by name; each
// process calls Detach() once it has its endpoints. The Channel's destructor removes the name.
//
// Threads and processes
//   * An endpoint may be used by one thread per direction at a time; CloseDirection may be called
//     by any thread, also while another is blocked in Send or Receive.
//   * After fork() parent and child may both use what they hold, each with its own endpoint.
//     Destroying a Channel or an Endpoint in a process that did not create the channel releases
//     that process's handles only: it never unlinks a name and never ends another process's use.
//   * Every descriptor is close-on-exec from birth: an exec'ed child inherits nothing.
//
// Ownership: whoever holds the unique_ptr. After an error nothing is owned by the caller and
// nothing is left behind.
//
// Blocking: only what takes a Deadline can block, and never past it. EINTR is never visible.
// Errors: the closed list in error.h; each function names those it can return.
#ifndef IPC_HAMMER_TRANSPORTS_TRANSPORT_H_
#define IPC_HAMMER_TRANSPORTS_TRANSPORT_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "transports/deadline.h"
#include "transports/error.h"
#include "transports/traits.h"

namespace ipc_hammer {

enum class Role : std::uint8_t { kProducer, kConsumer };
enum class Direction : std::uint8_t { kSend, kReceive };

// A channel's name. `text` is 1 to 64 characters of [A-Za-z0-9_.-], not beginning with a dot: kinds
// derive "/text" (queues, shared memory, semaphores), `folder`/text.sock (socket files) or an
// abstract address from it. Anything else is kInvalidArgument.
struct ChannelName {
  std::string text;
  std::string folder = "/tmp";  // where file names are made
};

struct Options {
  std::size_t capacity_messages = 8;
  std::size_t message_size_bytes = 4096;  // the largest message; exact, not rounded up
  mode_t mode = 0600;                     // exact, whatever the umask
};

struct Received {
  std::size_t size_bytes = 0;
  std::uint32_t priority = 0;
  // Which connection it came from, counted from 0 in the order they were made; 0 for kinds without
  // connections.
  std::uint32_t source = 0;
  // Byte streams with several connections only: this connection has ended, others remain.
  bool source_ended = false;
};

class Endpoint {
 public:
  virtual ~Endpoint() = default;  // closes; never blocks
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  // Hands over one message, one token (payload must be empty) or, for byte streams, at least one
  // byte of a non-empty payload. Returns the number of bytes taken: all of them except for streams.
  // An error means that the message was not sent and will never be delivered, not even in part.
  // Errors: kWouldBlock, kTimedOut, kPeerClosed, kClosed, kTooLarge, kNoSpace, kCorrupt,
  // kInvalidArgument (priority out of range, empty payload on a stream), kSystem.
  virtual Result<std::size_t> Send(std::span<const std::byte> payload, std::uint32_t priority,
                                   Deadline deadline) = 0;

  // Takes one message, one token, or up to buffer.size() bytes. Message kinds refuse a buffer that
  // is smaller than Options::message_size_bytes with kTooLarge, whatever is queued; streams refuse
  // an empty one with kInvalidArgument. An error removes nothing from the channel.
  // Errors: kWouldBlock, kTimedOut, kPeerClosed, kClosed, kTooLarge, kCorrupt, kInvalidArgument,
  // kSystem.
  virtual Result<Received> Receive(std::span<std::byte> buffer, Deadline deadline) = 0;

  // Closes one direction of this endpoint for good: the peer sees it as if the endpoint was closed,
  // own calls return kClosed, blocked ones at once where traits.close_wakes. What was sent stays
  // deliverable. Closing a direction that the endpoint does not have, or twice, is success.
  virtual Result<void> CloseDirection(Direction direction) = 0;

 protected:
  Endpoint() = default;
};

class Channel {
 public:
  // In the creating process: releases everything and removes the name if it is still this
  // channel's. In any other process: releases this process's handles.
  virtual ~Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // An endpoint for a thread or relative of the creator. Can be called in a forked child.
  // Errors: kInvalidArgument (too many of that role, after Detach of an inherited kind),
  // kWouldBlock, kTimedOut, kNoSpace, kPeerClosed, kSystem.
  virtual Result<std::unique_ptr<Endpoint>> Attach(Role role, Deadline deadline) = 0;

  // Drops this process's own hold on the ends of the channel (the pipe's two descriptors, the
  // listening socket), so that its endpoints' peers can see an end of file. Idempotent.
  virtual void Detach() = 0;

  // Removes the name now; endpoints stay usable. Idempotent; success for nameless channels.
  // Errors: kPermission, kSystem.
  virtual Result<void> Unlink() = 0;

 protected:
  Channel() = default;
};

// A transport kind is a value: copy it, change it, wrap it.
struct TransportKind {
  std::string name;     // the one name everywhere: flags, tests, corpora, reports ("shm_posix")
  std::string summary;  // one line for people
  Traits traits;

  // Creates a channel with exclusive semantics: a name that a living process owns is kExists, one
  // that a dead process left behind is taken over (its content is discarded). Never follows a
  // symbolic link, never touches an object of another type or owner (kExists or kPermission).
  // Errors: kExists, kPermission, kNoSpace, kInvalidArgument, kTooLarge (options above the traits
  // or the system's limits), kSystem.
  std::function<Result<std::unique_ptr<Channel>>(const ChannelName&, const Options&)> create;

  // An endpoint for a stranger. Empty unless traits.reach is kStrangers. `options` says what the
  // opener expects: a message size that differs from the creator's is kInvalidArgument where the
  // object records it. Waits until the creator has finished, at most until the deadline.
  // Errors: kNotFound, kPermission, kCorrupt, kInvalidArgument, kWouldBlock, kTimedOut, kNoSpace,
  // kSystem.
  std::function<Result<std::unique_ptr<Endpoint>>(const ChannelName&, Role, const Options&,
                                                  Deadline)>
      open;

  // Removes what a dead creator left under the name. Empty unless traits.reach is kStrangers.
  // Errors: kNotFound (nothing there), kExists (a living process owns it), kPermission, kSystem.
  std::function<Result<void>(const ChannelName&)> unlink;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_TRANSPORT_H_

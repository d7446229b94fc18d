// Traits: what a transport kind promises, as data. The rules that judge a kind, the programs that
// are made for it and the comparison table all follow from these fields; nothing outside
// transports/ ever switches on a kind's name.
#ifndef IPC_HAMMER_TRANSPORTS_TRAITS_H_
#define IPC_HAMMER_TRANSPORTS_TRAITS_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ipc_hammer {

// What one Send hands over.
enum class Shape : std::uint8_t {
  kMessages,  // a message with boundaries: one send is one receive
  kBytes,     // a byte stream: a send may be taken in part, a receive returns any prefix
  kTokens,    // a token without payload: a semaphore's unit
};

// The widest relation between actors that can share a channel.
enum class Reach : std::uint8_t {
  kThreads,    // one process only
  kRelatives,  // processes that inherited the channel by fork
  kStrangers,  // any process that knows the channel's name
};

// In which order messages that went through one channel in one direction are received.
enum class Order : std::uint8_t {
  kFifo,         // one linearizable queue, whoever sends
  kPriority,     // the highest priority first, FIFO among equals, linearizable
  kPerProducer,  // FIFO for each producer endpoint; nothing is said between two of them
};

// What Receive says once every sender has closed and everything has been drained.
enum class EndOfFile : std::uint8_t {
  kNever,        // the channel does not know its senders: would_block, timed_out or a wait
  kPersistent,   // peer_closed, for ever
  kOnceEachGap,  // peer_closed once, each time the number of senders falls to zero; then it waits
                 // for the next sender
};

// How long what is queued can be received by a process that comes later. Source: Stevens, UNIX
// Network Programming, volume 2, 1.3.
enum class Persistence : std::uint8_t {
  kProcess,     // as long as a process has the channel open; its name may last longer
  kKernel,      // after the last process as well, until it is unlinked or the system goes down
  kFileSystem,  // as long as the file system keeps the file in which it lies
};

// Which row of the commonly quoted comparison table the kind's mechanism belongs to.
enum class MechanismFamily : std::uint8_t {
  kPipe,
  kFifo,
  kMessageQueue,
  kSharedMemory,
  kSemaphore,
  kSocket,
  kLibrary,  // none: what its library makes of several mechanisms
  kOther,    // none: an eventfd, threads
};

struct Traits {
  Shape shape = Shape::kMessages;
  Reach reach = Reach::kThreads;
  Order order = Order::kFifo;

  std::uint32_t producers_max = 1;
  std::uint32_t consumers_max = 1;
  // Consumers can answer: a producer endpoint receives what the consumer sends. The consumer's
  // Send goes to the producer it last received from, or else to the first that connected.
  bool duplex = false;
  // Each producer has a connection of its own; Received::source tells them apart.
  bool connections = false;
  // The consumer is the process that created the channel (it owns a listening socket): Open with
  // Role::kConsumer is invalid_argument.
  bool consumer_is_creator = false;
  // A closed endpoint can be opened again while the channel lives.
  bool reopens_producer = false;
  bool reopens_consumer = false;

  EndOfFile end_of_file = EndOfFile::kNever;
  // Send without any consumer left is peer_closed; otherwise the message is kept.
  bool send_needs_consumer = false;
  // A thread blocked in Send or Receive returns kClosed when CloseDirection is called on its
  // endpoint. False where the mechanism has no way to do so.
  bool close_wakes = true;

  // True: would_block (full) is said when, and only when, Options::capacity_messages messages are
  // queued. False: at least the floor is accepted, how much more is the kernel's affair.
  bool exact_capacity = false;
  std::size_t capacity_messages_max = 0;  // largest Options::capacity_messages; 0: not bounded
  // While fewer messages and bytes than these are queued a Send is accepted (capacity floor).
  std::size_t floor_messages = 0;
  std::size_t floor_bytes = 0;

  // Byte streams that producers share: a Send of at most so many bytes is taken whole or not at all
  // and is never mixed with another's. 0: not so, but then each producer has its own connection.
  std::size_t atomic_write_max = 0;

  std::size_t message_size_max = 0;  // largest Options::message_size_bytes; kTokens: 0
  std::uint32_t priorities = 1;      // priorities 0 .. priorities-1; 1: no priorities

  // What Send took, an end or freed room may take a moment until the other side finds it, because
  // other threads or the network stack carry it. What is owed still has to come.
  bool asynchronous = false;
  // A Send to an endpoint that has closed may destroy what that endpoint had sent and the network
  // still carries (TCP resets the connection).
  bool send_resets_closed = false;
  // Messages that are sent while the floors or more are queued may be dropped although Send took
  // them (datagrams); those sent below the floors arrive.
  bool lossy = false;

  // After SIGKILL of an actor at any instant the others go on (see rule survive-kill). False: the
  // kind declares that a kill may leave the channel stuck; restart still has to work.
  bool survives_kill = true;
  // Others keep their deadlines while an actor is stopped in the middle of a call (SIGSTOP, a
  // debugger). False: they may have to wait until it goes on.
  bool deadline_beside_stopped = true;
  // Waits end by the wall clock: when it is set, a deadline comes as much sooner or later.
  bool wall_clock_deadlines = false;
  // The memory of a channel is there once it is created. False: where its file system is full, the
  // first use of it may be a death by SIGBUS.
  bool reserves_memory = true;
  // No descriptor of it is ever without close-on-exec. False: the C library makes one for a moment.
  bool cloexec_from_birth = true;
  // Somebody may connect while this process has no descriptor left. False: its library aborts then.
  bool survives_descriptor_shortage = true;
  // What a producer sends comes to whoever has the name: when its channel has ended and another one
  // is created under it, to that one.
  bool follows_name = false;
  // Whoever opens by name the only place of a role is refused while it is taken, by whatever
  // process. False: nothing keeps him away, and both share what comes.
  bool keeps_roles_single = true;
  // Queued messages stay when the last endpoint closes, as long as the channel lives.
  bool keeps_queued = false;

  Persistence persistence = Persistence::kProcess;
  MechanismFamily mechanism = MechanismFamily::kOther;
};

// The one word for each, in tables and in JSON: "messages", "strangers", "per-producer",
// "each-gap".
std::string_view ToString(Shape shape);
std::string_view ToString(Reach reach);
std::string_view ToString(Order order);
std::string_view ToString(EndOfFile end_of_file);
std::string_view ToString(Persistence persistence);
std::string_view ToString(MechanismFamily mechanism);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_TRAITS_H_

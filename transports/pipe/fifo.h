// The kind `fifo`: a named FIFO as a byte stream from several producers to one consumer, for
// strangers. What pipe.h says of atomic writes and of capacity holds here too.
//
// Name: `folder`/text.fifo; fifo_file.h says how it is owned, made, taken over and removed.
//
// Opening never blocks in open(2). A consumer can always be opened. A producer needs somebody who
// reads: until then its open waits, looking every kFifoSlice, to its deadline. The channel itself
// reads until Detach(), so its producers can be attached and can send before the consumer comes.
//
// End of file: kPeerClosed once each time the last producer leaves; then Receive waits for the next
// one, without using the processor. Before the first producer has come there is no end of file, and
// nor is there for a consumer opened by name after the producers left.
//
// A consumer that closes leaves what it had not read to whoever reads next, in the middle of
// whatever it is in, if a producer is still there; else the kernel throws it away. As a stranger
// cannot know where in the stream it begins, reopens_consumer is not promised. Nothing keeps away a
// second reader who opens the name: the two would share the bytes.
//
// Threads and processes: as transport.h says; the limits on Attach are those of this process.
// Attaching a producer works after Unlink() and Detach(); Options::mode has to let its owner read
// and write.
// Sources: fifo(7), pipe(7), open(2).
#ifndef IPC_HAMMER_TRANSPORTS_PIPE_FIFO_H_
#define IPC_HAMMER_TRANSPORTS_PIPE_FIFO_H_

#include <chrono>

#include "transports/transport.h"

namespace ipc_hammer {

// Two hundred looks a second cost less than a hundredth of a processor, and only while opening.
inline constexpr std::chrono::milliseconds kFifoSlice{5};

TransportKind Fifo();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_PIPE_FIFO_H_

// Framed: the decorator that makes a message kind of a byte stream kind. See frame.h for the
// format.
//
// The framed kind is called `<kind>_framed`. It has the byte kind's life, names, ends of file and
// both directions where that is duplex. Messages are at most 16 MiB. What is said of one producer's
// order holds; a message of several frames may be completed after one that was begun later by
// another producer, so nothing is said between producers.
//
// Capacity is the stream's. While less than the traits' floors is queued a message is accepted that
// would not itself go beyond floor_bytes. A larger one is for sends that may block: it flows
// through while the consumer receives, and with Deadline::Now() it is kWouldBlock, with nothing
// written, unless the stream surely has room for all of it.
//
// Threads and processes: as transport.h says. Ownership: a framed endpoint owns the byte endpoint.
// The limit on unfinished messages is said in frame_decoder.h.
#ifndef IPC_HAMMER_TRANSPORTS_FRAMING_FRAMED_H_
#define IPC_HAMMER_TRANSPORTS_FRAMING_FRAMED_H_

#include "transports/transport.h"

namespace ipc_hammer {

// REQUIRES: byte_kind.traits.shape is kBytes. A duplex kind with several connections must make
// StreamEndpoints (see stream_endpoint.h).
TransportKind Framed(TransportKind byte_kind);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_FRAMING_FRAMED_H_

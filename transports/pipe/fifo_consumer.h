// The reading end of a FIFO, whose writers come and go.
//
// A read of nothing means that nobody writes: either nobody has come yet since this end was opened,
// or the last writer has left. Only poll(2) tells the two apart: it says POLLHUP on an end that has
// seen a writer, and on no other. But then it says so for ever, which makes a wait for the next
// writer spin. So each time an end is reported this one is replaced by a new one, which has seen
// nobody.
//
// Nothing is lost in that: the new end is opened before the last look for data, so a writer that
// comes after that look is seen by the new end, and what one that came before has written is found
// by the look. Two gaps with nothing between them are one.
//
// Threads, errors: as transport.h says; Receive is kNoSpace where there is no descriptor for the
// new end. The end is then not yet reported, and a later Receive will do so.
// Sources: fifo(7), poll(2), fs/pipe.c: fifo_open() and pipe_poll() on w_counter.
#ifndef IPC_HAMMER_TRANSPORTS_PIPE_FIFO_CONSUMER_H_
#define IPC_HAMMER_TRANSPORTS_PIPE_FIFO_CONSUMER_H_

#include "transports/pipe/pipe_endpoint.h"

namespace ipc_hammer {

class FifoConsumer : public PipeConsumer {
 public:
  using PipeConsumer::PipeConsumer;

 protected:
  Result<bool> AtNoWriter() override;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_PIPE_FIFO_CONSUMER_H_

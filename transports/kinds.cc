#include "transports/kinds.h"

#include "transports/boost/boost_mq.h"
#include "transports/boost/boost_shm.h"
#include "transports/framing/framed.h"
#include "transports/loopback/loopback.h"
#include "transports/network/tcp.h"
#include "transports/network/udp.h"
#include "transports/pipe/fifo.h"
#include "transports/pipe/pipe.h"
#include "transports/queue/posix_mq.h"
#include "transports/queue/sysv_msg.h"
#include "transports/semaphore/event_fd.h"
#include "transports/semaphore/sem_posix.h"
#include "transports/semaphore/sem_sysv.h"
#include "transports/semaphore/sem_unnamed.h"
#include "transports/shared_memory/lock_free/shm_mpmc.h"
#include "transports/shared_memory/lock_free/shm_spsc.h"
#include "transports/shared_memory/memfd/shm_memfd.h"
#include "transports/shared_memory/shm_file.h"
#include "transports/shared_memory/shm_posix.h"
#include "transports/shared_memory/sysv/shm_sysv.h"
#include "transports/socket/datagram/unix_dgram.h"
#include "transports/socket/pair/unix_pair.h"
#include "transports/socket/unix_seqpacket.h"
#include "transports/socket/unix_stream.h"
#include "transports/zmq/zmq_inproc.h"
#include "transports/zmq/zmq_ipc.h"
#include "transports/zmq/zmq_tcp.h"

namespace ipc_hammer {

const std::vector<TransportKind>& AllKinds() {
  static const std::vector<TransportKind> kinds = {
      Loopback(),
      Pipe(),
      Framed(Pipe()),
      Fifo(),
      Framed(Fifo()),
      UnixStream(),
      Framed(UnixStream()),
      UnixStreamAbstract(),
      Framed(UnixStreamAbstract()),
      UnixSeqpacket(),
      UnixSeqpacketAbstract(),
      UnixDgram(),
      UnixDgramAbstract(),
      UnixStreamPair(),
      Framed(UnixStreamPair()),
      UnixSeqpacketPair(),
      UnixDgramPair(),
      Tcp(),
      Framed(Tcp()),
      Udp(),
      PosixMq(),
      SysvMsg(),
      ShmPosix(),
      ShmSpsc(),
      ShmMpmc(),
      ShmFile(),
      ShmMemfd(),
      ShmSysv(),
      SemPosix(),
      SemUnnamed(),
      SemSysv(),
      EventFd(),
      ZmqInproc(),
      ZmqIpc(),
      ZmqTcp(),
      BoostMq(),
      BoostShm(),
  };
  return kinds;
}

const TransportKind* FindKind(std::string_view name) {
  for (const TransportKind& kind : AllKinds()) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

}  // namespace ipc_hammer

// The connections of a listening socket: accepted, numbered in that order, served in turn.
//
// A connection is live until its end of file has been read. One that only stopped sending (it may
// wait for a reply) stays in the table until it hangs up. The table is bounded; further peers wait
// in the backlog and are accepted when there is room, or when a direction ends, because they have
// to be told. A connection handed out stays open as long as somebody holds it, so no number is
// reused under a system call.
//
// Threads: any; every function takes the table's mutex and none blocks beyond that.
// Sources: accept(2), poll(2), unix(7).
#ifndef IPC_HAMMER_TRANSPORTS_SOCKET_CONNECTION_TABLE_H_
#define IPC_HAMMER_TRANSPORTS_SOCKET_CONNECTION_TABLE_H_

#include <poll.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "transports/error.h"
#include "transports/socket/connected_socket.h"
#include "transports/socket/connection_family.h"
#include "transports/sys/file_descriptor.h"

namespace ipc_hammer {

struct Connection {
  Connection(std::uint32_t with_number, const ConnectionFamily& family, FileDescriptor accepted)
      : number(with_number), socket(family, std::move(accepted)) {}

  const std::uint32_t number;
  const ConnectedSocket socket;
  bool is_live = true;  // guarded by the table
};
using ConnectionRef = std::shared_ptr<const Connection>;

class ConnectionTable {
 public:
  // REQUIRES: `family` lives as long as the table; the listener's backlog is at most
  // `connections_max`.
  ConnectionTable(const ConnectionFamily& family, FileDescriptor listener,
                  std::size_t connections_max)
      : family_(family), listener_(std::move(listener)), connections_max_(connections_max) {}

  // Accepts who waits, as far as there is room. Errors: kNoSpace (out of descriptors; who waits
  // goes on waiting), kSystem.
  Result<void> AcceptWaiting();

  // All that a receiver has to watch, with one spare element at the end.
  std::vector<pollfd> Watched();
  // Drops the half-open connections that `watched` shows to have hung up, and returns the live one
  // that is ready and whose turn it is, or null.
  ConnectionRef Ready(const std::vector<pollfd>& watched);
  // The live connection whose turn it is, ready or not; null if there is none.
  ConnectionRef NextInTurn();
  // Puts a connection at the end of the line, after it has been served.
  void Served(const Connection& connection);

  // The end of file of `connection` was read. Returns whether others are live or waiting.
  bool End(const Connection& connection);
  // Sending to `connection` failed for good.
  void Drop(const Connection& connection);

  ConnectionRef Find(std::uint32_t number);
  // The number of the first that ever connected; accepts if nobody has been accepted yet.
  // Errors: kPeerClosed (nobody has connected, or it has gone), kWouldBlock (somebody waits who
  // cannot be accepted yet), kNoSpace, kSystem.
  Result<std::uint32_t> First();

  // Ends one direction of all connections, of those that wait or come later too, and of the
  // listener with the direction of receiving; with the second one drops everything.
  void ShutDown(int how);  // SHUT_RD or SHUT_WR

 private:
  using Entry = std::shared_ptr<Connection>;

  Result<void> AcceptLocked(std::size_t places);
  void AddLocked(FileDescriptor socket);
  bool IsAnybodyWaitingLocked() const;
  std::size_t IndexInTurnLocked(std::size_t steps) const;

  const ConnectionFamily& family_;
  std::mutex mutex_;
  FileDescriptor listener_;
  FileDescriptor at_the_door_;  // accepted by the kernel, and not yet known to be welcome
  const std::size_t connections_max_;
  bool receive_shut_ = false;
  bool send_shut_ = false;
  std::uint32_t next_number_ = 0;
  std::uint32_t turn_ = 0;      // the lowest number to serve next
  std::vector<Entry> entries_;  // by number
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SOCKET_CONNECTION_TABLE_H_

#include "transports/socket/connection_table.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <tuple>
#include <utility>

#include "transports/socket/stream_socket.h"

namespace ipc_hammer {

Result<void> ConnectionTable::AcceptWaiting() {
  const std::lock_guard lock(mutex_);
  return AcceptLocked(connections_max_);
}

Result<void> ConnectionTable::AcceptLocked(std::size_t places) {
  while (listener_.is_open() && entries_.size() < places) {
    if (!at_the_door_.is_open()) {
      at_the_door_ = FileDescriptor(
          ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    }
    if (at_the_door_.is_open()) {
      const Result<bool> is_welcome = family_.is_welcome(at_the_door_.get());
      if (!is_welcome) return std::unexpected(is_welcome.error());
      FileDescriptor socket = std::exchange(at_the_door_, {});
      if (!*is_welcome) continue;
      if (Result<void> prepared = family_.prepare(socket.get()); !prepared) return prepared;
      AddLocked(std::move(socket));
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno == EAGAIN) return {};
    return FailErrno("accept4");
  }
  return {};
}

void ConnectionTable::AddLocked(FileDescriptor socket) {
  if (send_shut_) family_.shut_down(socket.get(), SHUT_WR);
  entries_.push_back(std::make_shared<Connection>(next_number_++, family_, std::move(socket)));
}

bool ConnectionTable::IsAnybodyWaitingLocked() const {
  if (at_the_door_.is_open()) return true;
  if (!listener_.is_open()) return false;
  pollfd state{.fd = listener_.get(), .events = POLLIN, .revents = 0};
  return ::poll(&state, 1, 0) > 0 && (state.revents & POLLIN) != 0;
}

std::vector<pollfd> ConnectionTable::Watched() {
  const std::lock_guard lock(mutex_);
  // Not every family tells later of a peer that it had told half an end of.
  std::erase_if(entries_, [this](const Entry& entry) {
    return !entry->is_live && family_.has_peer_gone(entry->socket.get());
  });
  std::vector<pollfd> watched;
  watched.reserve(entries_.size() + 2);
  for (const Entry& entry : entries_) {
    // Without events a hang-up is still reported, and nothing else.
    const short events = entry->is_live ? POLLIN : 0;
    watched.push_back({.fd = entry->socket.get(), .events = events, .revents = 0});
  }
  if (listener_.is_open() && entries_.size() < connections_max_) {
    watched.push_back({.fd = listener_.get(), .events = POLLIN, .revents = 0});
    // Always writable: whether it is welcome is asked again at once.
    if (at_the_door_.is_open()) {
      watched.back() = {.fd = at_the_door_.get(), .events = POLLOUT, .revents = 0};
    }
  }
  watched.push_back({.fd = -1, .events = 0, .revents = 0});
  return watched;
}

ConnectionRef ConnectionTable::Ready(const std::vector<pollfd>& watched) {
  const std::lock_guard lock(mutex_);
  const auto is_ready = [&watched](const Connection& connection) {
    return std::ranges::any_of(watched, [&](const pollfd& fd) {
      return fd.fd == connection.socket.get() && fd.revents != 0;
    });
  };
  std::erase_if(entries_, [&](const Entry& entry) {
    return !entry->is_live && is_ready(*entry) && family_.has_peer_gone(entry->socket.get());
  });
  for (std::size_t step = 0; step < entries_.size(); ++step) {
    const Entry& entry = entries_[IndexInTurnLocked(step)];
    if (entry->is_live && is_ready(*entry)) return entry;
  }
  return nullptr;
}

ConnectionRef ConnectionTable::NextInTurn() {
  const std::lock_guard lock(mutex_);
  for (std::size_t step = 0; step < entries_.size(); ++step) {
    const Entry& entry = entries_[IndexInTurnLocked(step)];
    if (entry->is_live) return entry;
  }
  return nullptr;
}

std::size_t ConnectionTable::IndexInTurnLocked(std::size_t steps) const {
  const auto first = std::ranges::lower_bound(entries_, turn_, {}, &Connection::number);
  return (static_cast<std::size_t>(first - entries_.begin()) + steps) % entries_.size();
}

void ConnectionTable::Served(const Connection& connection) {
  const std::lock_guard lock(mutex_);
  turn_ = connection.number + 1;
}

bool ConnectionTable::End(const Connection& connection) {
  const std::lock_guard lock(mutex_);
  const bool may_be_answered = !send_shut_ && !family_.has_peer_gone(connection.socket.get());
  std::erase_if(entries_, [&](const Entry& entry) {
    if (entry.get() != &connection) return false;
    entry->is_live = false;
    return !may_be_answered;
  });
  // Who has connected counts, although not yet accepted. An error does not mean that somebody
  // waits: without a free descriptor accept4 fails before it looks.
  std::ignore = AcceptLocked(connections_max_);
  return std::ranges::any_of(entries_, &Connection::is_live) || IsAnybodyWaitingLocked();
}

void ConnectionTable::Drop(const Connection& connection) {
  const std::lock_guard lock(mutex_);
  // A live one may still have data to be received, and its end will be seen there.
  std::erase_if(entries_, [&](const Entry& entry) {
    return entry.get() == &connection && (!entry->is_live || receive_shut_);
  });
}

ConnectionRef ConnectionTable::Find(std::uint32_t number) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::lower_bound(entries_, number, {}, &Connection::number);
  return found != entries_.end() && (*found)->number == number ? *found : nullptr;
}

Result<std::uint32_t> ConnectionTable::First() {
  constexpr std::uint32_t kFirst = 0;
  const std::lock_guard lock(mutex_);
  if (next_number_ == kFirst) {
    // Who waits and cannot be accepted has not gone: it must not be taken for nobody.
    const Result<void> accepted = AcceptLocked(connections_max_);
    if (next_number_ == kFirst && !accepted) return std::unexpected(accepted.error());
    if (next_number_ == kFirst && IsAnybodyWaitingLocked()) {
      return Fail(Errc::kWouldBlock, "accept4");
    }
  }
  if (entries_.empty() || entries_.front()->number != kFirst) {
    return Fail(Errc::kPeerClosed, "the first is not connected");
  }
  return kFirst;
}

void ConnectionTable::ShutDown(int how) {
  const std::lock_guard lock(mutex_);
  // Who is not accepted now is not told, or is cut off with the listener. So everybody who can wait
  // gets a place: listen(2) was told connections_max, and Linux lets one more wait. A failure that
  // passes is waited out; one that stays (no descriptor, no memory) has that price.
  const std::size_t places = 2 * connections_max_ + 1;
  if (!AcceptLocked(places) || IsAnybodyWaitingLocked()) std::ignore = AcceptLocked(places);
  for (const Entry& entry : entries_) family_.shut_down(entry->socket.get(), how);
  (how == SHUT_RD ? receive_shut_ : send_shut_) = true;
  if (how == SHUT_RD && listener_.is_open()) {
    ::shutdown(listener_.get(), SHUT_RDWR);
    listener_.Close();
    at_the_door_.Close();
  }
  std::erase_if(entries_, [this](const Entry& entry) {
    return send_shut_ && (receive_shut_ || !entry->is_live);
  });
}

}  // namespace ipc_hammer

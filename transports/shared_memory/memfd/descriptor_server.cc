#include "transports/shared_memory/memfd/descriptor_server.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <span>
#include <utility>

#include "transports/socket/descriptor_passing.h"
#include "transports/socket/stream_socket.h"
#include "transports/socket/unix_family.h"
#include "transports/sys/wait.h"

namespace ipc_hammer {
namespace {

constexpr int kBacklog = 128;

// What the server says; the first comes with the descriptor.
constexpr std::byte kHere{'h'};
constexpr std::byte kRefused{'r'};
constexpr std::byte kNotNow{'n'};

bool IsAllowed(const ucred& peer, mode_t mode) {
  if (peer.uid == geteuid()) return true;
  const mode_t wanted = peer.gid == getegid() ? 0060 : 0006;
  return (mode & wanted) == wanted;
}

Result<ucred> PeerOf(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    return FailErrno("getsockopt(SO_PEERCRED)");
  }
  return peer;
}

void Say(int socket, std::byte word, std::span<const int> descriptors) {
  // A fresh connection has room for a byte; a client that has gone hears nothing.
  const Result<void> sent = SendWithDescriptors(socket, {&word, 1}, descriptors, Deadline::Now());
  if (!sent && !descriptors.empty()) Say(socket, kNotNow, {});
}

bool IsOutOfDescriptors(int error) {
  return error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS;
}

}  // namespace

Result<FileDescriptor> BindServerName(const UnixAddress& address) {
  FileDescriptor bound(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!bound.is_open()) return FailErrno("socket");
  if (bind(bound.get(), address.data(), address.size()) != 0) return FailErrno("bind");
  return bound;
}

DescriptorServer::DescriptorServer(FileDescriptor listener, FileDescriptor object,
                                   FileDescriptor stop, mode_t mode)
    : listener_(std::move(listener)),
      object_(std::move(object)),
      stop_(std::move(stop)),
      mode_(mode) {}

Result<std::unique_ptr<DescriptorServer>> DescriptorServer::Start(FileDescriptor bound,
                                                                  FileDescriptor object,
                                                                  mode_t mode) {
  FileDescriptor stop(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop.is_open()) return FailErrno("eventfd");
  if (listen(bound.get(), kBacklog) != 0) return FailErrno("listen");
  std::unique_ptr<DescriptorServer> server(
      new DescriptorServer(std::move(bound), std::move(object), std::move(stop), mode));
  if (Result<void> launched = server->Launch(); !launched) {
    return std::unexpected(launched.error());
  }
  return server;
}

// The thread inherits a mask of all signals: handlers of the program's run in its own threads.
Result<void> DescriptorServer::Launch() {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int error = pthread_create(&thread_, nullptr, Run, this);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error == EAGAIN) return Fail(Errc::kNoSpace, "pthread_create", error);
  if (error != 0) return Fail(ErrcFromErrno(error), "pthread_create", error);
  thread_owner_ = getpid();
  return {};
}

void DescriptorServer::Stop() {
  if (thread_owner_ == getpid()) {
    eventfd_write(stop_.get(), 1);  // cannot fail: the counter is far from full
    pthread_join(thread_, nullptr);
  }
  thread_owner_ = 0;
  listener_.Close();
  object_.Close();
  stop_.Close();
}

void* DescriptorServer::Run(void* self) {
  static_cast<DescriptorServer*>(self)->Serve();
  return nullptr;
}

void DescriptorServer::Serve() {
  for (;;) {
    std::array<pollfd, 2> fds{{{.fd = listener_.get(), .events = POLLIN, .revents = 0},
                               {.fd = stop_.get(), .events = POLLIN, .revents = 0}}};
    // The kernel may be out of memory for the wait itself.
    const bool is_ready = WaitReady(fds, Deadline::Never()).has_value();
    if (fds[1].revents != 0) return;
    const bool goes_on = is_ready && AnswerOne();
    // The listener stays ready meanwhile: without a pause we would spin.
    if (!goes_on && WaitForStop(Deadline::After(kOutOfDescriptors))) return;
  }
}

bool DescriptorServer::WaitForStop(Deadline deadline) {
  pollfd stop{.fd = stop_.get(), .events = POLLIN, .revents = 0};
  return WaitReady({&stop, 1}, deadline).has_value();
}

bool DescriptorServer::AnswerOne() {
  const FileDescriptor connection(
      accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!connection.is_open()) return !IsOutOfDescriptors(errno);
  const Result<ucred> peer = PeerOf(connection.get());
  const int object = object_.get();
  if (peer && IsAllowed(*peer, mode_)) {
    Say(connection.get(), kHere, {&object, 1});
  } else {
    Say(connection.get(), kRefused, {});
  }
  return true;
}

namespace {

Result<FileDescriptor> TakeAnswer(std::byte word, std::vector<FileDescriptor>& descriptors) {
  if (word == kHere && descriptors.size() == 1) return std::move(descriptors.front());
  if (word == kRefused && descriptors.empty()) return Fail(Errc::kPermission, "the server refuses");
  if (word == kNotNow && descriptors.empty()) return Fail(Errc::kNoSpace, "the server cannot send");
  return Fail(Errc::kCorrupt, "answer of the server");
}

Result<FileDescriptor> Fetch(const UnixAddress& address, mode_t mode, Deadline deadline) {
  // As to a path: which other users are let in is the mode's affair, not the name's.
  const Result<FileDescriptor> socket =
      ConnectStream(UnixStreamFamily(UnixNaming::kPath), address.ref(), deadline);
  if (!socket) return std::unexpected(socket.error());
  const Result<ucred> server = PeerOf(socket->get());
  if (!server) return std::unexpected(server.error());
  if ((mode & 077) == 0 && server->uid != geteuid()) {
    return Fail(Errc::kPermission, "the server is another user's");
  }
  std::byte word{};
  Result<PassedDescriptors> answer = ReceiveWithDescriptors(socket->get(), {&word, 1}, 1, deadline);
  if (answer) return TakeAnswer(word, answer->descriptors);
  const Error& error = answer.error();
  const bool is_gone = error.code == Errc::kPeerClosed;
  return Fail(is_gone ? Errc::kNotFound : error.code, error.call, error.sys_errno);
}

}  // namespace

Result<FileDescriptor> FetchDescriptor(const UnixAddress& address, mode_t mode, Deadline deadline) {
  Result<FileDescriptor> fetched =
      Fetch(address, mode, deadline.is_now() ? Deadline::After(kAnswerPatience) : deadline);
  if (fetched) return fetched;
  const Error& error = fetched.error();
  const bool is_late = error.code == Errc::kTimedOut;
  return Fail(is_late ? deadline.expired() : error.code, error.call, error.sys_errno);
}

}  // namespace ipc_hammer

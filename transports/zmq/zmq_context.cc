#include "transports/zmq/zmq_context.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <mutex>
#include <utility>

#include "transports/sys/file_descriptor.h"
#include "transports/zmq/zmq_border.h"

namespace ipc_hammer {
namespace {

// The only way to know that there are descriptors to spare is to have them for a moment.
Result<void> CheckDescriptorsToSpare() {
  std::array<FileDescriptor, kDescriptorsNeeded> spare;
  for (FileDescriptor& descriptor : spare) {
    descriptor = FileDescriptor(::eventfd(0, EFD_CLOEXEC));
    if (!descriptor.is_open()) return FailErrno("eventfd");
  }
  return {};
}

struct Shared {
  std::mutex mutex;
  std::weak_ptr<ZmqContext> context;
};

Shared& SharedOfProcess() {
  static Shared& shared = *new Shared;
  return shared;
}

}  // namespace

Result<std::shared_ptr<ZmqContext>> ZmqContext::New() {
  if (Result<void> enough = CheckDescriptorsToSpare(); !enough) {
    return std::unexpected(enough.error());
  }
  auto made = AtBorder("zmq_ctx_new", [] { return std::make_unique<zmq::context_t>(); });
  if (!made) return std::unexpected(made.error());
  return std::shared_ptr<ZmqContext>(new ZmqContext(*std::move(made)));
}

Result<std::shared_ptr<ZmqContext>> ZmqContext::OfProcess() {
  Shared& shared = SharedOfProcess();
  const std::lock_guard lock(shared.mutex);
  std::shared_ptr<ZmqContext> there = shared.context.lock();
  if (there != nullptr && there->is_ours()) {
    if (Result<void> enough = CheckDescriptorsToSpare(); !enough) {
      return std::unexpected(enough.error());
    }
    return there;
  }
  Result<std::shared_ptr<ZmqContext>> made = New();
  if (made) shared.context = *made;
  return made;
}

ZmqContext::ZmqContext(std::unique_ptr<zmq::context_t> context)
    : context_(std::move(context)), owner_(::getpid()) {}

ZmqContext::~ZmqContext() {
  if (!is_ours()) Abandon(std::move(context_));
}

bool ZmqContext::is_ours() const { return owner_ == ::getpid(); }

std::string ZmqContext::FreshAddress() {
  return "inproc://" + std::to_string(addresses_.fetch_add(1));
}

}  // namespace ipc_hammer

// NamedChannel: the channel of every kind whose endpoints in one process share one object (a mapped
// ring, an open semaphore, a library's queue) that lies under a name.
//
// `Name` owns the name: Result<void> Remove() in the creator and void DropInChild() in a forked
// child, as NamedFile has them; its destructor removes it. `EndpointType` is made of a
// std::shared_ptr<Object> and a Role: the object lives as long as the last endpoint, also after
// Unlink(). Attach never blocks. Errors: those of Name::Remove().
#ifndef IPC_HAMMER_TRANSPORTS_SYS_NAMED_CHANNEL_H_
#define IPC_HAMMER_TRANSPORTS_SYS_NAMED_CHANNEL_H_

#include <memory>
#include <utility>

#include "transports/transport.h"

namespace ipc_hammer {

template <typename Name, typename Object, typename EndpointType>
class NamedChannel : public Channel {
 public:
  NamedChannel(Name name, std::shared_ptr<Object> object)
      : name_(std::move(name)), object_(std::move(object)) {}

  Result<std::unique_ptr<Endpoint>> Attach(Role role, Deadline) override {
    return std::make_unique<EndpointType>(object_, role);
  }
  void Detach() override { name_.DropInChild(); }
  Result<void> Unlink() override { return name_.Remove(); }

 private:
  Name name_;
  std::shared_ptr<Object> object_;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SYS_NAMED_CHANNEL_H_

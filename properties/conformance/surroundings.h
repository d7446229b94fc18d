// What a case can see of the process and of the sandbox around it: open descriptors, the objects
// that carry names, and what was left behind.
#ifndef IPC_HAMMER_PROPERTIES_CONFORMANCE_SURROUNDINGS_H_
#define IPC_HAMMER_PROPERTIES_CONFORMANCE_SURROUNDINGS_H_

#include <sys/types.h>

#include <map>
#include <set>
#include <string>

#include "properties/census/census.h"

namespace ipc_hammer {

// Where names are made, and what a case's names begin with.
const std::string& ScratchFolder();
const std::string& NamePrefix();

// Takes a census now and tells at the end what is new, gone or different; "" if nothing is.
class LeftBehind {
 public:
  LeftBehind();
  std::string Tell() const;

 private:
  Census before_;
};

// The numbers of the open descriptors of a process (0: this one), without the one that looks.
std::set<int> OpenDescriptors(pid_t process = 0);

// Path and mode of every file, socket, FIFO, queue, shared memory object and semaphore that has a
// name on the folders of the sandbox. Folders are walked, not listed.
std::map<std::string, mode_t> NamedObjects();

// The same for System V objects, by their ids ("shm 12"). Empty where the sandbox is not isolated:
// there they may be anybody's.
std::map<std::string, mode_t> SystemVObjects();

// What is in `after` and not in `before`.
template <typename Container>
Container Added(const Container& before, const Container& after) {
  Container added;
  for (const auto& item : after) {
    if constexpr (requires { item.first; }) {
      if (!before.contains(item.first)) added.insert(item);
    } else {
      if (!before.contains(item)) added.insert(item);
    }
  }
  return added;
}

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_CONFORMANCE_SURROUNDINGS_H_

// Holders: which processes have which inode open or mapped, from /proc/*/fd and /proc/*/maps.
// One thread; a snapshot that is out of date when it has been taken.
#ifndef IPC_HAMMER_STRESS_INVENTORY_HOLDERS_H_
#define IPC_HAMMER_STRESS_INVENTORY_HOLDERS_H_

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace ipc_hammer {

class Holders {
 public:
  // Looks at every process that may be looked at.
  Holders();

  std::set<pid_t> OfFile(dev_t device, ino_t inode) const;
  std::set<pid_t> OfSocket(ino_t inode) const;  // the number in "socket:[N]" and /proc/net
  // FIFOs that somebody has open, by path.
  const std::map<std::string, std::set<pid_t>>& fifos() const { return fifos_; }
  // Processes whose descriptors this user may not see.
  int hidden() const { return hidden_; }

 private:
  void Look(pid_t process);
  void LookAtDescriptors(pid_t process);
  void LookAtMappings(pid_t process);

  std::map<std::pair<dev_t, ino_t>, std::set<pid_t>> files_;
  std::map<ino_t, std::set<pid_t>> sockets_;
  std::map<std::string, std::set<pid_t>> fifos_;
  int hidden_ = 0;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_INVENTORY_HOLDERS_H_

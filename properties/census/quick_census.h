// QuickCensus: the census that every fuzz execution can afford: eight system calls (ten with
// children, or on a kernel before 6.2), no memory allocation when isolated. It says whether
// something changed; the full census then says what.
//
// It sees, as a change of a number:
//   descriptors      how many are open
//   processes        this thread's children and zombies, by their list; with no child at all, also
//                    whether another thread has one
//   System V         how many ids of each sort, and how many bytes and semaphores they hold
//   names            how many queues, shared memory objects, semaphores and files in the scratch
//                    folder. Isolated: inodes, so that unlinked objects count while held.
// It does not see threads, mappings other than of shared memory, flags, sizes and values, sockets
// that another process holds, nor one thing exchanged for another. Those are for the full census.
// Un-isolated, System V ids and folders within the scratch folder are not counted either.
//
// It holds some descriptors, close-on-exec, for as long as it lives: make it before the first full
// census. It belongs to the process that made it; a forked child makes its own.
// Sources: fstat of /proc/self/fd gives the number of descriptors since Linux 6.2 (proc_pid_fd(5));
// before that, poll(2) marks those that are closed. statfs(2), waitid(2), shmctl(2).
#ifndef IPC_HAMMER_PROPERTIES_CENSUS_QUICK_CENSUS_H_
#define IPC_HAMMER_PROPERTIES_CENSUS_QUICK_CENSUS_H_

#include <cstdint>
#include <string>

#include "properties/census/census.h"
#include "transports/error.h"

namespace ipc_hammer {

struct QuickCounts {
  std::uint64_t descriptors = 0;
  std::uint64_t children = 0;  // 0: none; otherwise a hash of their list
  std::uint64_t sysv_memory = 0;
  std::uint64_t sysv_semaphores = 0;
  std::uint64_t sysv_queues = 0;
  std::uint64_t queues = 0;
  std::uint64_t shared_memory = 0;
  std::uint64_t scratch = 0;

  friend bool operator==(const QuickCounts&, const QuickCounts&) = default;
};

std::string ToString(const QuickCounts& counts);

// How descriptors are counted. kStat falls back to kPoll where the kernel does not know it.
enum class DescriptorsBy : std::uint8_t { kStat, kPoll };

class QuickCensus {
 public:
  // Errors: kNoSpace (descriptors), kNotFound, kSystem.
  static Result<QuickCensus> Open(const CensusScope& scope,
                                  DescriptorsBy descriptors_by = DescriptorsBy::kStat);

  ~QuickCensus();
  QuickCensus(QuickCensus&& other) noexcept;
  QuickCensus& operator=(QuickCensus&&) = delete;
  QuickCensus(const QuickCensus&) = delete;
  QuickCensus& operator=(const QuickCensus&) = delete;

  QuickCounts Take() const;

 private:
  QuickCensus() = default;

  // `descriptor` stays -1 where the folder is counted by listing its names.
  struct Folder {
    int descriptor = -1;
    std::string path;
  };
  std::uint64_t CountFiles(const Folder& folder, bool by_prefix) const;
  std::uint64_t CountQueues() const;
  std::uint64_t CountDescriptors() const;
  std::uint64_t CountChildren() const;

  CensusScope scope_;
  bool descriptors_by_stat_ = false;
  int descriptor_folder_ = -1;
  int children_ = -1;
  Folder queues_, shared_memory_, scratch_;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_CENSUS_QUICK_CENSUS_H_

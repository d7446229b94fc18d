// Mapping: the one owner of a shared, writable memory mapping.
//
// Ownership: moved, never copied; unmapped exactly once in each process. A forked child inherits
// the mapping and unmaps its own.
// Danger that remains: a process that may write the object may also make it smaller, and touching a
// page beyond its end is SIGBUS. Objects in /dev/shm cannot be sealed against that (F_ADD_SEALS).
// Source: mmap(2).
#ifndef IPC_HAMMER_TRANSPORTS_SYS_MAPPING_H_
#define IPC_HAMMER_TRANSPORTS_SYS_MAPPING_H_

#include <cstddef>
#include <utility>

#include "transports/error.h"

namespace ipc_hammer {

class Mapping {
 public:
  Mapping() = default;
  ~Mapping();
  Mapping(Mapping&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Mapping& operator=(Mapping&& other) noexcept;

  // The first `size_bytes` of the object. Keeps no descriptor.
  // Errors: kNoSpace, kPermission, kInvalidArgument, kSystem.
  static Result<Mapping> Shared(int fd, std::size_t size_bytes);
  // Zeroes without an object and without a name, for this process and those it forks.
  // Errors: kNoSpace, kInvalidArgument (no bytes), kSystem.
  static Result<Mapping> Anonymous(std::size_t size_bytes);

  // The whole of a System V segment. munmap(2) detaches it, as shmdt(2) does.
  // Errors: kNotFound (no such segment any more), kPermission, kNoSpace, kSystem.
  static Result<Mapping> Segment(int id);

  std::byte* data() const { return data_; }
  std::size_t size_bytes() const { return size_; }

 private:
  Mapping(std::byte* data, std::size_t size) : data_(data), size_(size) {}
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SYS_MAPPING_H_

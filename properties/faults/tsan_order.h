// What ThreadSanitizer cannot see of the calls that it does not intercept: that a mapping comes
// after the one that was at its address before, and that the C library locks its table of named
// semaphores. Nothing without ThreadSanitizer. Internal to this folder.
//
// Source: the comments of compiler-rt/lib/tsan/rtl/tsan_interface.h and tsan_interface_ann.cpp.
#ifndef IPC_HAMMER_PROPERTIES_FAULTS_TSAN_ORDER_H_
#define IPC_HAMMER_PROPERTIES_FAULTS_TSAN_ORDER_H_

#if __has_feature(thread_sanitizer)
#include <sanitizer/tsan_interface.h>

extern "C" void AnnotateIgnoreReadsBegin(const char* file, int line);
extern "C" void AnnotateIgnoreReadsEnd(const char* file, int line);
extern "C" void AnnotateIgnoreWritesBegin(const char* file, int line);
extern "C" void AnnotateIgnoreWritesEnd(const char* file, int line);
#endif

namespace ipc_hammer::faults {

#if __has_feature(thread_sanitizer)

inline char unmapped;  // its address stands for "whatever was unmapped in this process"

// Before a thread unmaps memory.
inline void TellUnmapped() { __tsan_release(&unmapped); }

// After a thread has mapped memory: the kernel gives no address away before it is free, so all that
// was done to what was there before has been done.
inline void TakeUnmapped() { __tsan_acquire(&unmapped); }

// While it lives, what this thread does to memory is not looked at: the C library's own affair.
class Unwatched {
 public:
  Unwatched() {
    AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
    AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
  }
  ~Unwatched() {
    AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
    AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
  }
  Unwatched(const Unwatched&) = delete;
  Unwatched& operator=(const Unwatched&) = delete;
};

#else

inline void TellUnmapped() {}
inline void TakeUnmapped() {}
class Unwatched {};

#endif

}  // namespace ipc_hammer::faults

#endif  // IPC_HAMMER_PROPERTIES_FAULTS_TSAN_ORDER_H_

// The function that a call would have reached without this library.
#ifndef IPC_HAMMER_STRESS_SEEDED_FAULTS_ORIGINAL_H_
#define IPC_HAMMER_STRESS_SEEDED_FAULTS_ORIGINAL_H_

#include <dlfcn.h>

// Declares `original` in the function that replaces `name`. Looked up at the first call: another
// library's constructor may come before ours.
#define IPC_HAMMER_ORIGINAL(name) \
  static const auto original = reinterpret_cast<decltype(&::name)>(dlsym(RTLD_NEXT, #name))

#endif  // IPC_HAMMER_STRESS_SEEDED_FAULTS_ORIGINAL_H_

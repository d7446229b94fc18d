// Collect: the parts of a census. Each function appends the items of some kinds.
//
// Used by census.cc only. Every function holds at most two descriptors at a time, and closes them.
#ifndef IPC_HAMMER_PROPERTIES_CENSUS_COLLECT_H_
#define IPC_HAMMER_PROPERTIES_CENSUS_COLLECT_H_

#include <string>

#include "properties/census/census.h"

namespace ipc_hammer {

// `process` is a folder of proc: "/proc/self" or "/proc/12".
void CollectDescriptors(const std::string& process, Census& census);
void CollectMappings(const std::string& process, Census& census);
void CollectThreads(Census& census);

void CollectProcesses(const CensusScope& scope, Census& census);

void CollectSysv(Census& census);

void CollectSharedMemoryAndSemaphores(const CensusScope& scope, Census& census);
void CollectQueues(const CensusScope& scope, Census& census);
void CollectScratch(const CensusScope& scope, Census& census);

// REQUIRES: the descriptors have been collected, if not isolated.
void CollectNetwork(const CensusScope& scope, Census& census);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_CENSUS_COLLECT_H_

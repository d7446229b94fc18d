// The options of ThreadSanitizer that a program is built with. The runtime asks one function of the
// program (__tsan_default_options), but more than one part of it may have something to ask for:
// each defines its own function below, and where neither is linked nothing is changed. What
// TSAN_OPTIONS says at run time goes before. Source: ThreadSanitizerFlags in the LLVM
// documentation; compiler-rt, lib/tsan/rtl/tsan_flags.cpp.
#ifndef IPC_HAMMER_TRANSPORTS_SYS_TSAN_OPTIONS_H_
#define IPC_HAMMER_TRANSPORTS_SYS_TSAN_OPTIONS_H_

// Called before the program's own initialisation: nothing but a constant may be returned.
extern "C" const char* ipc_hammer_tsan_options_of_transport();
extern "C" const char* ipc_hammer_tsan_options_of_target();

#endif  // IPC_HAMMER_TRANSPORTS_SYS_TSAN_OPTIONS_H_

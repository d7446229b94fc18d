// The hammer's command line as a library, so that a binary with other kinds is one line:
//
//   int main(int argc, char** argv) { return ipc_hammer::HammerMain(argc, argv); }
//
// linked with a definition of HammeredKinds() (properties/hammered_kinds.h). The binary executes
// itself again for its jobs and actors.
//
// Exit status: 0 nothing found; 1 findings, or a replay that failed; 2 a command line, a name or a
// file that is wrong, in one line on standard error; 128 + n stopped by signal n.
#ifndef IPC_HAMMER_STRESS_CLI_HAMMER_MAIN_H_
#define IPC_HAMMER_STRESS_CLI_HAMMER_MAIN_H_

namespace ipc_hammer {

int HammerMain(int argc, char** argv);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_CLI_HAMMER_MAIN_H_

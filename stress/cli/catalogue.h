// What can be asked about without hammering anything: the kinds with their traits, the rules,
// the scenarios with their adversities and the conformance cases. Each prints to standard output
// and returns the exit status.
#ifndef IPC_HAMMER_STRESS_CLI_CATALOGUE_H_
#define IPC_HAMMER_STRESS_CLI_CATALOGUE_H_

namespace ipc_hammer {

int PrintKinds(bool json);
int PrintRules();
int PrintScenarios();
int PrintAdversities();
int PrintCases();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_CLI_CATALOGUE_H_

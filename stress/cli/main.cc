#include "stress/cli/hammer_main.h"

int main(int argc, char** argv) { return ipc_hammer::HammerMain(argc, argv); }

// What a user can name by a path: a finding's folder, a program's text, a fuzzer's raw input.
#ifndef IPC_HAMMER_STRESS_CLI_LOAD_H_
#define IPC_HAMMER_STRESS_CLI_LOAD_H_

#include <expected>
#include <string>

#include "properties/findings/finding.h"

namespace ipc_hammer {

struct Loaded {
  Finding finding;          // a program alone fills in its program only
  bool is_finding = false;  // a folder with a rule and texts
};

// `path` is - for standard input. `kind_name` is needed for raw input and may be empty otherwise.
// On failure one line that names the file. The program has a hammered kind and is valid for it,
// and so has a case, unless a finding belongs to a fuzz target without a kind.
std::expected<Loaded, std::string> Load(const std::string& path, const std::string& kind_name);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_CLI_LOAD_H_

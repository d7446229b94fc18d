#include "stress/cli/census.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "stress/cli/fail.h"
#include "stress/cli/table.h"
#include "stress/inventory/inventory.h"
#include "stress/inventory/processes.h"
#include "stress/jobs/print.h"

namespace ipc_hammer {
namespace {

std::string OwnerName(std::optional<uid_t> owner) {
  if (!owner) return "-";
  const passwd* const user = getpwuid(*owner);
  return user == nullptr ? fmt::format("{}", *owner) : user->pw_name;
}

std::string HoldersText(const IpcObject& object) {
  if (object.holders.empty()) return object.is_abandoned ? "nobody" : "-";
  std::vector<std::string> words;
  for (const pid_t process : object.holders) {
    words.push_back(fmt::format("{} {}", process, CommandOf(process)));
    if (words.size() == 3 && object.holders.size() > 3) {
      words.push_back(fmt::format("and {} more", object.holders.size() - 3));
      break;
    }
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

void PrintTable(const std::vector<IpcObject>& objects) {
  Table table({"WHAT", "NAME", "OWNER", ">MODE", "STATE", "HELD BY", "ABANDONED: REMOVE WITH"});
  for (const IpcObject& object : objects) {
    table.Add({std::string(ToString(object.mechanism)), object.name, OwnerName(object.owner),
               object.mode ? fmt::format("{:04o}", *object.mode) : "-", object.state,
               HoldersText(object), object.is_abandoned ? object.remove : ""});
  }
  Print(stdout, "{}", table.ToText());
}

nlohmann::ordered_json Json(const IpcObject& object) {
  nlohmann::ordered_json json = {{"mechanism", ToString(object.mechanism)},
                                 {"name", object.name},
                                 {"identity", object.identity},
                                 {"owner", nullptr},
                                 {"mode", nullptr},
                                 {"state", object.state},
                                 {"holders", object.holders},
                                 {"abandoned", object.is_abandoned},
                                 {"remove", object.remove}};
  if (object.owner) json["owner"] = *object.owner;
  if (object.mode) json["mode"] = fmt::format("{:04o}", *object.mode);
  return json;
}

nlohmann::ordered_json Json(const std::vector<IpcObject>& objects) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const IpcObject& object : objects) json.push_back(Json(object));
  return json;
}

void PrintJson(const nlohmann::ordered_json& json) {
  Print(stdout, "{}\n", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

int PrintInventory(bool json) {
  const Inventory inventory = TakeInventory();
  if (json) {
    PrintJson({{"objects", Json(inventory.objects)}, {"unseen", inventory.unseen}});
    return 0;
  }
  PrintTable(inventory.objects);
  const auto abandoned = std::ranges::count_if(inventory.objects, &IpcObject::is_abandoned);
  Print(stdout, "{} objects, {} look abandoned\n", inventory.objects.size(), abandoned);
  for (const std::string& line : inventory.unseen) Print(stdout, "not seen: {}\n", line);
  return 0;
}

// How the command ended; an error if it could not be started. Ctrl-C is the command's, from the
// terminal: we stay, to say what it left.
std::expected<int, std::string> RunToItsEnd(const std::vector<std::string>& command) {
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) return std::unexpected(std::strerror(errno));
  const auto interrupt = signal(SIGINT, SIG_IGN);
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGINT, interrupt);
    execvp(argv[0], argv.data());
    const int error = errno;
    [[maybe_unused]] const ssize_t written = write(report[1], &error, sizeof error);
    _exit(127);
  }
  close(report[1]);
  int error = child < 0 ? errno : 0;
  if (child > 0 && read(report[0], &error, sizeof error) != sizeof error) error = 0;
  close(report[0]);
  int status = 0;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  signal(SIGINT, interrupt);
  if (error != 0) return std::unexpected(std::strerror(error));
  return status;
}

std::string Ending(int status) {
  if (WIFSIGNALED(status)) return fmt::format("signal {}", WTERMSIG(status));
  return fmt::format("status {}", WEXITSTATUS(status));
}

// New objects that others hold, and none of the command's processes, are others' affair. Sockets
// say that they are held even where their holders are not shown, in another PID namespace, say; the
// command's are.
bool IsOthers(const IpcObject& object, const std::set<pid_t>& left) {
  const bool is_held = !object.holders.empty() || !object.is_abandoned;
  return is_held &&
         std::ranges::none_of(object.holders, [&](pid_t pid) { return left.contains(pid); });
}

int Watch(const CommandLine& line) {
  // Orphans of the command become our children, so that those that stay are known.
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const Inventory before = TakeInventory();
  std::fflush(nullptr);
  const auto status = RunToItsEnd(line.command);
  if (!status) return FailWith(fmt::format("{}: {}", line.command.front(), status.error()));
  const std::set<pid_t> left = Descendants(getpid());
  std::vector<IpcObject> appeared = Appeared(before, TakeInventory());
  std::erase_if(appeared, [&](const IpcObject& object) { return IsOthers(object, left); });
  const bool clean = appeared.empty() && left.empty();
  if (line.json) {
    PrintJson({{"ended", Ending(*status)}, {"left", Json(appeared)}, {"processes", left}});
    return clean ? 0 : 1;
  }
  if (!appeared.empty()) PrintTable(appeared);
  for (const pid_t process : left) {
    Print(stdout, "process {} ({}) is still there: kill {}\n", process, CommandOf(process),
          process);
  }
  Print(stdout, "{} ended with {} and left {} objects and {} processes behind\n",
        line.command.front(), Ending(*status), appeared.size(), left.size());
  return clean ? 0 : 1;
}

}  // namespace

int CensusCommand(const CommandLine& line) {
  return line.command.empty() ? PrintInventory(line.json) : Watch(line);
}

}  // namespace ipc_hammer

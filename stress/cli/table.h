// A table for people: columns as wide as their widest cell, numbers to the right.
#ifndef IPC_HAMMER_STRESS_CLI_TABLE_H_
#define IPC_HAMMER_STRESS_CLI_TABLE_H_

#include <cstdint>
#include <string>
#include <vector>

namespace ipc_hammer {

class Table {
 public:
  // A heading that begins with '>' makes a column that is aligned to the right.
  explicit Table(std::vector<std::string> headings);

  // REQUIRES: as many cells as headings.
  void Add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  // Lines, each with its newline and without spaces at its end.
  std::string ToText() const;

 private:
  std::vector<bool> right_;
  std::vector<std::vector<std::string>> rows_;  // the headings first
};

// "0", "999", "12.3k", "4.56M".
std::string Short(double count);

// Short(count / seconds) + "/s", or "-" where there is nothing to divide.
std::string Rate(std::uint64_t count, double seconds);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_CLI_TABLE_H_

#include "properties/probes/probe_run.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "properties/conformance/actors.h"
#include "transports/sys/file_descriptor.h"

namespace ipc_hammer {
namespace {

// A cell as one process writes it to a file and another reads it. Longer text is cut.
struct Page {
  Cell::State state = Cell::State::kFailed;
  double number = 0;
  std::array<char, 64> value = {};
  std::array<char, 1024> seen = {};
};

template <std::size_t n>
void Put(const std::string& text, std::array<char, n>& to) {
  std::memcpy(to.data(), text.data(), std::min(text.size(), n - 1));
}

bool Write(const Cell& cell, int file) {
  Page page;
  page.state = cell.state;
  page.number = cell.number;
  Put(cell.value, page.value);
  Put(cell.seen, page.seen);
  return pwrite(file, &page, sizeof page, 0) == static_cast<ssize_t>(sizeof page);
}

Cell Read(int file) {
  Page page;
  if (pread(file, &page, sizeof page, 0) != static_cast<ssize_t>(sizeof page)) {
    return Failed("the experiment's process ended without a word");
  }
  return {page.state, page.value.data(), page.seen.data(), page.number};
}

Cell Ended(const char* value, std::string how) {
  return {Cell::State::kFailed, value, std::move(how), 0};
}

}  // namespace

// The cell goes through a file and not through shared memory, which an experiment that looks for
// changes of such (crash_points.h) would have to look at as well.
Cell RunExperiment(const std::function<Cell()>& experiment, std::chrono::milliseconds patience) {
  const FileDescriptor file(memfd_create("cell", MFD_CLOEXEC));
  if (!file.is_open()) return NotApplicable(ToString(FailErrno("memfd_create").error()));
  ChildActor process([&] { return Write(experiment(), file.get()) ? 0 : 1; });
  if (!process.EndsWithin(patience)) {
    return Ended("hung",
                 "the experiment did not end within " + std::to_string(patience.count()) + " ms");
  }
  const std::string end = process.Wait();
  if (end != "exit 0") return Ended("crashed", "the experiment's process ended with " + end);
  return Read(file.get());
}

}  // namespace ipc_hammer

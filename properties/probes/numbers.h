// Numbers: small numbers that go through a channel whatever its shape is. One is a message of one
// byte, a byte, or a token, which arrives as 0. So an experiment need not know the shape.
//
// Single-threaded. Errors: those of the endpoint.
#ifndef IPC_HAMMER_PROPERTIES_PROBES_NUMBERS_H_
#define IPC_HAMMER_PROPERTIES_PROBES_NUMBERS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "properties/conformance/bench.h"
#include "properties/probes/cell.h"
#include "transports/transport.h"

namespace ipc_hammer {

Result<void> SendNumber(Endpoint& to, const Options& options, std::uint8_t number,
                        Deadline deadline = Soon(), std::uint32_t priority = 0);

// A stream may give several numbers at once; those not yet asked for are kept here.
class NumberReceiver {
 public:
  NumberReceiver(Endpoint& from, const Options& options);

  Result<std::uint8_t> Next(Deadline deadline = Soon());
  // The same, going on over ends of file that are said once each gap.
  Result<std::uint8_t> NextAfterGaps(Deadline deadline = Soon());

 private:
  Endpoint& from_;
  std::vector<std::byte> buffer_;
  std::deque<std::uint8_t> received_;
};

// What its channel carries, for sentences: "messages of 64 B", or "tokens".
const char* UnitsOf(const Options& options);

// Of a channel that could not be made: the machine's fault, or the kind's.
Cell NotMade(const std::string& error);

// "send: timed_out: futex".
template <typename T>
Cell FailedAt(const char* what, const Result<T>& result) {
  return Failed(std::string(what) + ": " + ToString(result.error()));
}

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_PROBES_NUMBERS_H_

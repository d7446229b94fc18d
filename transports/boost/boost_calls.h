// The border to Boost.Interprocess: its exceptions become errors, and deadlines become the times
// that it waits for. Nothing is thrown past here.
//
// Its times are points on the wall clock, so a clock that is set while a call waits makes the wait
// longer or shorter. A shorter one is seen by the caller, who asks the deadline and waits again; a
// longer one is not.
// Sources: boost/interprocess/exceptions.hpp, errors.hpp.
#ifndef IPC_HAMMER_TRANSPORTS_BOOST_BOOST_CALLS_H_
#define IPC_HAMMER_TRANSPORTS_BOOST_BOOST_CALLS_H_

#include <time.h>

#include <boost/date_time/posix_time/posix_time_types.hpp>
#include <boost/interprocess/exceptions.hpp>
#include <concepts>
#include <cstdint>
#include <new>
#include <type_traits>

#include "transports/deadline.h"
#include "transports/error.h"

namespace ipc_hammer {

inline std::unexpected<Error> FailBoost(const boost::interprocess::interprocess_exception& thrown,
                                        const char* call) {
  const int native = static_cast<int>(thrown.get_native_error());
  if (native != 0) return Fail(ErrcFromErrno(native), call, native);
  switch (thrown.get_error_code()) {
    case boost::interprocess::size_error:
      return Fail(Errc::kTooLarge, call);
    case boost::interprocess::corrupted_error:
      return Fail(Errc::kCorrupt, call);
    case boost::interprocess::already_exists_error:
      return Fail(Errc::kExists, call);
    case boost::interprocess::not_found_error:
      return Fail(Errc::kNotFound, call);
    case boost::interprocess::out_of_memory_error:
    case boost::interprocess::out_of_space_error:
    case boost::interprocess::out_of_resource_error:
      return Fail(Errc::kNoSpace, call);
    default:
      return Fail(Errc::kSystem, call);
  }
}

// What `body` returns, or the error that it threw. `call` must be a literal.
template <std::invocable Body>
Result<std::invoke_result_t<Body>> CallBoost(const char* call, Body body) {
  try {
    if constexpr (std::is_void_v<std::invoke_result_t<Body>>) {
      body();
      return {};
    } else {
      return body();
    }
  } catch (const boost::interprocess::interprocess_exception& thrown) {
    return FailBoost(thrown, call);
  } catch (const std::bad_alloc&) {
    return Fail(Errc::kNoSpace, call);
  } catch (...) {
    return Fail(Errc::kSystem, call);
  }
}

// What Boost's universal_time() says. That one goes through gmtime_r(3), where glibc takes a lock
// that a forked child inherits as it is: if another thread held it, for ever.
inline boost::posix_time::ptime WallClockNow() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return boost::posix_time::ptime(boost::gregorian::date(1970, 1, 1)) +
         boost::posix_time::seconds(now.tv_sec) +
         boost::posix_time::microseconds(now.tv_nsec / 1000);
}

// The wall-clock time at which the deadline passes if nobody sets the clock, rounded up.
inline boost::posix_time::ptime ToWallClock(Deadline deadline) {
  if (deadline.is_never()) return boost::posix_time::ptime(boost::posix_time::pos_infin);
  const timespec left = deadline.Remaining();
  return WallClockNow() + boost::posix_time::seconds(left.tv_sec) +
         boost::posix_time::microseconds((left.tv_nsec + 999) / 1000);
}

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_BOOST_BOOST_CALLS_H_

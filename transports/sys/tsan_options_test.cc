// Two parts of one program ask for options.
#include "transports/sys/tsan_options.h"

#include <gtest/gtest.h>

extern "C" const char* __tsan_default_options();

extern "C" const char* ipc_hammer_tsan_options_of_transport() { return "exitcode=66"; }
extern "C" const char* ipc_hammer_tsan_options_of_target() { return "verbosity=0"; }

namespace ipc_hammer {
namespace {

TEST(TsanOptions, AreThoseOfEveryPart) {
  EXPECT_STREQ(__tsan_default_options(), "exitcode=66:verbosity=0");
  EXPECT_STREQ(__tsan_default_options(), "exitcode=66:verbosity=0") << "asked again";
}

}  // namespace
}  // namespace ipc_hammer

#include "transports/socket/strangers_listener.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transports/sys/test_process.h"

namespace ipc_hammer {
namespace {

constexpr uid_t kNobody = 65534;

int Listen(AddressRef address, int told) {
  if (::setuid(kNobody) != 0) return 1;
  const int socket = ::socket(address.data->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::bind(socket, address.data, address.size) != 0 || ::listen(socket, 1) != 0) return 2;
  if (::write(told, "l", 1) != 1) return 3;
  for (;;) ::pause();
}

}  // namespace

StrangersListener::StrangersListener(AddressRef address) {
  int told[2] = {-1, -1};
  EXPECT_EQ(::pipe2(told, O_CLOEXEC), 0);
  child_ = ForkChild([&] { return Listen(address, told[1]); });
  ::close(told[1]);
  char byte = 0;
  listens_ = ::read(told[0], &byte, 1) == 1;
  ::close(told[0]);
}

StrangersListener::~StrangersListener() {
  ::kill(child_, SIGKILL);
  WaitForExit(child_);
}

}  // namespace ipc_hammer

#include "transports/network/loopback_address.h"

#include <arpa/inet.h>

#include <array>
#include <cstdint>

#include "transports/sys/channel_name.h"

namespace ipc_hammer {
namespace {

std::uint64_t Fnv1a(std::string_view text, std::uint64_t hash) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

std::uint64_t Mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

}  // namespace

Result<LoopbackAddress> LoopbackAddress::Of(std::string_view kind, const ChannelName& name) {
  if (!IsChannelName(name.text)) return Fail(Errc::kInvalidArgument, "channel name");
  const std::uint64_t hash = Mix(Fnv1a(name.text, Fnv1a("/", Fnv1a(kind, 0xcbf29ce484222325))));
  std::uint32_t host = 127;
  for (const int shift : {0, 8, 16}) host = host << 8 | (1 + ((hash >> shift) & 0xff) % 254);
  LoopbackAddress result;
  result.address_.sin_family = AF_INET;
  result.address_.sin_addr.s_addr = htonl(host);
  result.address_.sin_port = htons(static_cast<std::uint16_t>(10000 + (hash >> 32) % 20000));
  return result;
}

std::string LoopbackAddress::text() const {
  std::array<char, INET_ADDRSTRLEN> host{};
  ::inet_ntop(AF_INET, &address_.sin_addr, host.data(), host.size());
  return std::string(host.data()) + ":" + std::to_string(ntohs(address_.sin_port));
}

}  // namespace ipc_hammer

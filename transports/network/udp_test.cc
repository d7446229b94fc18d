// What is particular to UDP: loss above the floors and none below, an address that nobody can
// share, and datagrams of strangers.
#include "transports/network/udp.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

#include "transports/network/loopback_address.h"
#include "transports/sys/file_descriptor.h"

namespace ipc_hammer {
namespace {

using Bytes = std::vector<std::byte>;

Deadline Soon() { return Deadline::After(std::chrono::seconds(20)); }
Deadline Shortly() { return Deadline::After(std::chrono::milliseconds(200)); }

class UdpTest : public testing::Test {
 protected:
  void Open(std::size_t message_size_bytes) {
    options_.message_size_bytes = message_size_bytes;
    buffer_.resize(message_size_bytes);
    consumer_.reset();
    channel_.reset();
    channel_ = *Udp().create(name_, options_);
    consumer_ = *channel_->Attach(Role::kConsumer, Soon());
    producer_ = *Udp().open(name_, Role::kProducer, options_, Soon());
  }
  FileDescriptor Stranger() {
    FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    return socket;
  }

  ChannelName name_{.text = "udp" + std::to_string(std::random_device{}())};
  Options options_;
  Bytes buffer_;
  std::unique_ptr<Channel> channel_;
  std::unique_ptr<Endpoint> consumer_;
  std::unique_ptr<Endpoint> producer_;
};

// Each message carries its number, as far as it is long enough.
TEST_F(UdpTest, WhatIsBelowTheFloorsArrivesWhateverTheSize) {
  const Traits traits = Udp().traits;
  for (const std::size_t size : {0, 1, 300, 512, 1000, 1024, 2048, 5000, 16384, 40000, 65507}) {
    Open(65507);
    std::size_t count = traits.floor_messages;
    if (size > 0) count = std::min(count, traits.floor_bytes / size);
    // Filled and emptied several times: freed room counts late.
    for (int round = 0; round < 20; ++round) {
      for (std::size_t i = 0; i < count; ++i) {
        ASSERT_TRUE(producer_->Send(Bytes(size, std::byte(i)), 0, Deadline::Now()));
      }
      for (std::size_t i = 0; i < count; ++i) {
        const Result<Received> got = consumer_->Receive(buffer_, Soon());
        ASSERT_TRUE(got) << ToString(got.error()) << " " << i << " of " << size << " bytes";
        ASSERT_EQ(got->size_bytes, size);
        if (size > 0) ASSERT_EQ(buffer_[size - 1], std::byte(i));
      }
    }
  }
}

TEST_F(UdpTest, WhatTheBufferDoesNotHoldIsDroppedInSilenceAndInOrder) {
  Open(1024);
  constexpr std::uint32_t kSent = 5000;
  for (std::uint32_t i = 0; i < kSent; ++i) {
    Bytes message(1024);
    std::memcpy(message.data(), &i, sizeof(i));
    ASSERT_TRUE(producer_->Send(message, 0, Deadline::Now()));
  }
  std::uint32_t received = 0;
  std::int64_t last = -1;
  while (consumer_->Receive(buffer_, Shortly())) {
    std::uint32_t number = 0;
    std::memcpy(&number, buffer_.data(), sizeof(number));
    EXPECT_GT(std::int64_t{number}, last);
    last = number;
    ++received;
  }
  EXPECT_GE(received, Udp().traits.floor_messages);
  EXPECT_LT(received, kSent) << "the buffer holds more than was thought";
}

TEST_F(UdpTest, NobodyTakesABoundAddress) {
  Open(1024);
  EXPECT_EQ(Udp().create(name_, options_).error().code, Errc::kExists);
  const LoopbackAddress address = *LoopbackAddress::Of("udp", name_);
  const FileDescriptor thief = Stranger();
  EXPECT_NE(::bind(thief.get(), address.ref().data, address.ref().size), 0);
  ASSERT_TRUE(producer_->Send(Bytes(7), 0, Soon()));
  EXPECT_EQ(consumer_->Receive(buffer_, Soon())->size_bytes, 7U);
}

TEST_F(UdpTest, AStrangersOverlongDatagramIsCorruptAndTheNextIsNot) {
  Open(100);
  const LoopbackAddress address = *LoopbackAddress::Of("udp", name_);
  const FileDescriptor stranger = Stranger();
  const Bytes overlong(101);
  ASSERT_EQ(::sendto(stranger.get(), overlong.data(), overlong.size(), 0, address.ref().data,
                     address.ref().size),
            101);
  EXPECT_EQ(consumer_->Receive(buffer_, Soon()).error().code, Errc::kCorrupt);
  ASSERT_TRUE(producer_->Send(Bytes(100), 0, Soon()));
  EXPECT_EQ(consumer_->Receive(buffer_, Soon())->size_bytes, 100U);
}

TEST_F(UdpTest, NobodyAtTheAddressIsToldOnceForEachSendThatWasTaken) {
  Open(100);
  consumer_.reset();
  channel_.reset();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(producer_->Send(Bytes(1), 0, Soon()));
    EXPECT_EQ(producer_->Send(Bytes(1), 0, Soon()).error().code, Errc::kPeerClosed);
  }
  EXPECT_EQ(Udp().open(name_, Role::kProducer, options_, Soon()).error().code, Errc::kNotFound);
}

}  // namespace
}  // namespace ipc_hammer

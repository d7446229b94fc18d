// What is particular to pairs: which of them see an end, and that a blocked peer is told.
#include "transports/socket/pair/unix_pair.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "transports/sys/test_process.h"

namespace ipc_hammer {
namespace {

using Bytes = std::vector<std::byte>;

class UnixPairTest : public testing::TestWithParam<TransportKind> {
 protected:
  void SetUp() override {
    channel_ = *GetParam().create({.text = "pair"}, {});
    producer_ = *channel_->Attach(Role::kProducer, Deadline::Now());
    consumer_ = *channel_->Attach(Role::kConsumer, Deadline::Now());
  }

  static void Say(Endpoint& endpoint, std::size_t size) {
    EXPECT_EQ(*endpoint.Send(Bytes(size), 0, Deadline::Now()), size);
  }
  static std::size_t Hear(Endpoint& endpoint) {
    Bytes buffer(4096);
    return endpoint.Receive(buffer, Deadline::Now())->size_bytes;
  }
  static Errc ReceiveError(Endpoint& endpoint) {
    Bytes buffer(4096);
    const Result<Received> got = endpoint.Receive(buffer, Deadline::Now());
    return got ? Errc::kSystem : got.error().code;
  }
  static Errc SendError(Endpoint& endpoint) {
    return endpoint.Send(Bytes(1), 0, Deadline::Now()).error().code;
  }
  // What a Send that waits says after `event`.
  static Errc BlockedSendError(Endpoint& sender, const std::function<void()>& event) {
    const Bytes much(4096);
    while (sender.Send(much, 0, Deadline::Now())) {
    }
    std::atomic<pid_t> id = 0;
    Errc said = Errc::kSystem;
    std::thread thread([&] {
      id = ::gettid();
      said = sender.Send(much, 0, Deadline::Never()).error().code;
    });
    WaitUntilAsleep([&] { return id.load(); });
    event();
    thread.join();
    return said;
  }
  // What a receiver says once its peer has gone.
  static Errc End() {
    return GetParam().traits.end_of_file == EndOfFile::kNever ? Errc::kWouldBlock
                                                              : Errc::kPeerClosed;
  }

  std::unique_ptr<Channel> channel_;
  std::unique_ptr<Endpoint> producer_;
  std::unique_ptr<Endpoint> consumer_;
};

TEST_P(UnixPairTest, WhatWasSentComesBeforeTheEndAlsoWhenThePeerHadNotReadItsOwn) {
  channel_->Detach();
  Say(*producer_, 3);
  if (GetParam().traits.duplex) Say(*consumer_, 5);  // never read
  producer_.reset();
  EXPECT_EQ(Hear(*consumer_), 3u);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(ReceiveError(*consumer_), End());
  const Errc to_nobody = GetParam().traits.duplex ? Errc::kPeerClosed : Errc::kInvalidArgument;
  for (int i = 0; i < 2; ++i) EXPECT_EQ(SendError(*consumer_), to_nobody);
}

TEST_P(UnixPairTest, ARelativeHasItsOwnHoldOnAnEnd) {
  EXPECT_EQ(RunInChild([&] {
              channel_->Detach();
              consumer_.reset();
              Say(*producer_, 4);
              producer_.reset();
              return HasFailure() ? 1 : 0;
            }),
            0);
  channel_->Detach();
  EXPECT_EQ(Hear(*consumer_), 4u);
  EXPECT_EQ(ReceiveError(*consumer_), Errc::kWouldBlock);
  Say(*producer_, 1);
  EXPECT_EQ(Hear(*consumer_), 1u);
}

INSTANTIATE_TEST_SUITE_P(Kinds, UnixPairTest,
                         testing::Values(UnixStreamPair(), UnixSeqpacketPair(), UnixDgramPair()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace ipc_hammer

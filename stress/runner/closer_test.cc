// A direction is closed under the calls that use it when the program says so, and what that finds
// is found: a call that nobody wakes, a close that waits, a close that is none.
#include "stress/actors/closer.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "properties/hammered_kinds.h"
#include "properties/program/text.h"
#include "properties/testing/sandbox_main.h"
#include "stress/runner/process_runner.h"
#include "transports/pipe/pipe.h"

namespace ipc_hammer {

const std::vector<TransportKind>& HammeredKinds() {
  static const std::vector<TransportKind> kinds = {Pipe()};
  return kinds;
}

namespace {

enum class Flaw { kNone, kClosesNothing, kWaitsForEver };

class FlawedEndpoint : public Endpoint {
 public:
  FlawedEndpoint(std::unique_ptr<Endpoint> inner, Flaw flaw)
      : inner_(std::move(inner)), flaw_(flaw) {}
  Result<std::size_t> Send(std::span<const std::byte> payload, std::uint32_t priority,
                           Deadline deadline) override {
    return inner_->Send(payload, priority, deadline);
  }
  Result<Received> Receive(std::span<std::byte> buffer, Deadline deadline) override {
    return inner_->Receive(buffer, deadline);
  }
  Result<void> CloseDirection(Direction direction) override {
    if (flaw_ == Flaw::kClosesNothing) return {};
    if (flaw_ == Flaw::kWaitsForEver) poll(nullptr, 0, -1);
    return inner_->CloseDirection(direction);
  }

 private:
  std::unique_ptr<Endpoint> inner_;
  Flaw flaw_;
};

class FlawedChannel : public Channel {
 public:
  FlawedChannel(std::unique_ptr<Channel> inner, Flaw flaw)
      : inner_(std::move(inner)), flaw_(flaw) {}
  Result<std::unique_ptr<Endpoint>> Attach(Role role, Deadline deadline) override {
    auto inner = inner_->Attach(role, deadline);
    if (!inner) return std::unexpected(inner.error());
    return std::make_unique<FlawedEndpoint>(*std::move(inner), flaw_);
  }
  void Detach() override { inner_->Detach(); }
  Result<void> Unlink() override { return inner_->Unlink(); }

 private:
  std::unique_ptr<Channel> inner_;
  Flaw flaw_;
};

TransportKind PipeWith(Flaw flaw) {
  TransportKind kind = Pipe();
  kind.create = [inner = kind.create, flaw](
                    const ChannelName& name,
                    const Options& options) -> Result<std::unique_ptr<Channel>> {
    auto channel = inner(name, options);
    if (!channel) return std::unexpected(channel.error());
    return std::make_unique<FlawedChannel>(*std::move(channel), flaw);
  };
  return kind;
}

class CloserTest : public testing::TestWithParam<Mode> {
 protected:
  RunReport Run(const std::string& operations, Flaw flaw = Flaw::kNone) {
    const auto program = ParseProgram(
        "ipc_hammer program 1\nkind pipe\ncapacity 1\nmessage_size 4096\nproducers 1\n"
        "consumers 1\nseed 7\n" +
        operations);
    EXPECT_TRUE(program) << program.error();
    ProcessOptions options;
    options.mode = GetParam();
    options.hang_after = std::chrono::seconds(2);
    options.sandbox = TestSandbox();
    options.folder = TestSandbox().scratch_folder;
    return RunProcesses(PipeWith(flaw), *program, options);
  }
};
INSTANTIATE_TEST_SUITE_P(Modes, CloserTest, testing::Values(Mode::kThreads, Mode::kRelatives),
                         [](const auto& info) { return std::string(ToString(info.param)); });

// "receive ok, close_receive ok, ...": an actor's events in the order of their starts.
std::string Said(const RunReport& report, std::uint32_t actor) {
  std::string text;
  for (const Event& event : report.history) {
    if (event.actor != actor) continue;
    const bool ok = event.outcome.ok();
    text += std::string(text.empty() ? "" : ", ") + std::string(ToString(event.action)) + " " +
            std::string(ok ? "ok" : ToString(event.outcome.error));
  }
  return text;
}

std::string Broken(const RunReport& report) {
  std::string text;
  for (const Violation& v : report.violations) text += std::string(ToString(v.rule)) + " ";
  return text;
}

// The producer has nothing left to do, and stays: its end would be told as well.
TEST_P(CloserTest, AReceiverIsClosedUnder) {
  const RunReport report =
      Run("p0 send 64 never\nc0 receive 64 never times 3 closed after 20000us\n");
  EXPECT_EQ(Broken(report), "") << report.log;
  EXPECT_EQ(Said(report, 1), "receive ok, receive closed, close_receive ok, receive closed");
}

TEST_P(CloserTest, ASenderIsClosedUnder) {
  const RunReport report = Run("p0 send 4096 never times 40 closed after 50000us\n");
  EXPECT_EQ(Broken(report), "") << report.log;
  const std::string said = Said(report, 0);
  EXPECT_NE(said.find("send ok, send closed, close_send ok, send closed"), std::string::npos)
      << said;
}

TEST_P(CloserTest, ItComesWhenItIsToCome) {
  const RunReport report = Run("c0 receive 64 never closed after 30000us\n");
  ASSERT_EQ(Said(report, 1), "receive closed, close_receive ok");
  EXPECT_GE(report.history[1].start_ns - report.history[0].start_ns, 30'000'000);
}

TEST_P(CloserTest, ACloseThatIsAnOperationWaitsAsItSays) {
  const RunReport report = Run("p0 send 64 never\np0 close after 30000us\nc0 drain never\n");
  EXPECT_EQ(Broken(report), "") << report.log;
  std::int64_t sent_ns = 0, closed_ns = 0;
  for (const Event& event : report.history) {
    if (event.action == Action::kSend) sent_ns = event.end_ns;
    if (event.action == Action::kClose) closed_ns = event.start_ns;
  }
  EXPECT_GE(closed_ns - sent_ns, 30'000'000);
}

TEST_P(CloserTest, ACallThatNobodyWakesHangs) {
  const RunReport report = Run("c0 receive 64 never closed after 100us\n", Flaw::kClosesNothing);
  EXPECT_EQ(Broken(report), "no-hang ") << report.log;
}

TEST_P(CloserTest, ACloseThatWaitsHangs) {
  const RunReport report =
      Run("p0 send 64 never\nc0 receive 64 never closed after 100us\n", Flaw::kWaitsForEver);
  EXPECT_EQ(Broken(report), "no-hang ") << report.log;
}

TEST_P(CloserTest, ADirectionThatStaysOpenIsNotClosed) {
  const RunReport report =
      Run("c0 receive 64 now closed after 0us\nc0 receive 64 now\n", Flaw::kClosesNothing);
  EXPECT_EQ(Broken(report), "close ") << report.log;
}

}  // namespace
}  // namespace ipc_hammer

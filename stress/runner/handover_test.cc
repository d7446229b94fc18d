// A name that goes from one owner to the next breaks no rule where the kind keeps its promises, and
// what such a handover finds is found on kinds that do not.
#include "stress/actors/handover.h"

#include <gtest/gtest.h>
#include <mqueue.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "properties/hammered_kinds.h"
#include "properties/program/text.h"
#include "properties/testing/sandbox_main.h"
#include "stress/actors/guest.h"
#include "stress/runner/process_runner.h"
#include "transports/queue/posix_mq.h"
#include "transports/socket/unix_seqpacket.h"

namespace ipc_hammer {
namespace {

// Its end takes the name away, whose ever it is by then.
class CarelessChannel : public Channel {
 public:
  CarelessChannel(std::unique_ptr<Channel> inner, std::string name)
      : inner_(std::move(inner)), name_(std::move(name)) {}
  ~CarelessChannel() override {
    inner_.reset();
    mq_unlink(("/" + name_).c_str());
  }
  Result<std::unique_ptr<Endpoint>> Attach(Role role, Deadline deadline) override {
    return inner_->Attach(role, deadline);
  }
  void Detach() override { inner_->Detach(); }
  Result<void> Unlink() override { return inner_->Unlink(); }

 private:
  std::unique_ptr<Channel> inner_;
  std::string name_;
};

TransportKind Careless() {
  TransportKind kind = PosixMq();
  kind.name = "careless";
  kind.create = [inner = kind.create](const ChannelName& name,
                                      const Options& options) -> Result<std::unique_ptr<Channel>> {
    auto channel = inner(name, options);
    if (!channel) return std::unexpected(channel.error());
    return std::make_unique<CarelessChannel>(*std::move(channel), name.text);
  };
  return kind;
}

// Nobody gets a name that was another's, although that one has gone.
TransportKind Unforgetting() {
  TransportKind kind = PosixMq();
  kind.name = "unforgetting";
  kind.create = [inner = kind.create](const ChannelName& name,
                                      const Options& options) -> Result<std::unique_ptr<Channel>> {
    const std::string mark = name.folder + "/" + name.text + ".mark";
    if (mkdir(mark.c_str(), 0700) != 0) return Fail(Errc::kExists, "mark");
    return inner(name, options);
  };
  return kind;
}

// A sender is never told that its receiver has gone.
class UntoldEndpoint : public Endpoint {
 public:
  explicit UntoldEndpoint(std::unique_ptr<Endpoint> inner) : inner_(std::move(inner)) {}
  Result<std::size_t> Send(std::span<const std::byte> payload, std::uint32_t priority,
                           Deadline deadline) override {
    auto sent = inner_->Send(payload, priority, deadline);
    const bool is_end = !sent && sent.error().code == Errc::kPeerClosed;
    return is_end ? Fail(Errc::kTimedOut, "send") : sent;
  }
  Result<Received> Receive(std::span<std::byte> buffer, Deadline deadline) override {
    return inner_->Receive(buffer, deadline);
  }
  Result<void> CloseDirection(Direction direction) override {
    return inner_->CloseDirection(direction);
  }

 private:
  std::unique_ptr<Endpoint> inner_;
};

TransportKind Untold() {
  TransportKind kind = UnixSeqpacket();
  kind.name = "untold";
  kind.open = [inner = kind.open](const ChannelName& name, Role role, const Options& options,
                                  Deadline deadline) -> Result<std::unique_ptr<Endpoint>> {
    auto endpoint = inner(name, role, options, deadline);
    if (!endpoint) return std::unexpected(endpoint.error());
    return std::make_unique<UntoldEndpoint>(*std::move(endpoint));
  };
  return kind;
}

}  // namespace

const std::vector<TransportKind>& HammeredKinds() {
  static const std::vector<TransportKind> kinds = {PosixMq(), UnixSeqpacket(), Careless(),
                                                   Unforgetting(), Untold()};
  return kinds;
}

namespace {

RunReport Execute(const TransportKind& kind, const std::string& owners) {
  const auto program =
      ParseProgram("ipc_hammer program 1\nkind " + kind.name +
                   "\ncapacity 8\nmessage_size 64\nproducers 2\nconsumers 1\nseed 7\n" + owners +
                   "p0 send 64 never times 20\np1 send 64 never times 20\nc0 drain never\n");
  EXPECT_TRUE(program) << program.error();
  ProcessOptions options;
  options.mode = Mode::kStrangers;
  options.hang_after = std::chrono::seconds(20);  // guests have their own patience
  options.sandbox = TestSandbox();
  options.folder = TestSandbox().scratch_folder;
  return RunProcesses(kind, *program, options);
}

std::string Broken(const RunReport& report) {
  std::string text;
  for (const Violation& v : report.violations) {
    text += std::string(ToString(v.rule)) + ": " + v.reason + "\n";
  }
  return text + (report.refused ? report.refusal : "");
}

void RemoveMarks() {
  for (const auto& entry : std::filesystem::directory_iterator(TestSandbox().scratch_folder)) {
    if (entry.path().extension() == ".mark") rmdir(entry.path().c_str());
  }
}

bool Breaks(const RunReport& report, Rule rule) {
  return std::ranges::any_of(report.violations, [&](const Violation& v) { return v.rule == rule; });
}

class EachEnd : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Ends, EachEnd, testing::Values("closed", "killed", "unlinked"),
                         [](const auto& info) { return info.param; });

TEST_P(EachEnd, HandsAQueuesNameOver) {
  const RunReport report = Execute(PosixMq(), GetParam() + "_owners 3\n");
  EXPECT_EQ(Broken(report), "") << report.log;
  EXPECT_EQ(report.messages, 40U);
}

TEST_P(EachEnd, HandsASocketsNameOver) {
  const RunReport report = Execute(UnixSeqpacket(), GetParam() + "_owners 3\n");
  EXPECT_EQ(Broken(report), "") << report.log;
  EXPECT_EQ(report.messages, 40U);
}

TEST(Handover, ALateEndThatTakesTheNameIsFound) {
  const RunReport report = Execute(Careless(), "unlinked_owners 1\n");
  EXPECT_TRUE(Breaks(report, Rule::kRestart)) << Broken(report) << report.log;
}

TEST(Handover, ANameThatStaysTakenIsFound) {
  const RunReport report = Execute(Unforgetting(), "killed_owners 1\n");
  RemoveMarks();
  EXPECT_TRUE(Breaks(report, Rule::kRestart)) << Broken(report) << report.log;
}

TEST(Handover, AGuestWhoIsNotToldOfTheEndIsFound) {
  const RunReport report = Execute(Untold(), "closed_owners 1\n");
  EXPECT_TRUE(Breaks(report, Rule::kClose)) << Broken(report);
}

TEST(Handover, TheSeedChoosesTheOrderOfTheEnds) {
  const Program program{
      .kind = "posix_mq",
      .seed = 1,
      .adversities = {.closed_owners = 1, .killed_owners = 1, .unlinked_owners = 1},
      .operations = {}};
  EXPECT_EQ(EndOf(program, 0), OwnerEnd::kIsKilled);
  EXPECT_EQ(EndOf(program, 1), OwnerEnd::kUnlinks);
  EXPECT_EQ(EndOf(program, 2), OwnerEnd::kCloses);
}

}  // namespace
}  // namespace ipc_hammer

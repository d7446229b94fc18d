#include "properties/probes/mechanism_ways.h"

#include <fcntl.h>
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "properties/conformance/bench.h"
#include "transports/error.h"

namespace ipc_hammer {
namespace {

constexpr char kQuestion = '?', kAnswer = '!';

Cell Refused(const char* call) { return NotApplicable(ToString(FailErrno(call).error())); }

bool Put(int to, char byte) { return write(to, &byte, 1) == 1; }

// What is there to be read, or 0.
char Take(int from) {
  char byte = 0;
  return read(from, &byte, 1) == 1 ? byte : '\0';
}

Cell WaysOfAPipe() {
  int ends[2];
  if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0) return Refused("pipe2");
  const bool asked = Put(ends[1], kQuestion) && Take(ends[0]) == kQuestion;
  const bool answered = Put(ends[0], kAnswer);
  const std::string refusal = std::strerror(errno);
  close(ends[0]);
  close(ends[1]);
  if (!asked) return Failed("a byte did not come through a pipe");
  if (answered) return Measured("both ways", "the reading end took an answer");
  return Measured("one way", "a write to the reading end says " + refusal);
}

Cell WaysOfAFifo() {
  const ChannelName name = FreshName();
  const std::string path = name.folder + "/" + name.text;
  if (mkfifo(path.c_str(), 0600) != 0) return Refused("mkfifo");
  const int asker = open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  const int answerer = open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  const bool asked = Put(asker, kQuestion);
  const char heard = Take(asker);
  close(asker);
  close(answerer);
  unlink(path.c_str());
  if (!asked) return Failed("a FIFO took no byte");
  if (heard != kQuestion) return Measured("both ways", "who wrote did not read his own byte");
  return Measured("one way",
                  "two open it to read and write, and who writes and then reads takes "
                  "his own question: there is one queue, not one for each direction");
}

Cell WaysOfAPosixQueue() {
  const std::string name = "/" + FreshName().text;
  mq_attr shape{};
  shape.mq_maxmsg = 2;
  shape.mq_msgsize = 1;
  const mqd_t queue =
      mq_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK | O_CLOEXEC, 0600, &shape);
  if (queue < 0) return Refused("mq_open");
  char heard = 0;
  const bool asked = mq_send(queue, &kQuestion, 1, 0) == 0;
  const bool is_own = mq_receive(queue, &heard, 1, nullptr) == 1;
  mq_close(queue);
  mq_unlink(name.c_str());
  if (!asked) return Failed("a queue took no message");
  if (!is_own) return Measured("both ways", "who sent did not receive his own message");
  return Measured("one way",
                  "who sends and then receives takes his own question: a queue cannot "
                  "tell who is to have a message");
}

struct TypedMessage {
  long type;
  char text;
};

Cell WaysOfASysvQueue() {
  const int queue = msgget(IPC_PRIVATE, 0600);
  if (queue < 0) return Refused("msgget");
  const TypedMessage question{1, kQuestion}, answer{2, kAnswer};
  TypedMessage heard{};
  const auto take = [&](long type) { return msgrcv(queue, &heard, 1, type, IPC_NOWAIT) == 1; };
  const bool asked = msgsnd(queue, &question, 1, IPC_NOWAIT) == 0;
  const bool is_own = take(answer.type);
  const bool answered = take(question.type) && msgsnd(queue, &answer, 1, IPC_NOWAIT) == 0;
  const bool came = take(answer.type) && heard.text == kAnswer;
  msgctl(queue, IPC_RMID, nullptr);
  if (!asked || is_own || !answered || !came) {
    return Measured("one way", "messages of two types were not kept apart");
  }
  return Measured("both ways",
                  "messages have a type to receive by: the question had one, the answer "
                  "another, and who asked took the answer only");
}

// Two mappings, as two processes have them.
Cell WaysOfSharedMemory() {
  const std::string name = "/" + FreshName().text;
  const int object = shm_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (object < 0) return Refused("shm_open");
  shm_unlink(name.c_str());
  const bool sized = ftruncate(object, 2) == 0;
  std::array<char*, 2> sides{};
  bool mapped = sized;
  for (char*& side : sides) {
    void* const memory = mmap(nullptr, 2, PROT_READ | PROT_WRITE, MAP_SHARED, object, 0);
    side = memory == MAP_FAILED ? nullptr : static_cast<char*>(memory);
    mapped = mapped && side != nullptr;
  }
  close(object);
  bool both = false;
  if (mapped) {
    sides[0][0] = kQuestion;
    sides[1][1] = sides[1][0] == kQuestion ? kAnswer : '\0';
    both = sides[0][1] == kAnswer;
  }
  for (char* const side : sides) {
    if (side != nullptr) munmap(side, 2);
  }
  if (!mapped) return Refused("mmap");
  return Measured(both ? "both ways" : "one way",
                  "each side wrote one byte of it, and the other side read it");
}

Cell WaysOfASocket() {
  int ends[2];
  const int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
  if (socketpair(AF_UNIX, type, 0, ends) != 0) return Refused("socketpair");
  const bool asked = Put(ends[0], kQuestion);
  const bool is_own = Take(ends[0]) != '\0';
  const bool answered = Take(ends[1]) == kQuestion && Put(ends[1], kAnswer);
  const bool came = Take(ends[0]) == kAnswer;
  close(ends[0]);
  close(ends[1]);
  const bool both = asked && !is_own && answered && came;
  return Measured(both ? "both ways" : "one way",
                  "each end wrote, and read only what the other had written");
}

constexpr std::array kExperiments = {
    MechanismExperiment{MechanismFamily::kPipe, "a pipe", WaysOfAPipe},
    MechanismExperiment{MechanismFamily::kFifo, "a FIFO", WaysOfAFifo},
    MechanismExperiment{MechanismFamily::kMessageQueue, "a POSIX queue", WaysOfAPosixQueue},
    MechanismExperiment{MechanismFamily::kMessageQueue, "a System V queue", WaysOfASysvQueue},
    MechanismExperiment{MechanismFamily::kSharedMemory, "shared memory", WaysOfSharedMemory},
    MechanismExperiment{MechanismFamily::kSocket, "a stream socket", WaysOfASocket},
};

}  // namespace

std::span<const MechanismExperiment> AllWaysOfMechanisms() { return kExperiments; }

}  // namespace ipc_hammer

// In a sandbox of its own, where every object is one that the test made.
#include "stress/inventory/inventory.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <mqueue.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <set>
#include <string>

#include "properties/testing/sandbox_main.h"
#include "stress/inventory/processes.h"

namespace ipc_hammer {
namespace {

const IpcObject* Find(const Inventory& inventory, Mechanism mechanism, std::string_view part) {
  const auto found = std::ranges::find_if(inventory.objects, [&](const IpcObject& object) {
    return object.mechanism == mechanism && object.name.find(part) != std::string::npos;
  });
  return found == inventory.objects.end() ? nullptr : &*found;
}

// Runs `body` in a child, which ends at once: what it leaves has no holder.
void InAChild(const std::function<bool()>& body) {
  const pid_t child = fork();
  if (child == 0) _exit(body() ? 0 : 1);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
}

// The printed command, as a user would run it.
int DoAsPrinted(const std::string& command) { return std::system(command.c_str()); }

TEST(InventoryTest, SharedMemoryIsHeldByWhoMapsItAndAbandonedByTheLast) {
  const int file = shm_open("/inventory", O_CREAT | O_EXCL | O_RDWR, 0640);
  ASSERT_GE(file, 0);
  ASSERT_EQ(ftruncate(file, 4096), 0);
  void* const mapping = mmap(nullptr, 4096, PROT_READ, MAP_SHARED, file, 0);
  ASSERT_NE(mapping, MAP_FAILED);
  ASSERT_EQ(close(file), 0);  // a mapping holds it as well
  const Inventory held = TakeInventory();
  const IpcObject* object = Find(held, Mechanism::kSharedMemory, "/dev/shm/inventory");
  ASSERT_NE(object, nullptr);
  EXPECT_TRUE(object->holders.contains(getpid()));
  EXPECT_FALSE(object->is_abandoned);
  EXPECT_EQ(object->mode, 0640U);
  EXPECT_EQ(object->owner, geteuid());
  EXPECT_EQ(object->state, "4096 bytes");
  ASSERT_EQ(munmap(mapping, 4096), 0);
  const Inventory left = TakeInventory();
  object = Find(left, Mechanism::kSharedMemory, "/dev/shm/inventory");
  ASSERT_NE(object, nullptr);
  EXPECT_TRUE(object->is_abandoned);
  EXPECT_EQ(DoAsPrinted(object->remove), 0);
  EXPECT_EQ(Find(TakeInventory(), Mechanism::kSharedMemory, "/inventory"), nullptr);
}

TEST(InventoryTest, ASemaphoreThatADeadProcessLeftIsAbandoned) {
  InAChild([] { return sem_open("/inventory_s", O_CREAT | O_EXCL, 0600, 1) != SEM_FAILED; });
  const Inventory left = TakeInventory();
  const IpcObject* const object = Find(left, Mechanism::kSemaphore, "/dev/shm/sem.inventory_s");
  ASSERT_NE(object, nullptr);
  EXPECT_TRUE(object->is_abandoned);
  EXPECT_EQ(DoAsPrinted(object->remove), 0);
}

TEST(InventoryTest, AQueueIsHeldByWhoHasItOpen) {
  const mqd_t queue = mq_open("/inventory_q", O_CREAT | O_EXCL | O_RDWR, 0600, nullptr);
  ASSERT_GE(queue, 0);
  ASSERT_EQ(mq_send(queue, "abc", 3, 0), 0);
  const Inventory held = TakeInventory();
  const IpcObject* object = Find(held, Mechanism::kQueue, "/inventory_q");
  ASSERT_NE(object, nullptr);
  EXPECT_TRUE(object->holders.contains(getpid()));
  EXPECT_NE(object->state.find("QSIZE:3"), std::string::npos) << object->state;
  ASSERT_EQ(mq_close(queue), 0);
  const Inventory left = TakeInventory();
  object = Find(left, Mechanism::kQueue, "/inventory_q");
  ASSERT_NE(object, nullptr);
  EXPECT_TRUE(object->is_abandoned);
  EXPECT_EQ(mq_unlink("/inventory_q"), 0);
}

TEST(InventoryTest, SystemVObjectsAreAbandonedWhenTheirLastUsersAreGone) {
  int shared[3] = {-1, -1, -1};
  InAChild([] {
    msgbuf message{1, {'x'}};
    const int queue = msgget(0x1001, IPC_CREAT | 0600);
    const int set = semget(0x1002, 1, IPC_CREAT | 0600);
    const int memory = shmget(0x1003, 4096, IPC_CREAT | 0600);
    sembuf post{0, 1, 0};
    return queue >= 0 && set >= 0 && memory >= 0 && msgsnd(queue, &message, 1, 0) == 0 &&
           semop(set, &post, 1) == 0;
  });
  shared[0] = msgget(0x1001, 0);
  shared[1] = semget(0x1002, 1, 0);
  shared[2] = shmget(0x1003, 0, 0);
  const Inventory left = TakeInventory();
  const IpcObject* const queue = Find(left, Mechanism::kSysvQueue, "key 0x1001");
  const IpcObject* const set = Find(left, Mechanism::kSysvSemaphore, "key 0x1002");
  const IpcObject* memory = Find(left, Mechanism::kSysvMemory, "key 0x1003");
  ASSERT_TRUE(queue != nullptr && set != nullptr && memory != nullptr);
  EXPECT_EQ(queue->state, "1 messages, 1 bytes");
  EXPECT_TRUE(queue->is_abandoned);
  EXPECT_TRUE(set->is_abandoned);
  EXPECT_TRUE(memory->is_abandoned);
  void* const attached = shmat(shared[2], nullptr, 0);
  const Inventory held = TakeInventory();
  memory = Find(held, Mechanism::kSysvMemory, "key 0x1003");
  ASSERT_NE(memory, nullptr);
  EXPECT_FALSE(memory->is_abandoned);
  EXPECT_TRUE(memory->holders.contains(getpid()));
  EXPECT_EQ(shmdt(attached), 0);
  EXPECT_EQ(msgctl(shared[0], IPC_RMID, nullptr), 0);
  EXPECT_EQ(semctl(shared[1], 0, IPC_RMID), 0);
  EXPECT_EQ(shmctl(shared[2], IPC_RMID, nullptr), 0);
}

TEST(InventoryTest, ASocketFileIsAbandonedWhenNobodyIsBound) {
  const std::string path = "/dev/shm/inventory.sock";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  const Inventory held = TakeInventory();
  const IpcObject* object = Find(held, Mechanism::kSocketFile, path);
  ASSERT_NE(object, nullptr);
  EXPECT_FALSE(object->is_abandoned);
  EXPECT_TRUE(object->holders.contains(getpid()));
  ASSERT_EQ(close(listener), 0);
  const Inventory left = TakeInventory();
  object = Find(left, Mechanism::kSocketFile, path);
  ASSERT_NE(object, nullptr);
  EXPECT_TRUE(object->is_abandoned);
  EXPECT_EQ(DoAsPrinted(object->remove), 0);
}

TEST(InventoryTest, AFifoPortsAndAnAbstractNameAreSeen) {
  ASSERT_EQ(mkfifo("/dev/shm/inventory.fifo", 0600), 0);
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in loopback{};
  loopback.sin_family = AF_INET;
  loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&loopback), sizeof loopback), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, "\0inventory_a", 12);
  const int named = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(bind(named, reinterpret_cast<sockaddr*>(&name), sizeof(sa_family_t) + 12), 0);
  const Inventory inventory = TakeInventory();
  const IpcObject* const fifo = Find(inventory, Mechanism::kFifo, "/dev/shm/inventory.fifo");
  const IpcObject* const port = Find(inventory, Mechanism::kTcpPort, "127.0.0.1:");
  const IpcObject* const abstract = Find(inventory, Mechanism::kAbstractSocket, "@inventory_a");
  ASSERT_TRUE(fifo != nullptr && port != nullptr && abstract != nullptr);
  EXPECT_TRUE(fifo->is_abandoned);
  EXPECT_TRUE(port->holders.contains(getpid()));
  EXPECT_TRUE(abstract->holders.contains(getpid()));
  EXPECT_EQ(close(listener) + close(named) + unlink("/dev/shm/inventory.fifo"), 0);
}

// Of this test's names: the machine has others, whose sockets in /tmp come and go meanwhile.
std::vector<IpcObject> OwnThatAppeared(const Inventory& before) {
  std::vector<IpcObject> appeared = Appeared(before, TakeInventory());
  std::erase_if(appeared, [](const IpcObject& object) {
    return !object.name.starts_with("/dev/shm/inventory_");
  });
  return appeared;
}

TEST(InventoryTest, OnlyWhatIsNewHasAppeared) {
  const auto make = [] {
    const int file = shm_open("/inventory_n", O_CREAT | O_RDWR, 0600);
    return file >= 0 && close(file) == 0;
  };
  ASSERT_TRUE(make());
  const Inventory before = TakeInventory();
  EXPECT_TRUE(OwnThatAppeared(before).empty());
  // Another object under the same name is new as well. The old one is kept, or its inode would be.
  ASSERT_EQ(link("/dev/shm/inventory_n", "/dev/shm/inventory_old"), 0);
  ASSERT_EQ(shm_unlink("/inventory_n"), 0);
  ASSERT_TRUE(make());
  const auto appeared = OwnThatAppeared(before);
  ASSERT_EQ(appeared.size(), 2U);
  EXPECT_EQ(appeared[0].name, "/dev/shm/inventory_n");
  EXPECT_EQ(shm_unlink("/inventory_n") + shm_unlink("/inventory_old"), 0);
}

TEST(ProcessesTest, DescendantsAreFoundThroughTheirParentsUntilTheyEnd) {
  ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);  // so that the grandchild can be waited for
  const pid_t child = fork();
  if (child == 0) {
    static_cast<void>(fork());
    for (;;) pause();
  }
  while (Descendants(getpid()).size() < 2) sched_yield();
  const std::set<pid_t> found = Descendants(getpid());
  EXPECT_TRUE(found.contains(child));
  for (const pid_t process : found) kill(process, SIGKILL);
  for (std::size_t i = 0; i < found.size(); ++i) ASSERT_GT(waitpid(-1, nullptr, 0), 0);
  EXPECT_TRUE(Descendants(getpid()).empty());
  ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
}

}  // namespace
}  // namespace ipc_hammer

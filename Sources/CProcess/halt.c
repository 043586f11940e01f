#define _GNU_SOURCE
#include "CProcess.h"

#if __has_include(<sys/syscall.h>)
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// What Linux writes for every entry of a folder (getdents64).
struct entry {
  uint64_t inode;
  int64_t next;
  uint16_t size;
  uint8_t kind;
  char name[];
};

static int halting;
static atomic_int halted;
static atomic_flag ending = ATOMIC_FLAG_INIT;

// Every other signal waits while this one is handled, and it is handled for ever.
static void halt(int number) {
  (void)number;
  atomic_fetch_add(&halted, 1);
  for (;;) (void)pause();
}

static long number_of(const char *name) {
  long number = 0;
  for (; *name >= '0' && *name <= '9'; name++) number = number * 10 + (*name - '0');
  return *name == '\0' ? number : 0;
}

// Sends every other thread the signal and gives their number.
static int send(int tasks, pid_t process, pid_t own) {
  _Alignas(struct entry) char buffer[4096];
  int others = 0;
  if (lseek(tasks, 0, SEEK_SET) != 0) return 0;
  for (;;) {
    long count = syscall(SYS_getdents64, tasks, buffer, sizeof buffer);
    if (count <= 0) return others;
    for (long at = 0; at < count;) {
      const struct entry *entry = (const struct entry *)(buffer + at);
      pid_t thread = (pid_t)number_of(entry->name);
      if (thread > 0 && thread != own && syscall(SYS_tgkill, process, thread, halting) == 0) others++;
      at += entry->size;
    }
  }
}

static void halt_others(void) {
  // Of two threads that are to end the process one waits for ever, as one that is halted.
  if (atomic_flag_test_and_set(&ending)) halt(0);
  int tasks = open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (tasks < 0) return;
  pid_t process = getpid(), own = (pid_t)syscall(SYS_gettid);
  // A call that a disk keeps for long, or a thread that was just made, is waited for, but not for ever.
  const struct timespec pause = {0, 1000000};
  for (int round = 0; round < 1000; round++) {
    if (send(tasks, process, own) <= atomic_load(&halted)) break;
    (void)nanosleep(&pause, NULL);
  }
  close(tasks);
}

void mist_process_has_threads(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  sigfillset(&action.sa_mask);
  action.sa_handler = halt;
  halting = SIGRTMAX;
  if (sigaction(halting, &action, NULL) == 0) mist_process_halt = halt_others;
}
#else
void mist_process_has_threads(void) {}
#endif

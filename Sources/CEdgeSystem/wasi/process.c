#include <signal.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "wasi.h"

unsigned long getauxval(unsigned long type) { return (void)type, 0; }
long sysconf(int name) { return name == _SC_PAGESIZE ? 65536 : -1; }

int clock_gettime(int clock, struct timespec *now) {
  uint64_t nanoseconds = 0;
  if (wasi_clock_time_get(clock, 1, &nanoseconds) != 0) return -1;
  *now = (struct timespec){(int64_t)(nanoseconds / 1000000000), (int64_t)(nanoseconds % 1000000000)};
  return 0;
}

// All memory that there is.
int getrusage(int who, struct rusage *found) {
  (void)who;
  found->ru_maxrss = (long)(__builtin_wasm_memory_size(0) * 65536);
  return 0;
}

_Noreturn void _exit(int status) { wasi_proc_exit(status); }

// There are no signals.
int sigfillset(sigset_t *set) { return (void)set, 0; }
int raise(int number) { return (void)number, 0; }
int sigaction(int number, const struct sigaction *action, struct sigaction *before) {
  (void)number, (void)action;
  if (before) *before = (struct sigaction){0};
  return 0;
}

void arc4random_buf(void *bytes, size_t count);
void arc4random_buf(void *bytes, size_t count) {
  if (wasi_random_get(bytes, count) != 0) __builtin_trap();
}

uintptr_t __stack_chk_guard = 0x5bd1e995;
_Noreturn void __stack_chk_fail(void);
_Noreturn void __stack_chk_fail(void) { __builtin_trap(); }

int mist_edge_main(int count, char **words);

__attribute__((export_name("_start"))) void _start(void) {
  size_t count = 0, bytes = 0;
  if (wasi_args_sizes_get(&count, &bytes) != 0) _exit(70);
  char **words = malloc((count + 1) * sizeof *words), *text = malloc(bytes + 1);
  if (!words || !text || wasi_args_get(words, text) != 0) _exit(70);
  words[count] = NULL;
  _exit(mist_edge_main((int)count, words));
}

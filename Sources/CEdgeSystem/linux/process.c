#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <time.h>
#include <unistd.h>

#include "call.h"

static const unsigned long *auxiliary;

unsigned long getauxval(unsigned long type) {
  for (const unsigned long *pair = auxiliary; pair[0]; pair += 2) {
    if (pair[0] == type) return pair[1];
  }
  return 0;
}

long sysconf(int name) { return name == _SC_PAGESIZE ? (long)getauxval(AT_PAGESZ) : -1; }

int clock_gettime(int clock, struct timespec *now) { return (int)as_c(CALL3(CLOCK, clock, now, 0)); }

_Noreturn void _exit(int status) {
  for (;;) CALL3(EXIT, status, 0, 0);
}

int sigfillset(sigset_t *set) {
  set->signals = ~(uint64_t)0;
  return 0;
}

int raise(int number) { return (int)as_c(CALL3(TKILL, CALL3(GETTID, 0, 0, 0), number, 0)); }

// As the kernel has it.
struct action {
  void (*handler)(int);
  unsigned long flags;
#if !defined(__riscv)
  void (*restorer)(void);
#endif
  uint64_t mask;
};

#if defined(__x86_64__)
// Where a handler returns to: other processors' kernels bring their own.
void mist_restore(void);
__asm__(".globl mist_restore\nmist_restore:\n mov $15, %eax\n syscall\n");
#define RESTORER 0x04000000ul
#endif

int sigaction(int number, const struct sigaction *action, struct sigaction *before) {
  struct action new = {0}, old = {0};
  if (action) {
    new.handler = action->sa_handler;
    new.flags = action->sa_flags;
    new.mask = action->sa_mask.signals;
#if defined(__x86_64__)
    new.flags |= RESTORER;
    new.restorer = mist_restore;
#endif
  }
  if (as_c(CALL4(SIGACTION, number, action ? &new : NULL, before ? &old : NULL, sizeof new.mask)) != 0) return -1;
  if (before) {
    before->sa_handler = old.handler;
    before->sa_flags = old.flags;
    before->sa_mask.signals = old.mask;
  }
  return 0;
}

void arc4random_buf(void *bytes, size_t count);
void arc4random_buf(void *bytes, size_t count) {
  for (char *next = bytes; count;) {
    const long some = CALL3(RANDOM, next, count, 0);
    if (some <= 0) continue;
    next += some;
    count -= (size_t)some;
  }
}

int mist_edge_main(int count, char **words);

// What a stack is guarded by; x86-64 looks for it behind the thread's register.
uintptr_t __stack_chk_guard;
_Noreturn void __stack_chk_fail(void);
_Noreturn void __stack_chk_fail(void) { _exit(70); }
#if defined(__x86_64__)
static uintptr_t thread[8];
#endif

__attribute__((used, no_stack_protector)) _Noreturn static void begin(long *stack) {
  char **words = (char **)(stack + 1), **rest = words + stack[0] + 1;
  while (*rest) rest++;
  auxiliary = (const unsigned long *)(rest + 1);
  memcpy(&__stack_chk_guard, (const void *)getauxval(AT_RANDOM), sizeof __stack_chk_guard);
#if defined(__x86_64__)
  thread[0] = (uintptr_t)thread;
  thread[5] = __stack_chk_guard;
  CALL3(PRCTL, 0x1002, thread, 0);
#endif
  _exit(mist_edge_main((int)stack[0], words));
}

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n xor %ebp, %ebp\n mov %rsp, %rdi\n and $-16, %rsp\n call begin\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n mov x29, #0\n mov x30, #0\n mov x0, sp\n bl begin\n");
#elif defined(__riscv)
__asm__(
    ".globl _start\n_start:\n .option push\n .option norelax\n lla gp, __global_pointer$\n .option pop\n mv a0, sp\n"
    " andi sp, sp, -16\n call begin\n");
#elif defined(__arm__)
__asm__(".globl _start\n.type _start, %function\n.thumb_func\n_start:\n mov r0, sp\n bic r1, r0, #7\n mov sp, r1\n bl begin\n");
#endif

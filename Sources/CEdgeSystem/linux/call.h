// Calls of the kernel: their numbers on each processor, and how they are made. A result of -4095 … -1 is an error's number.
#ifndef MIST_CALL_H
#define MIST_CALL_H
#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
enum {
  CALL_READ = 0, CALL_WRITE = 1, CALL_CLOSE = 3, CALL_MMAP = 9, CALL_MUNMAP = 11, CALL_SIGACTION = 13, CALL_SIGRETURN = 15,
  CALL_MADVISE = 28, CALL_FCNTL = 72, CALL_FSYNC = 74, CALL_GETTID = 186, CALL_TKILL = 200, CALL_CLOCK = 228, CALL_EXIT = 231,
  CALL_OPENAT = 257, CALL_MKDIRAT = 258, CALL_UNLINKAT = 263, CALL_RENAMEAT = 316, CALL_RANDOM = 318, CALL_STATX = 332,
  CALL_PRCTL = 158
};
#elif defined(__aarch64__) || __riscv_xlen == 64
enum {
  CALL_READ = 63, CALL_WRITE = 64, CALL_CLOSE = 57, CALL_MMAP = 222, CALL_MUNMAP = 215, CALL_SIGACTION = 134,
  CALL_MADVISE = 233, CALL_FCNTL = 25, CALL_FSYNC = 82, CALL_GETTID = 178, CALL_TKILL = 130, CALL_CLOCK = 113, CALL_EXIT = 94,
  CALL_OPENAT = 56, CALL_MKDIRAT = 34, CALL_UNLINKAT = 35, CALL_RENAMEAT = 276, CALL_RANDOM = 278, CALL_STATX = 291
};
#elif defined(__arm__)
// MMAP counts its offset in pages of 4 KiB, FCNTL and CLOCK are those of 64 bits.
enum {
  CALL_READ = 3, CALL_WRITE = 4, CALL_CLOSE = 6, CALL_MMAP = 192, CALL_MUNMAP = 91, CALL_SIGACTION = 174,
  CALL_MADVISE = 220, CALL_FCNTL = 221, CALL_FSYNC = 118, CALL_GETTID = 224, CALL_TKILL = 238, CALL_CLOCK = 403, CALL_EXIT = 248,
  CALL_OPENAT = 322, CALL_MKDIRAT = 323, CALL_UNLINKAT = 328, CALL_RENAMEAT = 382, CALL_RANDOM = 384, CALL_STATX = 397
};
#endif

static inline long call(long number, long a, long b, long c, long d, long e, long f) {
#if defined(__x86_64__)
  long result;
  register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d, x4 __asm__("x4") = e, x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
#elif __riscv_xlen == 64
  register long a7 __asm__("a7") = number, a0 __asm__("a0") = a, a1 __asm__("a1") = b, a2 __asm__("a2") = c;
  register long a3 __asm__("a3") = d, a4 __asm__("a4") = e, a5 __asm__("a5") = f;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5) : "memory");
  return a0;
#elif defined(__arm__)
  register long r0 __asm__("r0") = a, r1 __asm__("r1") = b, r2 __asm__("r2") = c;
  register long r3 __asm__("r3") = d, r4 __asm__("r4") = e, r5 __asm__("r5") = f;
  // The number's register may be the frame pointer.
  __asm__ volatile("push {r7}\n mov r7, %1\n svc 0\n pop {r7}"
                   : "+r"(r0)
                   : "r"(number), "r"(r1), "r"(r2), "r"(r3), "r"(r4), "r"(r5)
                   : "memory");
  return r0;
#endif
}

#define CALL6(number, a, b, c, d, e, f) \
  call(CALL_##number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define CALL4(number, a, b, c, d) CALL6(number, a, b, c, d, 0, 0)
#define CALL3(number, a, b, c) CALL6(number, a, b, c, 0, 0, 0)

/// A call's result as C has it: -1 and `errno` for an error.
static inline long as_c(long result) {
  if (result > -4096 && result < 0) {
    errno = (int)-result;
    return -1;
  }
  return result;
}
#endif

// Enough of a Cortex-M4 for a program to start, and semihosting for what it says and how it ended.
#include <stdint.h>
#include <string.h>

extern char stack_top[], data_start[], data_end[], data_image[], bss_start[], bss_end[];
int main(void);

static int semihost(int operation, const void *argument) {
  register int r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

void say(const char *text) { semihost(0x04, text); }

static _Noreturn void leave(int status) {
  const uint32_t reason[] = {0x20026, (uint32_t)status};
  semihost(0x20, reason);
  for (;;) {}
}

static void reset(void) {
#if __ARM_FP
  *(volatile uint32_t *)0xE000ED88 |= 0xFu << 20;
  __asm__ volatile("dsb\n isb");
#endif
  memcpy(data_start, data_image, (size_t)(data_end - data_start));
  memset(bss_start, 0, (size_t)(bss_end - bss_start));
  leave(main());
}

static void fault(void) {
  say("fault\n");
  leave(70);
}

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    stack_top, reset, fault, fault, fault, fault, fault, 0, 0, 0, 0, fault, fault, 0, fault, fault};

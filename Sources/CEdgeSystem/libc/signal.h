#ifndef MIST_SIGNAL_H
#define MIST_SIGNAL_H
#include <stdint.h>

#define SIGHUP 1
#define SIGINT 2
#define SIGBUS 7
#define SIGPIPE 13
#define SIGTERM 15
#define SIGXFSZ 25
#define SA_SIGINFO 4ul
#define SA_RESTART 0x10000000ul
#define SIG_DFL ((void (*)(int))0)
#define SIG_IGN ((void (*)(int))1)

typedef struct {
  uint64_t signals;
} sigset_t;

// The kernel's, which has more behind it.
typedef struct {
  int si_signo, si_errno, si_code;
  void *si_addr;
  char more[128 - 3 * sizeof(int) - 2 * sizeof(void *)];
} siginfo_t;

struct sigaction {
  union {
    void (*sa_handler)(int);
    void (*sa_sigaction)(int, siginfo_t *, void *);
  };
  unsigned long sa_flags;
  sigset_t sa_mask;
};

int sigaction(int number, const struct sigaction *action, struct sigaction *before);
int sigfillset(sigset_t *set);
int raise(int number);
#endif

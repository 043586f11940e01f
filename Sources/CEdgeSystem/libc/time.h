#ifndef MIST_TIME_H
#define MIST_TIME_H
#include <stdint.h>
#define CLOCK_MONOTONIC 1
// Of 64 bits each, which 32-bit kernels have since 5.1.
struct timespec {
  int64_t tv_sec, tv_nsec;
};
int clock_gettime(int clock, struct timespec *now);
#endif

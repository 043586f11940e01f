#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__arm__) && !(__ARM_FP & 8)
// Where a processor has no doubles: a digit of the root at a time, rounded to the nearest.
double sqrt(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  if (bits == 0 || bits >> 63 || bits >= (uint64_t)0x7FF << 52) return bits << 1 == 0 ? x : bits >> 63 ? __builtin_nan("") : x;
  int exponent = (int)(bits >> 52) - 1075;
  uint64_t mantissa = bits & (((uint64_t)1 << 52) - 1);
  if (bits >> 52) {
    mantissa |= (uint64_t)1 << 52;
  } else {
    for (exponent++; !(mantissa >> 52); exponent--) mantissa <<= 1;
  }
  if (exponent & 1) {
    mantissa <<= 1;
    exponent--;
  }
  // Of mantissa times 2^54: 53 digits and one that rounds.
  uint64_t root = 0, rest = 0;
  for (int digit = 0; digit < 54; digit++) {
    rest = rest << 2 | (mantissa >> 52 & 3);
    mantissa <<= 2;
    const uint64_t trial = root << 2 | 1;
    root <<= 1;
    if (rest >= trial) {
      rest -= trial;
      root |= 1;
    }
  }
  root = (root >> 1) + (root & 1);
  bits = root + ((uint64_t)(exponent / 2 + 1048) << 52);
  memcpy(&x, &bits, sizeof x);
  return x;
}
#endif

// One instruction on every other processor; never a call of itself.
#if defined(__x86_64__)
float sqrtf(float x) { __asm__("sqrtss %0, %0" : "+x"(x)); return x; }
double sqrt(double x) { __asm__("sqrtsd %0, %0" : "+x"(x)); return x; }
#elif defined(__aarch64__)
float sqrtf(float x) { __asm__("fsqrt %s0, %s0" : "+w"(x)); return x; }
double sqrt(double x) { __asm__("fsqrt %d0, %d0" : "+w"(x)); return x; }
#elif defined(__riscv)
float sqrtf(float x) { __asm__("fsqrt.s %0, %0" : "+f"(x)); return x; }
double sqrt(double x) { __asm__("fsqrt.d %0, %0" : "+f"(x)); return x; }
#elif defined(__wasm__)
float sqrtf(float x) { return __builtin_elementwise_sqrt(x); }
double sqrt(double x) { return __builtin_elementwise_sqrt(x); }
#elif __ARM_FP & 8
float sqrtf(float x) { __asm__("vsqrt.f32 %0, %0" : "+t"(x)); return x; }
double sqrt(double x) { __asm__("vsqrt.f64 %P0, %P0" : "+w"(x)); return x; }
#elif __ARM_FP & 4
float sqrtf(float x) { __asm__("vsqrt.f32 %0, %0" : "+t"(x)); return x; }
#else
// Nor floats: likewise. Doubles would be a kilobyte of a program that has none.
float sqrtf(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  if (bits == 0 || bits >> 31 || bits >= (uint32_t)0xFF << 23) return bits << 1 == 0 ? x : bits >> 31 ? __builtin_nanf("") : x;
  int exponent = (int)(bits >> 23) - 150;
  uint32_t mantissa = bits & (((uint32_t)1 << 23) - 1);
  if (bits >> 23) {
    mantissa |= (uint32_t)1 << 23;
  } else {
    for (exponent++; !(mantissa >> 23); exponent--) mantissa <<= 1;
  }
  if (!(exponent & 1)) {
    mantissa <<= 1;
    exponent--;
  }
  // Of mantissa times 2^25: 24 digits and one that rounds.
  uint32_t root = 0, rest = 0;
  for (int digit = 0; digit < 25; digit++) {
    rest = rest << 2 | (mantissa >> 23 & 3);
    mantissa <<= 2;
    const uint32_t trial = root << 2 | 1;
    root <<= 1;
    if (rest >= trial) {
      rest -= trial;
      root |= 1;
    }
  }
  root = (root >> 1) + (root & 1);
  bits = root + ((uint32_t)((exponent - 25) / 2 + 150) << 23);
  memcpy(&x, &bits, sizeof x);
  return x;
}
#endif

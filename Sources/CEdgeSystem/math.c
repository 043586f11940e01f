#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__arm__) && !(__ARM_FP & 8)
// The root of a FLOAT whose BITS are a sign, an exponent of BIAS and a FRACTION, where a processor has none: a digit at a time, rounded to
// the nearest.
#define ROOT(NAME, FLOAT, BITS, FRACTION, BIAS)                                                                       \
  FLOAT NAME(FLOAT x) {                                                                                               \
    BITS bits;                                                                                                        \
    memcpy(&bits, &x, sizeof bits);                                                                                   \
    const BITS sign = bits >> (8 * sizeof bits - 1);                                                                  \
    if (bits == 0 || sign || bits >= (BITS)(2 * (BIAS) + 1) << (FRACTION)) {                                          \
      return bits << 1 == 0 ? x : sign ? (FLOAT)__builtin_nanf("") : x;                                               \
    }                                                                                                                 \
    int exponent = (int)(bits >> (FRACTION)) - (BIAS) - (FRACTION);                                                   \
    BITS mantissa = bits & (((BITS)1 << (FRACTION)) - 1);                                                             \
    if (bits >> (FRACTION)) {                                                                                         \
      mantissa |= (BITS)1 << (FRACTION);                                                                              \
    } else {                                                                                                          \
      for (exponent++; !(mantissa >> (FRACTION)); exponent--) mantissa <<= 1;                                         \
    }                                                                                                                 \
    if ((exponent - (FRACTION)) & 1) {                                                                                \
      mantissa <<= 1;                                                                                                 \
      exponent--;                                                                                                     \
    }                                                                                                                 \
    /* Of mantissa times 2^(FRACTION + 2): its digits and one that rounds. */                                         \
    BITS root = 0, rest = 0;                                                                                          \
    for (int digit = 0; digit < (FRACTION) + 2; digit++) {                                                            \
      rest = rest << 2 | (mantissa >> (FRACTION) & 3);                                                                \
      mantissa <<= 2;                                                                                                 \
      const BITS trial = root << 2 | 1;                                                                               \
      root <<= 1;                                                                                                     \
      if (rest >= trial) {                                                                                            \
        rest -= trial;                                                                                                \
        root |= 1;                                                                                                    \
      }                                                                                                               \
    }                                                                                                                 \
    root = (root >> 1) + (root & 1);                                                                                  \
    bits = root + ((BITS)((exponent - (FRACTION) - 2) / 2 + (BIAS) + (FRACTION)) << (FRACTION));                      \
    memcpy(&x, &bits, sizeof x);                                                                                      \
    return x;                                                                                                         \
  }

ROOT(sqrt, double, uint64_t, 52, 1023)
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
// Nor floats. By way of doubles they would be a kilobyte of a program that has none.
ROOT(sqrtf, float, uint32_t, 23, 127)
#endif

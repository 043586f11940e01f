#include <math.h>

// One instruction on every processor that has floats; never a call of itself.
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
#elif defined(__arm__)
float sqrtf(float x) { __asm__("vsqrt.f32 %0, %0" : "+t"(x)); return x; }
double sqrt(double x) { __asm__("vsqrt.f64 %P0, %P0" : "+w"(x)); return x; }
#endif

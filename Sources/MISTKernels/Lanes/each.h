// Includes the file named by KERNELS once per vector instruction set of this architecture, with the operations of
// avx512.h, avx2.h, neon.h or wasm.h defined. The file defines functions named by ISA(name) with TARGET in front.
#if defined(__x86_64__)
#include "avx512.h"
#include KERNELS
#include "none.h"
#include "avx2.h"
#include KERNELS
#include "none.h"
#elif defined(__ARM_NEON)
#include "neon.h"
#include KERNELS
#include "none.h"
#elif defined(__wasm_simd128__)
#include "wasm.h"
#include KERNELS
#include "none.h"
#endif

// The body of a `_on` function: calls the variant of `name` for `isa`. Stands without a semicolon.
#if defined(__x86_64__)
#define MIST_DISPATCH(isa, name, ...)                               \
  switch (isa) {                                                    \
    case MIST_ISA_AVX512: name##_avx512(__VA_ARGS__); break;        \
    case MIST_ISA_AVX2: name##_avx2(__VA_ARGS__); break;            \
    default: mist_##name##_scalar(__VA_ARGS__); break;              \
  }
#elif defined(__ARM_NEON)
#define MIST_DISPATCH(isa, name, ...)                               \
  switch (isa) {                                                    \
    case MIST_ISA_NEON: name##_neon(__VA_ARGS__); break;            \
    default: mist_##name##_scalar(__VA_ARGS__); break;              \
  }
#elif defined(__wasm_simd128__)
#define MIST_DISPATCH(isa, name, ...)                               \
  switch (isa) {                                                    \
    case MIST_ISA_WASM: name##_wasm(__VA_ARGS__); break;            \
    default: mist_##name##_scalar(__VA_ARGS__); break;              \
  }
#else
#define MIST_DISPATCH(isa, name, ...)                               \
  (void)(isa);                                                      \
  mist_##name##_scalar(__VA_ARGS__);
#endif

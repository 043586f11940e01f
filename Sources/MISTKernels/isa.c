#include "MISTKernels.h"

#if defined(__x86_64__)
#include <cpuid.h>

// What the operating system saves on a context switch; a set whose registers it does not save must not be used.
static unsigned saved_state(void) {
  unsigned low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

static mist_isa detect(void) {
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return MIST_ISA_SCALAR;
  const unsigned fma = 1u << 12, osxsave = 1u << 27, avx = 1u << 28, f16c = 1u << 29;
  const unsigned base = fma | osxsave | avx | f16c;
  if ((c & base) != base) return MIST_ISA_SCALAR;
  const unsigned ymm = 0x06, zmm = 0xe6;
  unsigned saved = saved_state();
  if ((saved & ymm) != ymm || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return MIST_ISA_SCALAR;
  const unsigned avx2 = 1u << 5;
  const unsigned avx512 = (1u << 16) | (1u << 17) | (1u << 30) | (1u << 31);  // F, DQ, BW, VL
  if (!(b & avx2)) return MIST_ISA_SCALAR;
  return (b & avx512) == avx512 && (saved & zmm) == zmm ? MIST_ISA_AVX512 : MIST_ISA_AVX2;
}
#elif defined(__ARM_NEON)
static mist_isa detect(void) { return MIST_ISA_NEON; }
#elif defined(__wasm_simd128__)
static mist_isa detect(void) { return MIST_ISA_WASM; }
#else
static mist_isa detect(void) { return MIST_ISA_SCALAR; }
#endif

mist_isa mist_isa_best(void) {
  // Detection gives the same answer on every thread, so racing first calls are harmless.
  static int cached = -1;
  int isa = __atomic_load_n(&cached, __ATOMIC_RELAXED);
  if (isa < 0) {
    isa = (int)detect();
    __atomic_store_n(&cached, isa, __ATOMIC_RELAXED);
  }
  return (mist_isa)isa;
}

bool mist_isa_supported(mist_isa isa) {
  mist_isa best = mist_isa_best();
  return isa == MIST_ISA_SCALAR || isa == best || (isa == MIST_ISA_AVX2 && best == MIST_ISA_AVX512);
}

const char *mist_isa_name(mist_isa isa) {
  switch (isa) {
    case MIST_ISA_NEON: return "neon";
    case MIST_ISA_AVX2: return "avx2";
    case MIST_ISA_AVX512: return "avx512";
    case MIST_ISA_WASM: return "simd128";
    default: return "scalar";
  }
}
